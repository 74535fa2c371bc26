// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `euler`: Euler's method along the probability flow, with optional churn.

#include <equireg/stepper/churn.hpp>
#include <equireg/stepper/reverse_step.hpp>
#include <equireg/stepper/update.hpp>

#include <limits>

namespace equireg::stepper {

/// x~_s = x~ + (sigma_s - sigma^) (x~ - x0_hat) / sigma^ in x~ = x / a, where sigma^ is the level after churn.
/// (Karras et al. 2022, arXiv:2206.00364, algorithm 2 without its correction.)
///
/// Without churn it is ddim{.eta = 0} and, for a = 1 - t and b = t, x_s = x_t + (s - t) u with the flow velocity u;
/// also from pure noise. The step to data returns x0_hat.
struct euler {
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
    const noise_level from = add_churn(x, {churn, churn_min, churn_max, churn_noise}, step);
    return linear_update(x, flow_step(from, step.to), estimate(x, from), step.noise(purpose::step));
  }
};

}  // namespace equireg::stepper
