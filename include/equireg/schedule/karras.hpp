// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `karras`: noise levels evenly spaced in sigma^(1 / rho).

#include <equireg/core/error.hpp>
#include <equireg/schedule/noise_schedule.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

namespace equireg::schedule {

/// sigma_i = (sigma_max^(1/rho) + i / (n - 1) (sigma_min^(1/rho) - sigma_max^(1/rho)))^rho, i = 0 ... N - 1, and then
/// `clean`: N steps. The signal is 1, a level's time is its sigma. (Karras et al. 2022, arXiv:2206.00364, equation 5.)
///
/// n = N, so that sigma_min is the last level before `clean`. DAPS takes n = N + 1 and puts `clean` in the place of
/// sigma_min: {.reaches_sigma_min = false}.
struct karras {
  std::size_t steps = 18;    ///< N
  double sigma_min = 0.002;  ///< in units of the data
  double sigma_max = 80;
  double rho = 7;
  bool reaches_sigma_min = true;

  /// Noisiest first, then `clean`. Throws where a setting is out of its range.
  [[nodiscard]] std::vector<noise_level> levels() const {
    const char* const where = "equireg::schedule::karras";
    require(steps >= 1, where, "expected steps >= 1");
    require(sigma_min > 0 && sigma_min < sigma_max, where, "expected 0 < sigma_min < sigma_max, got ", sigma_min,
            " and ", sigma_max);
    require(rho > 0, where, "expected rho > 0, got ", rho);
    const double first = std::pow(sigma_max, 1 / rho), last = std::pow(sigma_min, 1 / rho);
    const std::size_t intervals = reaches_sigma_min ? steps - 1 : steps;
    std::vector<noise_level> levels;
    levels.reserve(steps + 1);
    for (std::size_t i = 0; i < steps; ++i) {
      const double share = i == 0 ? 0.0 : static_cast<double>(i) / static_cast<double>(intervals);
      const double sigma = std::pow(first + share * (last - first), rho);
      levels.push_back(variance_exploding(sigma, sigma));
    }
    levels.push_back(clean);
    return levels;
  }
};

static_assert(check_noise_schedule<karras>());

}  // namespace equireg::schedule
