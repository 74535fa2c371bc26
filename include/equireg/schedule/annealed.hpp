// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `annealed`: noise levels that fall geometrically to a floor and stay there.

#include <equireg/core/error.hpp>
#include <equireg/schedule/noise_schedule.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace equireg::schedule {

/// sigma_k = max(sigma_min, sigma_max decay^k), k = 0 ... N - 1, and then `clean`: N steps. The signal is 1, a level's
/// time is its sigma. The coupling of a split Gibbs sampler anneals so, `likelihood::pnp_dm`'s (Wu et al. 2024,
/// arXiv:2405.18782): its states from the floor on are draws, which an observer may keep.
///
/// The levels of a run fall strictly. Level k at the floor is therefore sigma_min (1 + (N - 1 - k) 1e-9), which no
/// result can tell from sigma_min.
struct annealed {
  std::size_t steps = 100;  ///< N
  double sigma_min = 0.3;   ///< the floor, in units of the data
  double sigma_max = 10;
  double decay = 0.9;  ///< in (0, 1)

  /// Noisiest first, then `clean`. Throws where a setting is out of its range.
  [[nodiscard]] std::vector<noise_level> levels() const {
    const char* const where = "equireg::schedule::annealed";
    require(steps >= 1, where, "expected steps >= 1");
    require(sigma_min > 0 && sigma_min < sigma_max, where, "expected 0 < sigma_min < sigma_max, got ", sigma_min,
            " and ", sigma_max);
    require(decay > 0 && decay < 1, where, "expected decay in (0, 1), got ", decay);
    std::vector<noise_level> levels;
    levels.reserve(steps + 1);
    for (std::size_t k = 0; k < steps; ++k) {
      const double floor = sigma_min * (1 + static_cast<double>(steps - 1 - k) * 1e-9);
      const double sigma = std::max(floor, sigma_max * std::pow(decay, static_cast<double>(k)));
      levels.push_back(variance_exploding(sigma, sigma));
    }
    levels.push_back(clean);
    return levels;
  }
};

static_assert(check_noise_schedule<annealed>());

}  // namespace equireg::schedule
