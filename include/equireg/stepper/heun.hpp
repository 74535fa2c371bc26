// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `heun`: Heun's method along the probability flow, with optional churn.

#include <equireg/core/config.hpp>
#include <equireg/stepper/churn.hpp>
#include <equireg/stepper/reverse_step.hpp>
#include <equireg/stepper/update.hpp>

#include <limits>

namespace equireg::stepper {

/// Euler's step to the trial point, for one element.
template <class T>
struct predicted {
  T state, x0;
  EQUIREG_HOST_DEVICE constexpr T operator()(T x_t, T x0_hat) const { return state * x_t + x0 * x0_hat; }
};
/// The corrected step, for one element.
template <class T>
struct corrected_combination {
  T state, first, second;
  EQUIREG_HOST_DEVICE constexpr T operator()(T x_t, T x0_first, T x0_second, T shift_first, T shift_second) const {
    return state * x_t + first * x0_first + second * x0_second + T(0.5) * (shift_first + shift_second);
  }
};

/// The trapezoidal rule in x~ = x / a, with the slope d = (x~ - x0_hat) / sigma at both ends of the step:
///   x~' = x~ + (sigma_s - sigma^) d(x~, sigma^)
///   x~_s = x~ + (sigma_s - sigma^) (d(x~, sigma^) + d(x~', sigma_s)) / 2
/// where sigma^ is the level after churn. (Karras et al. 2022, arXiv:2206.00364, algorithm 2.) Working in x~, the rule
/// is that of the paper for every process.
///
/// With x~' put in, and r = sigma_s / sigma^, the last line is one combination of x, D = x0_hat(x~) and D' =
/// x0_hat(x~'): x~_s = r x~ + (1 - r) (1 - 1 / (2 r)) D + (1 - r) / (2 r) D'.
///
/// Guidance: the trial point x~' is not shifted, and the next state is shifted once, by the mean of the two estimates'
/// shifts. The step to data, and the step from pure noise, where sigma is infinite, are Euler's and ask for one
/// estimate.
struct heun {
  double churn = 0;      ///< S_churn, spread over all steps of the run
  double churn_min = 0;  ///< S_min and S_max: sigmas between which noise is added
  double churn_max = std::numeric_limits<double>::infinity();
  double churn_noise = 1;  ///< S_noise

  template <class X>
  auto start() const {
    return no_memory{};
  }

  template <class X>
  X advance(auto& /*memory*/, X& x, const auto& estimate, const reverse_step& step) const {
    using T = typename X::value_type;
    const noise_level from = add_churn(x, {churn, churn_min, churn_max, churn_noise}, step);
    const update_coefficients predictor = flow_step(from, step.to);
    const auto first = estimate(x, from);
    if (step.to.noise == 0 || from.signal == 0) {
      return linear_update(x, predictor, first, step.noise(purpose::step));
    }
    X trial(x.shape());
    transform(trial, predicted<T>{static_cast<T>(predictor.state), static_cast<T>(predictor.x0)}, x, first.x0);
    const auto second = estimate(trial, step.to);
    const double r = sigma_ratio(from, step.to), corrected = step.to.signal * (1 - r) / (2 * r);
    const corrected_combination<T> next{static_cast<T>(predictor.state), static_cast<T>(predictor.x0 - corrected),
                                        static_cast<T>(corrected)};
    return transform_reduce(x, next, magnitude<T>{}, x, first.x0, second.x0, first.shift, second.shift);
  }
};

}  // namespace equireg::stepper
