// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `cosine`: the variance-preserving process whose alpha-bar falls like a squared cosine.

#include <equireg/schedule/noise_schedule.hpp>
#include <equireg/schedule/respacing.hpp>
#include <equireg/schedule/trained_levels.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

namespace equireg::schedule {

/// beta_k = min(1 - f((k + 1) / T) / f(k / T), beta_cap) with f(u) = cos^2((u + offset) / (1 + offset) pi / 2),
/// k = 0 ... T - 1. (Nichol and Dhariwal 2021, arXiv:2102.09672, section 3.2.)
struct cosine {
  std::size_t steps = 1000;          ///< levels that a run visits before `clean`, at most trained_steps
  std::size_t trained_steps = 1000;  ///< T
  double offset = 0.008;             ///< keeps beta_0 from being too small; above 0
  double beta_cap = 0.999;           ///< in (0, 1)
  respacing spacing = respacing::sections;
  std::vector<std::size_t> section_counts = {};  ///< where not empty, in place of `steps` and `spacing`

  /// The table of all T levels. Throws where a setting is out of its range.
  [[nodiscard]] trained_levels trained() const {
    const char* const where = "equireg::schedule::cosine";
    require(trained_steps >= 1, where, "expected trained_steps >= 1");
    require(offset > 0, where, "expected offset > 0, got ", offset);
    require(beta_cap > 0 && beta_cap < 1, where, "expected beta_cap in (0, 1), got ", beta_cap);
    const auto f = [this](std::size_t k) {
      const double u = static_cast<double>(k) / static_cast<double>(trained_steps);
      const double root = std::cos((u + offset) / (1 + offset) * std::numbers::pi / 2);
      return root * root;
    };
    std::vector<double> betas(trained_steps);
    for (std::size_t k = 0; k < trained_steps; ++k) betas[k] = std::min(1 - f(k + 1) / f(k), beta_cap);
    return trained_levels::from_betas(betas);
  }

  /// The levels of the run, noisiest first, then `clean`; their time is the trained index.
  [[nodiscard]] std::vector<noise_level> levels() const {
    return levels_at(trained(), section_counts.empty() ? respaced_indices(trained_steps, steps, spacing)
                                                       : section_indices(trained_steps, section_counts));
  }
};

static_assert(check_noise_schedule<cosine>());

}  // namespace equireg::schedule
