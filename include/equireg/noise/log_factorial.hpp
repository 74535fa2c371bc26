// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `log_factorial`: log n! for real n >= 0.

#include <cmath>
#include <numbers>

namespace equireg::noise {

/// log Gamma(n + 1), n >= 0, to 1e-14 relative to max(1, result).
///
/// Stirling's series above 10, reached by the recurrence from below. std::lgamma would write the global `signgam`,
/// which is a race between threads.
inline double log_factorial(double n) {
  double x = n + 1, product = 1;
  while (x < 10) {
    product *= x;
    x += 1;
  }
  const double r = 1 / x, r2 = r * r;
  const double series =
      r *
      (1.0 / 12 + r2 * (-1.0 / 360 + r2 * (1.0 / 1260 + r2 * (-1.0 / 1680 + r2 * (1.0 / 1188 - r2 * 691.0 / 360360)))));
  return (x - 0.5) * std::log(x) - x + 0.5 * std::log(2 * std::numbers::pi) + series - std::log(product);
}

}  // namespace equireg::noise
