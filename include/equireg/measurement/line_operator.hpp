// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::line_operator`: one factor of a separable operator, and the eigenvectors of B B^T.

#include <equireg/backend/cpu/decompose.hpp>  // eigh: set-up is done on the host, wherever the images live
#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/dense_matrix.hpp>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// B B^T = modes^T diag(values) modes: the left singular vectors of B and its squared singular values. Those of B^T are
/// the right ones of B.
struct gram_spectrum {
  dense_matrix modes;             ///< M x M, a row for each mode
  dense_matrix modes_transposed;  ///< its transpose, which is its inverse
  std::vector<double> values;     ///< ascending, >= 0
};

/// B, M x N, which maps lines of N pixels to lines of M.
class line_operator {
 public:
  explicit line_operator(banded_matrix b) : forward_(std::move(b)), adjoint_(forward_.transposed()) {}

  [[nodiscard]] const banded_matrix& forward() const { return forward_; }
  [[nodiscard]] const banded_matrix& adjoint() const { return adjoint_; }

  /// Computed by the first call, O(M^2 N). Thread safe.
  [[nodiscard]] const gram_spectrum& gram() const {
    std::call_once(once_, [this] { gram_ = decompose(forward_); });
    return gram_;
  }

  /// B^T B = modes^T diag(values) modes: all N right singular vectors, those that B takes to 0 included.
  [[nodiscard]] const gram_spectrum& right_gram() const {
    std::call_once(right_once_, [this] { right_gram_ = decompose(adjoint_); });
    return right_gram_;
  }

 private:
  [[nodiscard]] static gram_spectrum decompose(const banded_matrix& matrix) {
    const dense_matrix b = matrix.dense();
    gram_spectrum result;
    result.modes = dense_matrix(b.rows, b.rows);
    for (std::size_t i = 0; i < b.rows; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = 0;
        for (std::size_t k = 0; k < b.columns; ++k) sum += b(i, k) * b(j, k);
        result.modes(i, j) = result.modes(j, i) = sum;
      }
    }
    result.values = cpu::eigh(cpu::matrix_view<double>{result.modes.values.data(), b.rows, b.rows, b.rows});
    for (double& v : result.values) v = std::max(v, 0.0);  // rounding can leave -1e-17
    result.modes_transposed = transpose(result.modes);
    return result;
  }

  banded_matrix forward_, adjoint_;
  mutable std::once_flag once_, right_once_;
  mutable gram_spectrum gram_, right_gram_;
};

}  // namespace equireg::measurement
