// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `ddim`: from the probability flow (eta = 0) to ancestral sampling (eta = 1).

#include <equireg/core/error.hpp>
#include <equireg/stepper/reverse_step.hpp>
#include <equireg/stepper/update.hpp>

#include <cmath>

namespace equireg::stepper {

/// What eta multiplies.
enum class eta_rule {
  posterior,  ///< the deviation of the forward process's posterior: eta = 1 is ancestral sampling
  simple,     ///< the whole noise of the next level: eta = 1 keeps no noise of x_t, as DDNM, DDRM and PiGDM count
};

/// x_s = a_s x0_hat + sqrt(b_s^2 - d^2) eps_hat + d z with eps_hat = (x_t - a_t x0_hat) / b_t, from the estimate that
/// was handed in, clamped or guided as it is. (Song et al. 2021, arXiv:2010.02502, equation 12.)
///   posterior: d = eta b_s sqrt(1 - (sigma_s / sigma_t)^2)
///   simple:    d = eta b_s
/// Holds for every process, and from pure noise (a_t = 0). The step to data returns x0_hat.
struct ddim {
  double eta = 0;  ///< in [0, 1]
  eta_rule rule = eta_rule::posterior;

  template <class X>
  auto start() const {
    return no_memory{};
  }

  /// The rule of one step. Throws where eta is not in [0, 1].
  [[nodiscard]] update_coefficients coefficients(const reverse_step& step) const {
    require(eta >= 0 && eta <= 1, "equireg::stepper::ddim", "expected eta in [0, 1], got ", eta);
    const noise_level &t = step.from, &s = step.to;
    const double ratio = sigma_ratio(t, s);
    // d^2 = b_s^2 eta^2 renewed, and b_s^2 - d^2 is written so that nothing cancels at eta = 1.
    const double renewed = rule == eta_rule::simple ? 1.0 : (1 - ratio) * (1 + ratio);
    const double kept = rule == eta_rule::simple ? 0.0 : eta * eta * ratio * ratio;
    const double direction = s.noise * std::sqrt((1 - eta) * (1 + eta) + kept);
    return {direction / t.noise, s.signal - direction / t.noise * t.signal, eta * s.noise * std::sqrt(renewed)};
  }

  template <class X>
  X advance(auto& /*memory*/, X& x, const auto& estimate, const reverse_step& step) const {
    return linear_update(x, coefficients(step), estimate(x, step.from), step.noise(purpose::step));
  }
};

}  // namespace equireg::stepper
