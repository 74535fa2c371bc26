// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief How far x0 may be from E[x0 | x_t], by the prior's variance alone, and the least noise that solves count on.

#include <equireg/core/noise_level.hpp>

#include <algorithm>

namespace equireg::likelihood {

/// r_t^2 = c b^2 / (a^2 c + b^2), the variance of x0 given x_t for x0 ~ N(m, c I): sigma^2 / (1 + sigma^2) for c = 1.
/// At a = 0 it is c.
[[nodiscard]] inline double posterior_variance(const noise_level& level, double prior_variance) {
  const double a2 = level.signal * level.signal, b2 = level.noise * level.noise;
  return prior_variance * b2 / (a2 * prior_variance + b2);
}

/// A^T A may be singular: solves with A A^T + kappa I take sigma_y for at least 1e-4, as InverseBench has it.
[[nodiscard]] inline double floored_sigma_y(double sigma_y) { return std::max(sigma_y, 1e-4); }

}  // namespace equireg::likelihood
