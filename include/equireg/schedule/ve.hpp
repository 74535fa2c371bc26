// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `ve`: the variance-exploding process on a geometric grid.

#include <equireg/core/error.hpp>
#include <equireg/schedule/noise_schedule.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

namespace equireg::schedule {

/// sigma_i = sigma_max (sigma_min / sigma_max)^(i / (N - 1)), i = 0 ... N - 1, and then `clean`: N steps. The signal is
/// 1, a level's time is its sigma. (Song et al. 2021, arXiv:2011.13456.)
struct ve {
  std::size_t steps = 100;  ///< N
  double sigma_min = 0.01;  ///< in units of the data
  double sigma_max = 100;

  /// Noisiest first, then `clean`. Throws where a setting is out of its range.
  [[nodiscard]] std::vector<noise_level> levels() const {
    require(steps >= 1, "equireg::schedule::ve", "expected steps >= 1");
    require(sigma_min > 0 && sigma_min < sigma_max, "equireg::schedule::ve", "expected 0 < sigma_min < sigma_max, got ",
            sigma_min, " and ", sigma_max);
    std::vector<noise_level> levels;
    levels.reserve(steps + 1);
    for (std::size_t i = 0; i < steps; ++i) {
      const double share = steps > 1 ? static_cast<double>(i) / static_cast<double>(steps - 1) : 0.0;
      const double sigma = sigma_max * std::pow(sigma_min / sigma_max, share);
      levels.push_back(variance_exploding(sigma, sigma));
    }
    levels.push_back(clean);
    return levels;
  }
};

static_assert(check_noise_schedule<ve>());

}  // namespace equireg::schedule
