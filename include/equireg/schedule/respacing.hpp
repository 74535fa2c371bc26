// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Which of the trained levels a shorter run visits.

#include <equireg/core/error.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/schedule/trained_levels.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

namespace equireg::schedule {

/// The rule that picks N of T trained indices.
enum class respacing {
  sections,   ///< evenly from both ends, as guided-diffusion's "N" or "N1,N2,...": first and last index are kept
  ddim,       ///< guided-diffusion's "ddimN": 0, i, 2 i, ... with the smallest stride i that gives N indices
  stride,     ///< 0, c, 2 c, ..., (N - 1) c with c = floor(T / N), as SITCOM
  quadratic,  ///< dense at low noise: T - 1 - floor(sqrt(i / (N - 1)) T), as DiffPIR's "quad"
};

/// Cuts 0 ... T - 1 into as many sections as there are counts, the first T mod S of them one longer, and keeps
/// counts[s] evenly spaced indices of section s, both of its ends included. Rising.
/// (Dhariwal and Nichol 2021, arXiv:2105.05233; the positions are accumulated in double and rounded half to even, as
/// their code does.) Throws where a section is asked for no index or for more than it has.
inline std::vector<std::size_t> section_indices(std::size_t trained, const std::vector<std::size_t>& counts) {
  const char* const where = "equireg::schedule::section_indices";
  require(!counts.empty() && trained > 0, where, "expected at least one section and one trained step, got ",
          counts.size(), " and ", trained);
  std::vector<std::size_t> kept;
  std::size_t start = 0;
  for (std::size_t s = 0; s < counts.size(); ++s) {
    const std::size_t length = trained / counts.size() + (s < trained % counts.size() ? 1 : 0), count = counts[s];
    require(count >= 1 && count <= length, where, "section ", s, " has ", length, " of ", trained,
            " trained steps; cannot keep ", count, " of them");
    const double step = count > 1 ? static_cast<double>(length - 1) / static_cast<double>(count - 1) : 1.0;
    double position = 0;
    for (std::size_t i = 0; i < count; ++i, position += step) {
      kept.push_back(start + static_cast<std::size_t>(std::nearbyint(position)));
    }
    start += length;
  }
  return kept;
}

/// N rising indices out of 0 ... T - 1 by the given rule. Throws where the rule has no such set.
inline std::vector<std::size_t> respaced_indices(std::size_t trained, std::size_t steps, respacing rule) {
  const char* const where = "equireg::schedule::respaced_indices";
  require(steps >= 1 && steps <= trained, where, "cannot keep ", steps, " of ", trained, " trained steps");
  if (rule == respacing::sections) return section_indices(trained, {steps});
  std::vector<std::size_t> kept;
  kept.reserve(steps);
  if (rule == respacing::quadratic) {
    for (std::size_t i = steps; i-- > 0;) {
      const double share = steps > 1 ? static_cast<double>(i) / static_cast<double>(steps - 1) : 0.0;
      auto down = static_cast<std::size_t>(std::sqrt(share) * static_cast<double>(trained));
      if (down == trained) --down;
      require(kept.empty() || trained - 1 - down > kept.back(), where, "the quadratic rule meets index ",
              trained - 1 - down, " twice when it keeps ", steps, " of ", trained, " trained steps");
      kept.push_back(trained - 1 - down);
    }
    return kept;
  }
  std::size_t stride = trained / steps;
  if (rule == respacing::ddim) {
    stride = 1;
    while (stride < trained && (trained + stride - 1) / stride > steps) ++stride;
    require((trained + stride - 1) / stride == steps, where, "no stride through ", trained, " trained steps meets ",
            steps, " of them");
  }
  for (std::size_t i = 0; i < steps; ++i) kept.push_back(i * stride);
  return kept;
}

/// The trained levels at the given rising indices, from the noisiest down, and then `clean`. Each level's time is its
/// original index, which is what the network was trained to be told.
inline std::vector<noise_level> levels_at(const trained_levels& trained, const std::vector<std::size_t>& indices) {
  std::vector<noise_level> levels;
  levels.reserve(indices.size() + 1);
  for (std::size_t i = indices.size(); i-- > 0;) levels.push_back(trained.level(indices[i]));
  levels.push_back(clean);
  return levels;
}

}  // namespace equireg::schedule
