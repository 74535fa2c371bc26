// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::sum_of_distances`: over all pairs of two sets of samples.

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/core/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace equireg::metric {

/// sum_ij |x_i - y_j|, the Euclidean norm over the elements of a sample, for views of the rows of batches X
/// (`rows_of`). The rows of `a` go through a table of at most 256 x (rows of b) distances, made from differences: no
/// cancellation.
template <tensor X, class View>
double sum_of_distances(const View& a, const View& b) {
  using value_type = typename X::value_type;
  constexpr std::size_t rows = 256;  // of the table of distances that exist at a time
  double sum = 0;
  for (std::size_t first = 0; first < a.rows; first += rows) {
    const std::size_t count = std::min(rows, a.rows - first);
    X table({count, 1, 1, b.rows});
    squared_distances(rows_of(table), a.rows_at(first, count), b, 1.0);
    for (const double v : to_host(reduce([](value_type d2) { return std::sqrt(d2); }, table))) sum += v;
  }
  return sum;
}

}  // namespace equireg::metric
