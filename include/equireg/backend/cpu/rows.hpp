// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Products with chosen rows of a matrix: `project_rows` and `combine_rows`, and scaled rows.
///
/// One sample takes plain loops, which read each row once and skip zeros; a batch takes the BLAS. Where results must
/// not depend on the rest of the batch (`reproducible_scope`), one sample takes the batch's way.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/matrix.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace equireg::cpu {

/// Rows first ... first + count - 1.
struct row_run {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Appends rows to a list of runs, in ascending order; neighbours become one run.
inline void append_run(std::vector<row_run>& runs, std::size_t first, std::size_t count) {
  if (count == 0) return;
  if (!runs.empty() && runs.back().first + runs.back().count == first) {
    runs.back().count += count;
  } else {
    runs.push_back({first, count});
  }
}

/// p[b][j] = <v_b, basis_j> for the rows j in `runs`; others are not written. p is B x N, v is B x d, basis N x d.
template <class T>
void project_rows(matrix_view<T> p, matrix_view<const std::type_identity_t<T>> v,
                  matrix_view<const std::type_identity_t<T>> basis, const std::vector<row_run>& runs) {
  for (const auto& run : runs) {
    if (v.rows != 1 || reproducible_scope::active()) {
      multiply<T>(p.columns_at(run.first, run.count), v, transpose(basis.rows_at(run.first, run.count)));
      continue;
    }
    parallel_for(run.count, v.columns / 4, [&](std::size_t i) {
      const T *const row = basis.data + (run.first + i) * basis.stride, *const x = v.data;
      double sum = 0;
      for (std::size_t start = 0; start < v.columns; start += block_size) {
        const T *const rs = row + start, *const xs = x + start;
        sum += sum_block<T>(std::min(block_size, v.columns - start), [=](std::size_t j) { return rs[j] * xs[j]; });
      }
      p.data[run.first + i] = static_cast<T>(sum);
    });
  }
}

namespace rows {

/// out += sum_j y[j] basis_j over the listed rows, columns first ... first + count - 1.
template <class T>
void accumulate(T* out, const T* y, matrix_view<const T> basis, const std::vector<std::size_t>& list,
                std::size_t first, std::size_t count) {
  T* const to = out + first;
  const auto row = [&](std::size_t i) { return basis.data + list[i] * basis.stride + first; };
  std::size_t i = 0;
  for (; i + 4 <= list.size(); i += 4) {
    const T y0 = y[list[i]], y1 = y[list[i + 1]], y2 = y[list[i + 2]], y3 = y[list[i + 3]];
    const T *const r0 = row(i), *const r1 = row(i + 1), *const r2 = row(i + 2), *const r3 = row(i + 3);
    EQUIREG_SIMD
    for (std::size_t j = 0; j < count; ++j) to[j] += (y0 * r0[j] + y1 * r1[j]) + (y2 * r2[j] + y3 * r3[j]);
  }
  for (; i < list.size(); ++i) {
    const T y0 = y[list[i]];
    const T* const r0 = row(i);
    EQUIREG_SIMD
    for (std::size_t j = 0; j < count; ++j) to[j] += y0 * r0[j];
  }
}

}  // namespace rows

/// out_b = sum_j y[b][j] basis_j over the rows j in `runs`, added to out where `add` holds. out is B x d, y is B x N.
template <class T>
void combine_rows(matrix_view<T> out, matrix_view<const std::type_identity_t<T>> y,
                  matrix_view<const std::type_identity_t<T>> basis, const std::vector<row_run>& runs, bool add) {
  if (out.rows != 1 || reproducible_scope::active()) {
    double beta = add ? 1 : 0;
    for (const auto& run : runs) {
      multiply<T>(out, y.columns_at(run.first, run.count), basis.rows_at(run.first, run.count), 1, beta);
      beta = 1;
    }
    if (beta == 0) {
      for (std::size_t b = 0; b < out.rows; ++b) std::fill_n(out.data + b * out.stride, out.columns, T(0));
    }
    return;
  }
  std::vector<std::size_t> list;
  for (const auto& run : runs) {
    for (std::size_t j = run.first; j < run.first + run.count; ++j) {
      if (y.data[j] != T(0)) list.push_back(j);
    }
  }
  // Long lists are bound by memory: the BLAS reads whole rows on all threads, the loop below a piece of each.
  std::size_t rows_in_runs = 0;
  for (const auto& run : runs) rows_in_runs += run.count;
  if (list.size() * out.columns > (std::size_t{1} << 19) && 2 * list.size() > rows_in_runs) {
    for (const auto& run : runs) {
      multiply<T>(out, y.columns_at(run.first, run.count), basis.rows_at(run.first, run.count), 1, add ? 1 : 0);
      add = true;
    }
    return;
  }
  if (!add) std::fill_n(out.data, out.columns, T(0));
  constexpr std::size_t columns = 512;  // their sums stay in the first-level cache
  const std::size_t blocks = (out.columns + columns - 1) / columns;
  parallel_for(blocks, list.size() * columns / 4, [&](std::size_t block) {
    const std::size_t first = block * columns;
    rows::accumulate<T>(out.data, y.data, basis, list, first, std::min(columns, out.columns - first));
  });
}

/// out_b = s[b] x_b + t[b] v_b; without t, out_b = s[b] x_b.
template <class T>
void scale_rows(matrix_view<T> out, const T* s, matrix_view<const std::type_identity_t<T>> x, const T* t = nullptr,
                matrix_view<const std::type_identity_t<T>> v = {}) {
  parallel_for(out.rows, out.columns, [&](std::size_t b) {
    T* const to = out.data + b * out.stride;
    const T* const from = x.data + b * x.stride;
    const T sb = s[b];
    if (t == nullptr) {
      EQUIREG_SIMD
      for (std::size_t i = 0; i < out.columns; ++i) to[i] = sb * from[i];
    } else {
      const T* const other = v.data + b * v.stride;
      const T tb = t[b];
      EQUIREG_SIMD
      for (std::size_t i = 0; i < out.columns; ++i) to[i] = sb * from[i] + tb * other[i];
    }
  });
}

/// out[b] = <x_b, v_b>.
template <class T>
void dot_rows(T* out, matrix_view<const std::type_identity_t<T>> x, matrix_view<const std::type_identity_t<T>> v) {
  parallel_for(x.rows, x.columns / 2, [&](std::size_t b) {
    double sum = 0;
    for (std::size_t start = 0; start < x.columns; start += block_size) {
      const T *const xs = x.data + b * x.stride + start, *const vs = v.data + b * v.stride + start;
      sum += sum_block<T>(std::min(block_size, x.columns - start), [=](std::size_t i) { return xs[i] * vs[i]; });
    }
    out[b] = static_cast<T>(sum);
  });
}

}  // namespace equireg::cpu
