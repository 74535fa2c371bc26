// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `sparse_rows`: a matrix of few numbers in each row, in double on the host.

#include <equireg/core/error.hpp>

#include <cstddef>
#include <initializer_list>
#include <utility>
#include <vector>

namespace equireg {

/// Compressed rows: row k has `values` at `columns` from begin(k) to end(k).
class sparse_rows {
 public:
  /// No rows of `width` columns.
  explicit sparse_rows(std::size_t width = 0) : width_(width) {}

  /// One more row, sum_e value_e x[column_e]. Throws where a column is outside.
  void add(const std::vector<std::pair<std::size_t, double>>& entries) {
    for (const auto& [column, value] : entries) {
      require(column < width_, "equireg::sparse_rows", "there are ", width_, " columns, but row ", rows(),
              " reads column ", column);
      columns.push_back(column);
      values.push_back(value);
    }
    offsets_.push_back(columns.size());
  }

  [[nodiscard]] std::size_t rows() const { return offsets_.size() - 1; }
  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] std::size_t begin(std::size_t row) const { return offsets_[row]; }
  [[nodiscard]] std::size_t end(std::size_t row) const { return offsets_[row + 1]; }

  std::vector<std::size_t> columns;
  std::vector<double> values;

 private:
  std::size_t width_;
  std::vector<std::size_t> offsets_ = {0};
};

}  // namespace equireg
