// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `banded_matrix`: what a filter does to one line of an image, its borders included.

#include <equireg/core/dense_matrix.hpp>
#include <equireg/core/error.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace equireg {

/// What a filter reads outside the line x_0 ... x_{n-1}.
enum class boundary {
  reflect,    ///< x_{-j} = x_j: the edge is not repeated (NumPy's reflect, SciPy's mirror)
  symmetric,  ///< x_{-j} = x_{j-1}: the edge is repeated (NumPy's symmetric, SciPy's reflect)
  circular    ///< x_{-j} = x_{n-j}
};

/// The index inside 0 ... n - 1 that stands for j. n >= 1.
[[nodiscard]] constexpr std::size_t fold(std::ptrdiff_t j, std::size_t n, boundary rule) {
  const auto size = static_cast<std::ptrdiff_t>(n);
  if (rule == boundary::reflect && n == 1) return 0;
  const std::ptrdiff_t period =
      rule == boundary::reflect ? 2 * (size - 1) : (rule == boundary::symmetric ? 2 * size : size);
  const std::ptrdiff_t k = (j % period + period) % period;
  if (k < size) return static_cast<std::size_t>(k);
  return static_cast<std::size_t>(rule == boundary::reflect ? period - k : period - 1 - k);
}

/// A matrix whose rows each hold one run of numbers; a run may go over the end and on at the start.
///
/// Equal runs are stored once: away from the borders a filter's rows differ only in where they begin.
class banded_matrix {
 public:
  /// Row i of the matrix is weights()[offset + k] at column (first + k) mod columns(), k = 0 ... count - 1.
  struct run {
    std::size_t first;
    std::size_t count;
    std::size_t offset;
  };

  banded_matrix() = default;

  /// The matrix `m`, for each row in the shortest run that holds its numbers.
  explicit banded_matrix(const dense_matrix& m) : columns_(m.columns) {
    runs_.reserve(m.rows);
    for (std::size_t i = 0; i < m.rows; ++i)
      append(std::span<const double>(m.values).subspan(i * m.columns, m.columns));
  }

  [[nodiscard]] std::size_t rows() const { return runs_.size(); }
  [[nodiscard]] std::size_t columns() const { return columns_; }
  [[nodiscard]] const std::vector<run>& runs() const { return runs_; }
  [[nodiscard]] const std::vector<double>& weights() const { return weights_; }

  /// Numbers in all runs: the multiplications of one product with a vector.
  [[nodiscard]] std::size_t nonzeros() const {
    std::size_t sum = 0;
    for (const run& r : runs_) sum += r.count;
    return sum;
  }

  [[nodiscard]] dense_matrix dense() const {
    dense_matrix m(rows(), columns());
    for (std::size_t i = 0; i < rows(); ++i) {
      const run& r = runs_[i];
      for (std::size_t k = 0; k < r.count; ++k) m(i, (r.first + k) % columns_) = weights_[r.offset + k];
    }
    return m;
  }

  /// M^T, exactly.
  [[nodiscard]] banded_matrix transposed() const { return banded_matrix(equireg::transpose(dense())); }

 private:
  void append(std::span<const double> row) {
    // The longest run of zeros, going round, is what the row leaves out. Ties: the one that ends with the row.
    const std::size_t n = row.size();
    std::size_t longest = 0, end = 0, current = 0;
    for (std::size_t j = 0; j < 2 * n; ++j) {
      current = row[j % n] == 0 ? current + 1 : 0;
      if (current > longest && current <= n) {
        longest = current;
        end = j + 1;
      }
    }
    const std::size_t first = n == 0 ? 0 : end % n, count = n - longest;
    std::vector<double> values(count);
    for (std::size_t k = 0; k < count; ++k) values[k] = row[(first + k) % n];
    std::size_t offset = weights_.size();
    if (!runs_.empty() && runs_.back().count == count &&
        std::equal(values.begin(), values.end(), weights_.begin() + static_cast<std::ptrdiff_t>(runs_.back().offset))) {
      offset = runs_.back().offset;
    } else {
      weights_.insert(weights_.end(), values.begin(), values.end());
    }
    runs_.push_back({first, count, offset});
  }

  std::size_t columns_ = 0;
  std::vector<run> runs_;
  std::vector<double> weights_;
};

/// y_i = sum_k taps[k] x[stride i + first + k], i = 0 ... outputs - 1, on lines of `inputs` pixels; what is read
/// outside follows the rule, over and over where the line is shorter than the filter. Throws where there are no inputs.
inline banded_matrix filter_matrix(std::size_t outputs, std::size_t inputs, std::size_t stride, std::ptrdiff_t first,
                                   std::span<const double> taps, boundary rule) {
  require(inputs > 0, "equireg::filter_matrix", "a filter needs lines of at least one pixel");
  dense_matrix m(outputs, inputs);
  for (std::size_t i = 0; i < outputs; ++i) {
    for (std::size_t k = 0; k < taps.size(); ++k) {
      m(i, fold(static_cast<std::ptrdiff_t>(stride * i + k) + first, inputs, rule)) += taps[k];
    }
  }
  return banded_matrix(m);
}

}  // namespace equireg
