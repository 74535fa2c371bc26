// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `renoise`: noise x0 again.

#include <equireg/core/error.hpp>
#include <equireg/stepper/reverse_step.hpp>
#include <equireg/stepper/update.hpp>

#include <cmath>

namespace equireg::stepper {

/// x_s = a_s x0_hat + b_s (sqrt(1 - fresh) eps_hat + sqrt(fresh) z) with eps_hat = (x_t - a_t x0_hat) / b_t.
///
/// It draws from the prior only where x0_hat is itself a draw from p(x0 | x_t), as those methods make it: from the mean,
/// fresh = 1 loses half the variance of a Gaussian at 1000 steps, and a small fresh little.
///
/// fresh = 1 keeps nothing of x_t: steps are coupled by x0_hat alone, as in DAPS (Zhang et al. 2024, arXiv:2407.01521)
/// and SITCOM. DiffPIR calls the share zeta (Zhu et al. 2023, arXiv:2305.08995). It is ddim{.eta = sqrt(fresh)} under
/// the simple rule. The step to data returns x0_hat.
struct renoise {
  double fresh = 1;  ///< share of the noise's variance that is drawn anew, in [0, 1]

  template <class X>
  auto start() const {
    return no_memory{};
  }

  /// The rule of one step. Throws where fresh is not in [0, 1].
  [[nodiscard]] update_coefficients coefficients(const reverse_step& step) const {
    require(fresh >= 0 && fresh <= 1, "equireg::stepper::renoise", "expected fresh in [0, 1], got ", fresh);
    const double state = step.to.noise * std::sqrt(1 - fresh) / step.from.noise;
    return {state, step.to.signal - state * step.from.signal, step.to.noise * std::sqrt(fresh)};
  }

  template <class X>
  X advance(auto& /*memory*/, X& x, const auto& estimate, const reverse_step& step) const {
    return linear_update(x, coefficients(step), estimate(x, step.from), step.noise(purpose::step));
  }
};

}  // namespace equireg::stepper
