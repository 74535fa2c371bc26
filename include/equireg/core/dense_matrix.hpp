// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `dense_matrix`: a small matrix in double on the host, out of which operators are set up.

#include <cstddef>
#include <vector>

namespace equireg {

/// Row major, zero where nothing was written. For set-up: what runs over images takes it as an argument of a verb.
struct dense_matrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;

  dense_matrix() = default;
  dense_matrix(std::size_t height, std::size_t width) : rows(height), columns(width), values(height * width) {}

  double& operator()(std::size_t i, std::size_t j) { return values[i * columns + j]; }
  double operator()(std::size_t i, std::size_t j) const { return values[i * columns + j]; }
};

/// M^T.
inline dense_matrix transpose(const dense_matrix& m) {
  dense_matrix t(m.columns, m.rows);
  for (std::size_t i = 0; i < m.rows; ++i) {
    for (std::size_t j = 0; j < m.columns; ++j) t(j, i) = m(i, j);
  }
  return t;
}

}  // namespace equireg
