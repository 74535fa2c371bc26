// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The one pass over the state in which a step ends: `linear_update`, and the rule of the flow without noise.

#include <equireg/core/arguments.hpp>
#include <equireg/core/config.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/random.hpp>
#include <equireg/stepper/reverse_step.hpp>

namespace equireg::stepper {

/// next = state * x_t + x0 * x0_hat + noise * z, z ~ N(0, I).
struct update_coefficients {
  double state = 0;
  double x0 = 0;
  double noise = 0;
};

/// sigma_s / sigma_t of a step t -> s, in [0, 1): 0 from pure noise and 0 to data.
[[nodiscard]] inline double sigma_ratio(const noise_level& from, const noise_level& to) {
  return to.noise * from.signal / (to.signal * from.noise);
}

/// One Euler step along the probability flow, which keeps eps_hat = (x_t - a_t x0_hat) / b_t:
/// x_s = a_s x0_hat + b_s eps_hat. In x~ = x / a this is x~_s = x~_t + (sigma_s - sigma_t) (x~_t - x0_hat) / sigma_t.
/// (Song et al. 2021, arXiv:2010.02502; Karras et al. 2022, arXiv:2206.00364.)
[[nodiscard]] inline update_coefficients flow_step(const noise_level& from, const noise_level& to) {
  return {to.noise / from.noise, to.signal * (1 - sigma_ratio(from, to)), 0};
}

/// The function of one element that `linear_update` maps over the state.
template <class T>
struct linear_combination {
  T state, x0, noise;

  EQUIREG_HOST_DEVICE constexpr T operator()(T x_t, T x0_hat, T z, T shift) const {
    return state * x_t + x0 * x0_hat + noise * z + shift;
  }
};

/// |v|, what every step adds up while it writes the next state.
template <class T>
struct magnitude {
  EQUIREG_HOST_DEVICE constexpr T operator()(T v) const { return v < 0 ? -v : v; }
};

/// x <- state * x + x0 * estimate.x0 + noise * z + estimate.shift in one pass; z is the stream at `address`, and is not
/// made where its coefficient is 0. Returns sum |x_i| of each sample, (B, 1, 1, 1).
template <class X, class Shift>
X linear_update(X& x, const update_coefficients& c, const guided_estimate<X, Shift>& estimate,
                const noise_address& address) {
  using T = typename X::value_type;
  const linear_combination<T> next{static_cast<T>(c.state), static_cast<T>(c.x0), static_cast<T>(c.noise)};
  if (c.noise == 0) return transform_reduce(x, next, magnitude<T>{}, x, estimate.x0, absent{}, estimate.shift);
  return transform_reduce(x, next, magnitude<T>{}, x, estimate.x0, normal_noise{address}, estimate.shift);
}

/// The memory of a stepper that remembers nothing.
struct no_memory {};

}  // namespace equireg::stepper
