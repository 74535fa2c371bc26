// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `rectified_flow`: straight paths from noise to data, a = 1 - t and b = t.

#include <equireg/core/error.hpp>
#include <equireg/schedule/noise_schedule.hpp>

#include <cstddef>
#include <vector>

namespace equireg::schedule {

/// t evenly from first_time down to 0, which is `clean`: N steps. At t = 1 the state is pure noise, the signal 0 and
/// sigma infinite; a score model that needs a finite sigma begins at first_time = 0.99.
/// (Liu et al. 2023, arXiv:2209.03003.)
struct rectified_flow {
  std::size_t steps = 100;  ///< N
  double first_time = 1;    ///< in (0, 1]

  /// Noisiest first, then `clean`; a level's time is t. Throws where a setting is out of its range.
  [[nodiscard]] std::vector<noise_level> levels() const {
    require(steps >= 1, "equireg::schedule::rectified_flow", "expected steps >= 1");
    require(first_time > 0 && first_time <= 1, "equireg::schedule::rectified_flow",
            "expected first_time in (0, 1], got ", first_time);
    std::vector<noise_level> levels;
    levels.reserve(steps + 1);
    for (std::size_t i = 0; i < steps; ++i) {
      levels.push_back(rectified(first_time * static_cast<double>(steps - i) / static_cast<double>(steps)));
    }
    levels.push_back(clean);
    return levels;
  }
};

static_assert(check_noise_schedule<rectified_flow>());

}  // namespace equireg::schedule
