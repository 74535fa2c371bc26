// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief What every noise schedule promises.

#include <equireg/core/noise_level.hpp>

#include <cstddef>
#include <vector>

namespace equireg::test {

/// Sigma falls strictly and the last of `steps + 1` levels is `clean`.
inline bool walks_down_to_clean(const std::vector<noise_level>& levels, std::size_t steps) {
  if (levels.size() != steps + 1 || levels.back() != clean) return false;
  for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
    if (!(levels[i].sigma() > levels[i + 1].sigma())) return false;
  }
  return true;
}

}  // namespace equireg::test
