// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `annealed_langevin`: a few Langevin steps at every level.

#include <equireg/core/arguments.hpp>
#include <equireg/core/config.hpp>
#include <equireg/core/error.hpp>
#include <equireg/stepper/reverse_step.hpp>
#include <equireg/stepper/update.hpp>

#include <cmath>
#include <cstddef>
#include <utility>

namespace equireg::stepper {

/// A linear combination that takes a share of the shift, for one element.
template <class T>
struct shared_shift {
  linear_combination<T> next;
  T share;

  EQUIREG_HOST_DEVICE constexpr T operator()(T x_t, T x0_hat, T z, T shift) const {
    return next(x_t, x0_hat, z, share * shift);
  }
};

/// n Langevin steps at the level of x_t, and then the next level. In units of the data, x~ = x / a:
///
///     n times   x~ <- x~ + eta (x0_hat(x~) - x~) / sigma^2 + sqrt(2 eta) z,   eta = rate sigma^2.
///
/// (x0_hat - x~) / sigma^2 is the score, guided if the estimate is. x~ is kept between levels: x_s = (a_s / a_t) x_t.
/// Each level's law needs time to follow the one before, so that n rate should be large against ln(sigma_t / sigma_s),
/// while a small rate keeps the law of a level right: for a Gaussian of variance v the steps settle at the variance
/// v / (1 - eta / (2 v)). (Song and Ermon 2019, arXiv:1907.05600, and Jalal et al. 2021, arXiv:2108.01368, with
/// eta = eta_0 (sigma / sigma_L)^2, that is rate = eta_0 / sigma_L^2.)
///
/// A step asks for n estimates. The step to data makes n - 1 moves and returns the estimate of the last state. From
/// pure noise, a = 0, where there is no x~, it is one Euler step with one estimate. Each of the n estimates adds its
/// n-th part of a shift.
struct annealed_langevin {
  std::size_t inner_steps = 3;  ///< n
  /// eta / sigma^2, in (0, 2). The default is that of InverseBench for CSGM-MRI, eta_0 = 3e-5 at sigma_L = 0.0066.
  double rate = 3e-5 / (0.0066 * 0.0066);

  template <class X>
  auto start() const {
    return no_memory{};
  }

  template <class X>
  X advance(auto& /*memory*/, X& x, const auto& estimate, const reverse_step& step) const {
    require(inner_steps >= 1, "equireg::stepper::annealed_langevin", "expected inner_steps >= 1, got ", inner_steps);
    require(rate > 0 && rate < 2, "equireg::stepper::annealed_langevin", "expected rate in (0, 2), got ", rate);
    const noise_level &t = step.from, &s = step.to;
    if (t.signal == 0) {
      return linear_update(x, flow_step(t, s), estimate(x, t), step.noise(purpose::step));
    }
    const update_coefficients move{1 - rate, rate * t.signal, std::sqrt(2 * rate) * t.noise};
    for (std::size_t i = 0; i + 1 < inner_steps; ++i) {
      update(x, move, estimate(x, t), step.chain(purpose::step, i));
    }
    const double scale = s.signal / t.signal;
    const bool to_data = s.noise == 0;
    const update_coefficients last = to_data
                                         ? update_coefficients{0, s.signal, 0}
                                         : update_coefficients{scale * move.state, scale * move.x0, scale * move.noise};
    return update(x, last, estimate(x, t), step.chain(purpose::step, inner_steps - 1));
  }

 private:
  // linear_update with the n-th part of the shift.
  template <class X, class Shift>
  X update(X& x, const update_coefficients& c, const guided_estimate<X, Shift>& estimate,
           const noise_address& address) const {
    using T = typename X::value_type;
    const shared_shift<T> next{{static_cast<T>(c.state), static_cast<T>(c.x0), static_cast<T>(c.noise)},
                               static_cast<T>(1 / static_cast<double>(inner_steps))};
    if (c.noise == 0) return transform_reduce(x, next, magnitude<T>{}, x, estimate.x0, absent{}, estimate.shift);
    return transform_reduce(x, next, magnitude<T>{}, x, estimate.x0, normal_noise{address}, estimate.shift);
  }
};

}  // namespace equireg::stepper
