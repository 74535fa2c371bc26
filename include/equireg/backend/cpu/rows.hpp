// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Products with chosen rows of a matrix: `project_rows` and `combine_rows`, and scaled rows.
///
/// One sample takes plain loops, which read each row once and skip zeros; a batch takes a matrix product, with all its samples
/// or, for rows that only some need, with those. Where results must not depend on the rest of the batch
/// (`reproducible_scope`), one sample takes the batch's way.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/matrix.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace equireg::cpu {

/// Rows first ... first + count - 1, for all samples of a batch or for the listed ones.
struct row_run {
  std::size_t first = 0;
  std::size_t count = 0;
  std::vector<std::size_t> samples = {};  ///< ascending; empty: all
};

/// Appends rows to a list of runs, in ascending order; neighbours for the same samples become one run.
inline void append_run(std::vector<row_run>& runs, std::size_t first, std::size_t count,
                       std::vector<std::size_t> samples = {}) {
  if (count == 0) return;
  if (!runs.empty() && runs.back().first + runs.back().count == first && runs.back().samples == samples) {
    runs.back().count += count;
  } else {
    runs.push_back({first, count, std::move(samples)});
  }
}

namespace rows {

template <class T>
using buffer = std::vector<T, pool_allocator<T>>;

/// <x, row>.
template <class T>
T dot(const T* x, const T* row, std::size_t columns) {
  return static_cast<T>(sum_blocks<T, 1>(columns, [=](std::size_t, std::size_t i) { return row[i] * x[i]; })[0]);
}

/// out += sum_j y[j] basis_j over the listed rows, columns first ... first + count - 1.
template <class T>
void accumulate(T* out, const T* y, matrix_view<const T> basis, const std::vector<std::size_t>& list,
                std::size_t first, std::size_t count) {
  const auto row = [&](std::size_t i) { return basis.data + list[i] * basis.stride + first; };
  std::size_t i = 0;
  for (; i + 4 <= list.size(); i += 4) {
    detail::add_four_rows<T>(out + first, count, {y[list[i]], y[list[i + 1]], y[list[i + 2]], y[list[i + 3]]},
                             {row(i), row(i + 1), row(i + 2), row(i + 3)});
  }
  for (; i < list.size(); ++i) detail::add_row(out + first, count, y[list[i]], row(i));
}

/// The listed rows of a matrix below each other.
template <class T>
void gather(buffer<T>& to, matrix_view<const T> from, const std::vector<std::size_t>& list) {
  to.resize(list.size() * from.columns);
  for (std::size_t i = 0; i < list.size(); ++i) {
    std::copy_n(from.data + list[i] * from.stride, from.columns, to.data() + i * from.columns);
  }
}

/// A product packs what it multiplies: below this many rows or samples plain loops are faster.
inline constexpr std::size_t worth_a_product = 3;

/// Rows that make a product of their own: the basis stays in the second-level cache while it is read.
inline constexpr std::size_t piece_rows = 448;

/// Some rows of a basis, and what a product with them costs.
struct piece {
  const row_run* run;
  std::size_t first, count;

  [[nodiscard]] std::size_t cost(std::size_t batch) const {
    constexpr std::size_t reading = 24;  // a row takes as long to read as this many samples to multiply by it
    return count * ((run->samples.empty() ? batch : run->samples.size()) + reading);
  }
};

/// The rows of all runs in pieces, a share for each thread, of about the same cost.
inline std::vector<std::vector<piece>> shares_of(const std::vector<row_run>& runs, std::size_t batch) {
  std::vector<piece> pieces;
  std::size_t total = 0;
  for (const auto& run : runs) {
    const std::size_t parts = (run.count + piece_rows - 1) / piece_rows;
    for (std::size_t i = 0; i < parts; ++i) {
      const std::size_t first = run.count * i / parts, last = run.count * (i + 1) / parts;
      pieces.push_back({&run, run.first + first, last - first});
      total += pieces.back().cost(batch);
    }
  }
  std::vector<std::vector<piece>> shares(thread_count());
  std::size_t before = 0;
  for (const piece& p : pieces) {
    const std::size_t middle = before + p.cost(batch) / 2;
    shares[std::min(shares.size() - 1, middle * shares.size() / total)].push_back(p);
    before += p.cost(batch);
  }
  return shares;
}

/// Calls body(i) for every share, on threads of their own if it is worth it.
template <class Body>
void for_shares(const std::vector<std::vector<piece>>& shares, std::size_t batch, std::size_t columns,
                const Body& body) {
  std::size_t cost = 0;
  for (const auto& share : shares) {
    for (const piece& p : share) cost += p.cost(batch);
  }
  parallel_for(shares.size(), cost / shares.size() * columns / 4, body);
}

/// `project_rows` by pieces of the basis.
template <class T>
void project_pieces(matrix_view<T> p, matrix_view<const T> v, matrix_view<const T> basis,
                    const std::vector<row_run>& runs) {
  const auto shares = shares_of(runs, v.rows);
  for_shares(shares, v.rows, v.columns, [&](std::size_t index) {
    buffer<T> x, y;
    for (const auto& [run, first, count] : shares[index]) {
      const auto& samples = run->samples;
      const auto rows = basis.rows_at(first, count);
      if (samples.empty()) {
        blas::product<T>(p.columns_at(first, count), v, transpose(rows), 1, 0);
        continue;
      }
      if (samples.size() < worth_a_product || count < worth_a_product) {
        for (std::size_t j = first; j < first + count; ++j) {
          for (const std::size_t b : samples) {
            p.data[b * p.stride + j] = dot(v.data + b * v.stride, basis.data + j * basis.stride, v.columns);
          }
        }
        continue;
      }
      gather(x, v, samples);
      y.resize(samples.size() * count);
      blas::product<T>({y.data(), samples.size(), count, count}, {x.data(), samples.size(), v.columns, v.columns},
                       transpose(rows), 1, 0);
      for (std::size_t i = 0; i < samples.size(); ++i) {
        std::copy_n(y.data() + i * count, count, p.data + samples[i] * p.stride + first);
      }
    }
  });
}

/// `combine_rows` for runs that list their samples, added to out: each thread sums its pieces.
template <class T>
void combine_listed(matrix_view<T> out, matrix_view<const T> y, matrix_view<const T> basis,
                    const std::vector<row_run>& runs) {
  const std::size_t columns = out.columns;
  const auto shares = shares_of(runs, y.rows);
  buffer<T> sums(shares.size() * out.rows * columns, T(0));
  for_shares(shares, y.rows, columns, [&](std::size_t index) {
    T* const sum = sums.data() + index * out.rows * columns;
    buffer<T> coefficients, part;
    std::vector<std::size_t> list;
    for (const auto& [run, first, count] : shares[index]) {
      const auto& samples = run->samples;
      if (samples.size() < worth_a_product || count < worth_a_product) {
        list.resize(count);
        std::iota(list.begin(), list.end(), first);
        for (const std::size_t b : samples) {
          accumulate<T>(sum + b * columns, y.data + b * y.stride, basis, list, 0, columns);
        }
        continue;
      }
      gather(coefficients, y.columns_at(first, count), samples);
      part.resize(samples.size() * columns);
      blas::product<T>({part.data(), samples.size(), columns, columns},
                       {coefficients.data(), samples.size(), count, count}, basis.rows_at(first, count), 1, 0);
      for (std::size_t i = 0; i < samples.size(); ++i) {
        detail::add_row(sum + samples[i] * columns, columns, T(1), part.data() + i * columns);
      }
    }
  });
  parallel_for(out.rows, shares.size() * columns / 4, [&](std::size_t b) {
    for (std::size_t i = 0; i < shares.size(); ++i) {
      detail::add_row(out.data + b * out.stride, columns, T(1), sums.data() + (i * out.rows + b) * columns);
    }
  });
}

inline bool are_listed(const std::vector<row_run>& runs) { return !runs.empty() && !runs.front().samples.empty(); }

}  // namespace rows

/// p[b][j] = <v_b, basis_j> for the rows j in `runs`; others are not written. p is B x N, v is B x d, basis N x d.
/// Either all runs list samples, or none does.
template <class T>
void project_rows(matrix_view<T> p, matrix_view<const std::type_identity_t<T>> v,
                  matrix_view<const std::type_identity_t<T>> basis, const std::vector<row_run>& runs) {
  const bool one_sample = v.rows == 1 && !reproducible_scope::active();
  const bool in_pieces = !reproducible_scope::active() && !runs.empty() &&
                         runs.front().count >= rows::piece_rows * thread_count();
  if (rows::are_listed(runs) || (in_pieces && !one_sample)) return rows::project_pieces<T>(p, v, basis, runs);
  for (const auto& run : runs) {
    if (!one_sample) {
      multiply<T>(p.columns_at(run.first, run.count), v, transpose(basis.rows_at(run.first, run.count)));
      continue;
    }
    parallel_for(run.count, v.columns / 4, [&](std::size_t i) {
      p.data[run.first + i] = rows::dot<T>(v.data, basis.data + (run.first + i) * basis.stride, v.columns);
    });
  }
}

/// out_b = sum_j y[b][j] basis_j over the rows j in `runs`, added to out where `add` holds. out is B x d, y is B x N.
/// Either all runs list samples, or none does.
template <class T>
void combine_rows(matrix_view<T> out, matrix_view<const std::type_identity_t<T>> y,
                  matrix_view<const std::type_identity_t<T>> basis, const std::vector<row_run>& runs, bool add) {
  const auto clear = [&] {
    for (std::size_t b = 0; b < out.rows; ++b) std::fill_n(out.data + b * out.stride, out.columns, T(0));
  };
  if (rows::are_listed(runs)) {
    if (!add) clear();
    return rows::combine_listed<T>(out, y, basis, runs);
  }
  std::vector<std::size_t> list;
  std::size_t rows_in_runs = 0;
  for (const auto& run : runs) {
    rows_in_runs += run.count;
    for (std::size_t j = run.first; out.rows == 1 && j < run.first + run.count; ++j) {
      if (y.data[j] != T(0)) list.push_back(j);
    }
  }
  // For one sample, long lists are bound by memory: the BLAS reads whole rows on all threads, the loop a piece of each.
  const bool is_long = list.size() * out.columns > (std::size_t{1} << 19) && 2 * list.size() > rows_in_runs;
  if (out.rows != 1 || is_long || reproducible_scope::active()) {
    if (!add && runs.empty()) clear();
    for (const auto& run : runs) {
      multiply<T>(out, y.columns_at(run.first, run.count), basis.rows_at(run.first, run.count), 1, add ? 1 : 0);
      add = true;
    }
    return;
  }
  if (!add) clear();
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
    out[b] = rows::dot<T>(x.data + b * x.stride, v.data + b * v.stride, x.columns);
  });
}

}  // namespace equireg::cpu
