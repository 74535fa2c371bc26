// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `vp_scaled_linear`: the variance-preserving process of latent diffusion, whose sqrt(beta) grows linearly.

#include <equireg/schedule/noise_schedule.hpp>
#include <equireg/schedule/respacing.hpp>
#include <equireg/schedule/trained_levels.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

namespace equireg::schedule {

/// sqrt(beta_k) = sqrt(beta_first) + (sqrt(beta_last) - sqrt(beta_first)) k / (T - 1), k = 0 ... T - 1.
/// The defaults are those of the FFHQ and ImageNet models of Rombach et al. 2022, arXiv:2112.10752; Stable Diffusion
/// has {.beta_first = 0.00085, .beta_last = 0.012}.
struct vp_scaled_linear {
  std::size_t steps = 1000;          ///< levels that a run visits before `clean`, at most trained_steps
  std::size_t trained_steps = 1000;  ///< T
  double beta_first = 0.0015;
  double beta_last = 0.0195;
  respacing spacing = respacing::sections;
  std::vector<std::size_t> section_counts = {};  ///< where not empty, in place of `steps` and `spacing`

  /// The table of all T levels. Throws where a beta leaves (0, 1).
  [[nodiscard]] trained_levels trained() const {
    require(trained_steps >= 1, "equireg::schedule::vp_scaled_linear", "expected trained_steps >= 1");
    require(beta_first > 0 && beta_first < 1 && beta_last > 0 && beta_last < 1, "equireg::schedule::vp_scaled_linear",
            "expected betas in (0, 1), got ", beta_first, " ... ", beta_last);
    const double first = std::sqrt(beta_first), last = std::sqrt(beta_last);
    std::vector<double> betas(trained_steps, beta_first);
    for (std::size_t k = 1; k < trained_steps; ++k) {
      const double root = first + (last - first) * static_cast<double>(k) / static_cast<double>(trained_steps - 1);
      betas[k] = root * root;
    }
    return trained_levels::from_betas(betas);
  }

  /// The levels of the run, noisiest first, then `clean`; their time is the trained index.
  [[nodiscard]] std::vector<noise_level> levels() const {
    return levels_at(trained(), section_counts.empty() ? respaced_indices(trained_steps, steps, spacing)
                                                       : section_indices(trained_steps, section_counts));
  }
};

static_assert(check_noise_schedule<vp_scaled_linear>());

}  // namespace equireg::schedule
