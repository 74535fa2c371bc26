// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `vp_linear`: the variance-preserving process whose beta grows linearly.

#include <equireg/schedule/noise_schedule.hpp>
#include <equireg/schedule/respacing.hpp>
#include <equireg/schedule/trained_levels.hpp>

#include <cstddef>
#include <vector>

namespace equireg::schedule {

/// beta_k = kappa (beta_first + (beta_last - beta_first) k / (T - 1)), k = 0 ... T - 1, with kappa = 1000 / T so that
/// the total noise hardly depends on T. (Ho et al. 2020, arXiv:2006.11239.)
struct vp_linear {
  std::size_t steps = 1000;          ///< levels that a run visits before `clean`, at most trained_steps
  std::size_t trained_steps = 1000;  ///< T
  double beta_first = 1e-4;          ///< at T = 1000
  double beta_last = 0.02;           ///< at T = 1000
  respacing spacing = respacing::sections;
  std::vector<std::size_t> section_counts = {};  ///< where not empty, in place of `steps` and `spacing`

  /// The table of all T levels. Throws where a beta leaves (0, 1).
  [[nodiscard]] trained_levels trained() const {
    require(trained_steps >= 1, "equireg::schedule::vp_linear", "expected trained_steps >= 1");
    const double kappa = 1000.0 / static_cast<double>(trained_steps);
    const double first = kappa * beta_first, last = kappa * beta_last;
    std::vector<double> betas(trained_steps, first);
    for (std::size_t k = 1; k < trained_steps; ++k) {
      betas[k] = first + (last - first) * static_cast<double>(k) / static_cast<double>(trained_steps - 1);
    }
    require(first > 0 && first < 1 && last > 0 && last < 1, "equireg::schedule::vp_linear",
            "expected betas in (0, 1), got ", first, " ... ", last, " for ", trained_steps, " trained steps");
    return trained_levels::from_betas(betas);
  }

  /// The levels of the run, noisiest first, then `clean`; their time is the trained index.
  [[nodiscard]] std::vector<noise_level> levels() const {
    return levels_at(trained(), section_counts.empty() ? respaced_indices(trained_steps, steps, spacing)
                                                       : section_indices(trained_steps, section_counts));
  }
};

static_assert(check_noise_schedule<vp_linear>());

}  // namespace equireg::schedule
