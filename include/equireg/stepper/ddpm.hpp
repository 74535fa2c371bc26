// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `ddpm`: ancestral sampling.

#include <equireg/stepper/reverse_step.hpp>
#include <equireg/stepper/update.hpp>

#include <cmath>

namespace equireg::stepper {

/// Draws x_s from the posterior of the forward process given x_t and x0 = x0_hat. (Ho et al. 2020, arXiv:2006.11239.)
///
/// Between s and t the forward process scales by alpha = a_t / a_s and adds noise of variance beta = b_t^2 -
/// alpha^2 b_s^2. Then
///   mean     = (alpha b_s^2 / b_t^2) x_t + (a_s beta / b_t^2) x0_hat
///   variance = (b_s^2 / b_t^2) beta    fixed_small, which makes the step equal to ddim{.eta = 1}
///            = beta                    fixed_large
/// For a variance-preserving process beta is 1 - alpha_bar_t / alpha_bar_s; the formula holds for every other one, and
/// from pure noise (a_t = 0). The step to data returns x0_hat and adds no noise.
struct ddpm {
  enum class variance_rule { fixed_small, fixed_large };
  static constexpr variance_rule fixed_small = variance_rule::fixed_small;
  static constexpr variance_rule fixed_large = variance_rule::fixed_large;

  variance_rule variance = fixed_small;

  template <class X>
  auto start() const {
    return no_memory{};
  }

  /// The rule of one step.
  [[nodiscard]] update_coefficients coefficients(const reverse_step& step) const {
    const noise_level &t = step.from, &s = step.to;
    const double ratio = sigma_ratio(t, s);
    const double beta_share = (1 - ratio) * (1 + ratio);  // beta / b_t^2
    const double deviation = s.noise == 0              ? 0
                             : variance == fixed_small ? s.noise * std::sqrt(beta_share)
                                                       : t.noise * std::sqrt(beta_share);
    return {s.noise / t.noise * ratio, s.signal * beta_share, deviation};
  }

  template <class X>
  X advance(auto& /*memory*/, X& x, const auto& estimate, const reverse_step& step) const {
    return linear_update(x, coefficients(step), estimate(x, step.from), step.noise(purpose::step));
  }
};

}  // namespace equireg::stepper
