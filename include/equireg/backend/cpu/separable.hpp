// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `separable`: R x C^T for every plane of a batch, with banded or dense matrices R and C.

#include <equireg/backend/cpu/lanes.hpp>
#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/backend/cpu/transpose_copy.hpp>
#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/config.hpp>
#include <equireg/core/dense_matrix.hpp>
#include <equireg/core/error.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace equireg::cpu {

/// Products of banded matrices with the lines of planes: the two passes of `separable`.
///
/// Both run along a group of neighbouring lines at once, one in each lane of a vector, and keep the sums of a few
/// output pixels in registers while they walk over the taps. Columns of a plane are such lines as they stand in memory;
/// rows are copied, a few at a time, to a small buffer that holds them side by side.
template <class T>
class line_filter {
 public:
  explicit line_filter(const banded_matrix& m) : matrix_(m), weights_(m.weights().begin(), m.weights().end()) {}

  [[nodiscard]] std::size_t outputs() const { return matrix_.rows(); }
  [[nodiscard]] std::size_t inputs() const { return matrix_.columns(); }

  /// Lines in a vector: 128 bytes of them for columns, 64 for rows, whose buffer should stay in the first-level cache.
  static constexpr std::size_t column_lanes = 128 / sizeof(T);
  static constexpr std::size_t row_lanes = 64 / sizeof(T);

  /// Output pixels first ... last - 1 of `Lanes` lines: out[(i - first) * out_stride + l] = sum_j m[i][j]
  /// lines[j * stride + l]. A few pixels with the same taps go together: a sum waits for its own last addition.
  template <std::size_t Lanes>
  void pixels(std::size_t first, std::size_t last, const T* lines, std::size_t stride, T* out,
              std::size_t out_stride) const {
    constexpr std::size_t sums = 8, vectors = Lanes / lane_count, together = std::max<std::size_t>(1, sums / vectors);
    for (std::size_t i = first; i < last;) {
      if (i + together <= last && alike(i, together)) {
        group<Lanes, together>(i, lines, stride, out + (i - first) * out_stride, out_stride);
        i += together;
      } else {
        pixel<Lanes>(i, lines, stride, out + (i - first) * out_stride);
        ++i;
      }
    }
  }

  /// Rows first ... last - 1 of one output plane, `width` wide, without the columns that do not fill `column_lanes`.
  void columns(const T* in, T* out, std::size_t width, std::size_t first, std::size_t last) const {
    for (std::size_t c = 0; c + column_lanes <= width; c += column_lanes) {
      pixels<column_lanes>(first, last, in + c, width, out + first * width + c, width);
    }
  }

  /// Those columns, of all rows.
  void last_columns(const T* in, T* out, std::size_t width) const {
    constexpr std::size_t lanes = column_lanes;
    const std::size_t count = width % lanes, first = width - count;
    std::vector<T, pool_allocator<T>> lines(inputs() * lanes);
    for (std::size_t j = 0; j < inputs(); ++j) {
      T* const to = lines.data() + j * lanes;
      std::copy_n(in + j * width + first, count, to);
      std::fill_n(to + count, lanes - count, T(0));
    }
    for (std::size_t i = 0; i < outputs(); ++i) {
      T result[lanes];
      pixel<lanes>(i, lines.data(), lanes, result);
      std::copy_n(result, count, out + i * width + first);
    }
  }

  /// `count` consecutive rows, count <= row_lanes. `in` and `out` point at the first.
  void rows(const T* in, T* out, std::size_t count) const {
    constexpr std::size_t lanes = row_lanes;
    std::vector<T, pool_allocator<T>> lines(inputs() * lanes);
    if (count < lanes) std::fill(lines.begin(), lines.end(), T(0));
    transpose_copy(in, inputs(), lines.data(), lanes, count, inputs());
    constexpr std::size_t together = 16;  // output pixels, so that whole cache lines are written
    T result[together * lanes];
    for (std::size_t first = 0; first < outputs(); first += together) {
      const std::size_t made = std::min(together, outputs() - first);
      pixels<lanes>(first, first + made, lines.data(), lanes, result, lanes);
      transpose_copy(result, lanes, out + first, outputs(), made, count);
    }
  }

 private:
  static constexpr std::size_t lane_count = lanes<T>::count;
  using lane_vector = typename lanes<T>::vector;

  // Output pixel i: out[l] = sum_j m[i][j] lines[j * stride + l].
  template <std::size_t Lanes>
  void pixel(std::size_t i, const T* lines, std::size_t stride, T* out) const {
    constexpr std::size_t vectors = Lanes / lane_count;
    const banded_matrix::run& r = matrix_.runs()[i];
    const T* const w = weights_.data() + r.offset;
    const std::size_t before_end = std::min(r.count, inputs() - r.first);
    lane_vector sum[vectors] = {};
    const auto add = [&](const T* line, std::size_t first, std::size_t last) {
      for (std::size_t k = first; k < last; ++k, line += stride) {
        for (std::size_t v = 0; v < vectors; ++v) sum[v] += w[k] * lanes<T>::load(line + v * lane_count);
      }
    };
    add(lines + r.first * stride, 0, before_end);
    add(lines, before_end, r.count);
    for (std::size_t v = 0; v < vectors; ++v) lanes<T>::store(out + v * lane_count, sum[v]);
  }

  // Output pixels i ... i + count - 1 have the same taps, at even distances, and none goes round the end of the line.
  [[nodiscard]] bool alike(std::size_t i, std::size_t count) const {
    const banded_matrix::run* const r = &matrix_.runs()[i];
    for (std::size_t n = 1; n < count; ++n) {
      if (r[n].offset != r->offset || r[n].count != r->count) return false;  // an empty run shares the next one's offset
      if (r[n].first - r[n - 1].first != r[1].first - r->first) return false;
    }
    return r->first + r->count <= inputs() && r[count - 1].first + r->count <= inputs();
  }

  // Output pixels i ... i + count - 1, which are alike. Each is summed in the order of `pixel`.
  template <std::size_t Lanes, std::size_t count>
  void group(std::size_t i, const T* lines, std::size_t stride, T* out, std::size_t out_stride) const {
    constexpr std::size_t vectors = Lanes / lane_count;
    const banded_matrix::run* const r = &matrix_.runs()[i];
    // Signed: the runs of a flipped or periodic map may walk backwards.
    const auto apart = count > 1 ? static_cast<std::ptrdiff_t>((r[1].first - r->first) * stride) : std::ptrdiff_t{0};
    const T *const w = weights_.data() + r->offset, *line = lines + r->first * stride;
    lane_vector sum[count][vectors] = {};
    for (std::size_t k = 0; k < r->count; ++k, line += stride) {
      EQUIREG_UNROLL(8)
      for (std::size_t n = 0; n < count; ++n) {
        EQUIREG_UNROLL(8)
        for (std::size_t v = 0; v < vectors; ++v) {
          sum[n][v] += w[k] * lanes<T>::load(line + static_cast<std::ptrdiff_t>(n) * apart + v * lane_count);
        }
      }
    }
    EQUIREG_UNROLL(8)
    for (std::size_t n = 0; n < count; ++n) {
      EQUIREG_UNROLL(8)
      for (std::size_t v = 0; v < vectors; ++v) lanes<T>::store(out + n * out_stride + v * lane_count, sum[n][v]);
    }
  }

  const banded_matrix& matrix_;
  std::vector<T> weights_;
};

/// The columns of every plane: out plane = R plane.
template <class T>
tensor<T> filter_columns(const tensor<T>& x, const line_filter<T>& filter) {
  const equireg::shape s = x.shape();
  tensor<T> out(s.with_plane({filter.outputs(), s.width}));
  constexpr std::size_t rows = 16;  // of the output: whole rows are written, from lines that stay in the cache
  const std::size_t blocks = (filter.outputs() + rows - 1) / rows;
  const std::size_t tasks = blocks + (s.width % line_filter<T>::column_lanes == 0 ? 0 : 1);
  const std::size_t work = (s.height / std::max<std::size_t>(1, blocks) + rows) * s.width;
  parallel_for(s.batch * s.channels * tasks, work, [&](std::size_t task) {
    const std::size_t plane = task / tasks, first = task % tasks * rows;
    const T* const from = x.data() + plane * s.height * s.width;
    T* const to = out.data() + plane * filter.outputs() * s.width;
    if (task % tasks == blocks) {
      filter.last_columns(from, to, s.width);
    } else {
      filter.columns(from, to, s.width, first, std::min(first + rows, filter.outputs()));
    }
  });
  return out;
}

/// The rows of every plane: out plane = plane C^T. Rows of all planes stand one after the other.
template <class T>
tensor<T> filter_rows(const tensor<T>& x, const line_filter<T>& filter) {
  const equireg::shape s = x.shape();
  tensor<T> out(s.with_plane({s.height, filter.outputs()}));
  constexpr std::size_t lanes = line_filter<T>::row_lanes;
  const std::size_t rows = s.batch * s.channels * s.height;
  parallel_for((rows + lanes - 1) / lanes, (s.width + filter.outputs()) * lanes, [&](std::size_t task) {
    const std::size_t first = task * lanes;
    filter.rows(x.data() + first * s.width, out.data() + first * filter.outputs(), std::min(lanes, rows - first));
  });
  return out;
}

/// R x C^T for every plane x: (B, C, H, W) becomes (B, C, rows of R, rows of C). Each output is summed in one order,
/// whatever the batch and the number of threads. Throws where R has not H columns or C not W.
template <class T>
tensor<T> separable(const tensor<T>& x, const banded_matrix& r, const banded_matrix& c) {
  const equireg::shape s = x.shape();
  require(r.columns() == s.height && c.columns() == s.width, "equireg::separable", "matrices of ", r.rows(), " x ",
          r.columns(), " and ", c.rows(), " x ", c.columns(), " cannot filter planes of ", s.plane());
  const line_filter<T> along_columns(r), along_rows(c);
  // The order that multiplies less; a pass over rows counts twice, since rows are copied to the buffer and back.
  const std::size_t columns_first = r.nonzeros() * s.width + 2 * c.nonzeros() * r.rows();
  const std::size_t rows_first = 2 * c.nonzeros() * s.height + r.nonzeros() * c.rows();
  if (columns_first <= rows_first) return filter_rows(filter_columns(x, along_columns), along_rows);
  return filter_columns(filter_rows(x, along_rows), along_columns);
}

/// The same with dense matrices: one product for the rows of all planes, one for the columns of each.
template <class T>
tensor<T> separable(const tensor<T>& x, const dense_matrix& r, const dense_matrix& c) {
  const equireg::shape s = x.shape();
  require(r.columns == s.height && c.columns == s.width, "equireg::separable", "matrices of ", r.rows, " x ", r.columns,
          " and ", c.rows, " x ", c.columns, " cannot be applied to planes of ", s.plane());
  const std::vector<T, pool_allocator<T>> left(r.values.begin(), r.values.end()),
      right(c.values.begin(), c.values.end());
  const std::size_t planes = s.batch * s.channels;
  tensor<T> half(s.with_plane({s.height, c.rows})), out(s.with_plane({r.rows, c.rows}));
  multiply<T>({half.data(), planes * s.height, c.rows, c.rows}, {x.data(), planes * s.height, s.width, s.width},
              transpose(matrix_view<const T>{right.data(), c.rows, c.columns, c.columns}));
  for (std::size_t p = 0; p < planes; ++p) {
    multiply<T>({out.data() + p * r.rows * c.rows, r.rows, c.rows, c.rows}, {left.data(), r.rows, r.columns, r.columns},
                {half.data() + p * s.height * c.rows, s.height, c.rows, c.rows});
  }
  return out;
}

}  // namespace equireg::cpu
