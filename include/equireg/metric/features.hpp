// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::require_features`: what scores of feature vectors ask of them.

#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>

#include <cstddef>
#include <string_view>

namespace equireg::metric {

/// Throws unless x and y are sets of features (N, 1, 1, D) of one D, with at least `least` in each.
inline void require_features(const shape& x, const shape& y, std::size_t least, std::string_view where) {
  require(x.with_batch(0) == y.with_batch(0) && x.width > 0 && x.sample_size() == x.width, where,
          "expected features (N, 1, 1, D), but they have shapes ", x, " and ", y);
  require(x.batch >= least && y.batch >= least, where, "expected at least ", least,
          " features in each set, but there are ", x.batch, " and ", y.batch);
}

}  // namespace equireg::metric
