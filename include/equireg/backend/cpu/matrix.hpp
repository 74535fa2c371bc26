// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Matrices of the CPU backend: views, products through oneDNN or xtensor-blas, and distances between rows.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>

#ifndef HAVE_CBLAS
#define HAVE_CBLAS 1
#endif
#include <xflens/cxxblas/cxxblas.cxx>  // cxxblas::gemm, the product beneath xtensor-blas
#if defined(EQUIREG_ONEDNN)
#include <oneapi/dnnl/dnnl.h>
#endif

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace equireg::cpu {

/// A row-major matrix in someone else's memory, to be read as it stands or transposed.
template <class T>
struct matrix_view {
  T* data = nullptr;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t stride = 0;  ///< elements from one row to the next, >= columns
  bool transposed = false;

  /// The same matrix, not to be written. A template, because nvcc warns of a class that converts to itself.
  template <class U>
    requires(std::is_same_v<U, const T> && !std::is_const_v<T>)
  operator matrix_view<U>() const {
    return {data, rows, columns, stride, transposed};
  }

  /// Rows and columns after the transposition.
  [[nodiscard]] std::size_t height() const { return transposed ? columns : rows; }
  [[nodiscard]] std::size_t width() const { return transposed ? rows : columns; }

  /// Columns first ... first + count - 1 of the matrix as it is stored.
  [[nodiscard]] matrix_view columns_at(std::size_t first, std::size_t count) const {
    return {data + first, rows, count, stride, transposed};
  }
  /// Rows first ... first + count - 1 of the matrix as it is stored.
  [[nodiscard]] matrix_view rows_at(std::size_t first, std::size_t count) const {
    return {data + first * stride, count, columns, stride, transposed};
  }
};

/// M^T.
template <class T>
matrix_view<T> transpose(matrix_view<T> m) {
  m.transposed = !m.transposed;
  return m;
}

/// A batch as a matrix: a row for each sample, B x (C H W).
template <class T>
matrix_view<T> rows_of(tensor<T>& x) {
  return {x.data(), x.shape().batch, x.shape().sample_size(), x.shape().sample_size()};
}
template <class T>
matrix_view<const T> rows_of(const tensor<T>& x) {
  return {x.data(), x.shape().batch, x.shape().sample_size(), x.shape().sample_size()};
}

/// While one of these lives, matrix products of this thread give each row the same bits whatever the other rows, the
/// number of threads and the BLAS: they are sums in a fixed order, by loops of our own.
class reproducible_scope {
 public:
  explicit reproducible_scope(bool on = true) : before_(active()) { active() = on; }
  ~reproducible_scope() { active() = before_; }
  reproducible_scope(const reproducible_scope&) = delete;
  reproducible_scope& operator=(const reproducible_scope&) = delete;

  static bool& active() {
    thread_local bool on = false;
    return on;
  }

 private:
  bool before_;
};

/// The scope for algorithms that know their backend by its tag only.
inline reproducible_scope enter_reproducible(backend, bool on) { return reproducible_scope(on); }

namespace blas {

/// One product by the BLAS, or in float by oneDNN where it is at hand: its kernels are made for the processor at run
/// time, and small products take them half the time or less. A vector goes to gemv, which does not copy the matrix
/// before it reads it.
template <class T>
void product(matrix_view<T> c, matrix_view<const T> a, matrix_view<const T> b, T alpha, T beta) {
  using cxxblas::NoTrans;
  using cxxblas::Trans;
  const auto size = [](std::size_t n) { return static_cast<int>(n); };
  if (c.rows == 1 && !a.transposed) {
    cxxblas::gemv<int>(cxxblas::RowMajor, b.transposed ? NoTrans : Trans, size(b.rows), size(b.columns), alpha, b.data,
                       size(b.stride), a.data, 1, beta, c.data, 1);
    return;
  }
#if defined(EQUIREG_ONEDNN)
  if constexpr (std::is_same_v<T, float>) {
    const auto length = [](std::size_t n) { return static_cast<dnnl_dim_t>(n); };
    const dnnl_status_t status =
        dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', length(c.rows), length(c.columns),
                   length(a.width()), alpha, a.data, length(a.stride), b.data, length(b.stride), beta, c.data,
                   length(c.stride));
    require(status == dnnl_success, "equireg::multiply", "oneDNN could not multiply a ", a.height(), " x ", a.width(),
            " matrix by a ", b.height(), " x ", b.width(), " matrix, status ", static_cast<int>(status));
    return;
  }
#endif
  cxxblas::gemm<int>(cxxblas::RowMajor, a.transposed ? Trans : NoTrans, b.transposed ? Trans : NoTrans, size(c.rows),
                     size(c.columns), size(a.width()), alpha, a.data, size(a.stride), b.data, size(b.stride), beta,
                     c.data, size(c.stride));
}

}  // namespace blas

namespace detail {

/// Rows that are worked on together, so that what all of them need is read once.
inline constexpr std::size_t most_rows = 4;

/// Calls f(the number of rows as a constant, the first row): with `most_rows` rows from `first`, or where fewer are
/// left before `end`, with each alone.
template <class F>
void for_rows(std::size_t first, std::size_t end, const F& f) {
  if (first + most_rows <= end) return f(std::integral_constant<std::size_t, most_rows>{}, first);
  for (std::size_t i = first; i < end; ++i) f(std::integral_constant<std::size_t, 1>{}, i);
}

/// to += y[0] row[0] + ... + y[3] row[3].
template <class T>
void add_four_rows(T* to, std::size_t count, const T (&y)[4], const T* const (&row)[4]) {
  const T y0 = y[0], y1 = y[1], y2 = y[2], y3 = y[3];
  const T *const r0 = row[0], *const r1 = row[1], *const r2 = row[2], *const r3 = row[3];
  EQUIREG_SIMD
  for (std::size_t j = 0; j < count; ++j) to[j] += (y0 * r0[j] + y1 * r1[j]) + (y2 * r2[j] + y3 * r3[j]);
}

/// to += y row.
template <class T>
void add_row(T* to, std::size_t count, T y, const T* row) {
  EQUIREG_SIMD
  for (std::size_t j = 0; j < count; ++j) to[j] += y * row[j];
}

/// c[r][k] = alpha <a_r, b_k> + beta c[r][k] for the rows of a, at most `most_rows`, and all rows b_k.
template <std::size_t rows, class T>
void multiply_by_dots(matrix_view<T> c, matrix_view<const T> a, matrix_view<const T> b, T alpha, T beta) {
  for (std::size_t k = 0; k < b.rows; ++k) {
    const auto sums = sum_blocks<T, rows>(
        a.columns, [from = a.data, stride = a.stride, row = b.data + k * b.stride](std::size_t r, std::size_t i) {
          return from[r * stride + i] * row[i];
        });
    for (std::size_t r = 0; r < rows; ++r) {
      T& to = c.data[r * c.stride + k];
      to = alpha * static_cast<T>(sums[r]) + (beta == 0 ? T(0) : beta * to);
    }
  }
}

/// c_r = alpha sum_k a[r][k] b_k + beta c_r for the rows of a, at most `most_rows`.
template <std::size_t rows, class T>
void multiply_by_sums(matrix_view<T> c, matrix_view<const T> a, matrix_view<const T> b, T alpha, T beta) {
  constexpr std::size_t width = 512;  // columns whose sums stay in the first-level cache
  for (std::size_t first = 0; first < b.columns; first += width) {
    const std::size_t count = std::min(width, b.columns - first);
    const auto row = [&](std::size_t k) { return b.data + k * b.stride + first; };
    const auto sum = [&](std::size_t r) { return c.data + r * c.stride + first; };
    for (std::size_t r = 0; r < rows; ++r) {
      if (beta == 0) {
        std::fill_n(sum(r), count, T(0));
      } else {
        for (std::size_t j = 0; j < count; ++j) sum(r)[j] *= beta;
      }
    }
    std::size_t k = 0;
    for (; k + 4 <= b.rows; k += 4) {
      for (std::size_t r = 0; r < rows; ++r) {
        const T* const y = a.data + r * a.stride + k;
        add_four_rows<T>(sum(r), count, {alpha * y[0], alpha * y[1], alpha * y[2], alpha * y[3]},
                         {row(k), row(k + 1), row(k + 2), row(k + 3)});
      }
    }
    for (; k < b.rows; ++k) {
      for (std::size_t r = 0; r < rows; ++r) add_row(sum(r), count, alpha * a.data[r * a.stride + k], row(k));
    }
  }
}

/// C = alpha A B + beta C, each row by itself in a fixed order.
template <class T>
void multiply_by_rows(matrix_view<T> c, matrix_view<const T> a, matrix_view<const T> b, T alpha, T beta) {
  parallel_for((c.rows + most_rows - 1) / most_rows, most_rows * b.rows * b.columns / 4, [&](std::size_t group) {
    const auto run = [&]<std::size_t rows>(std::integral_constant<std::size_t, rows>, std::size_t first) {
      const auto to = c.rows_at(first, rows);
      const auto from = a.rows_at(first, rows);
      if (b.transposed) return multiply_by_dots<rows>(to, from, b, alpha, beta);
      multiply_by_sums<rows>(to, from, b, alpha, beta);
    };
    for_rows(group * most_rows, c.rows, run);
  });
}

}  // namespace detail

/// C = alpha A B + beta C. Throws unless A is (rows of C) x k and B is k x (columns of C). C is not transposed.
template <class T>
void multiply(matrix_view<T> c, matrix_view<const std::type_identity_t<T>> a,
              matrix_view<const std::type_identity_t<T>> b, double alpha = 1, double beta = 0) {
  require(a.height() == c.rows && b.width() == c.columns && a.width() == b.height() && !c.transposed,
          "equireg::multiply", "cannot write a ", a.height(), " x ", a.width(), " matrix times a ", b.height(), " x ",
          b.width(), " matrix to one of ", c.rows, " x ", c.columns);
  if (c.rows == 0 || c.columns == 0) return;
  if (a.width() == 0) {
    for (std::size_t i = 0; i < c.rows; ++i) {
      for (std::size_t j = 0; j < c.columns; ++j) {
        T& to = c.data[i * c.stride + j];
        to = beta == 0 ? T(0) : static_cast<T>(beta) * to;
      }
    }
    return;
  }
  if (!reproducible_scope::active()) {
    blas::product(c, a, b, static_cast<T>(alpha), static_cast<T>(beta));
  } else if (!a.transposed) {
    detail::multiply_by_rows<T>(c, a, b, static_cast<T>(alpha), static_cast<T>(beta));
  } else {
    std::vector<T, pool_allocator<T>> rows(a.rows * a.columns);
    for (std::size_t i = 0; i < a.rows; ++i) {
      for (std::size_t j = 0; j < a.columns; ++j) rows[j * a.rows + i] = a.data[i * a.stride + j];
    }
    detail::multiply_by_rows<T>(c, {rows.data(), a.columns, a.rows, a.rows}, b, static_cast<T>(alpha),
                                static_cast<T>(beta));
  }
}

/// out[i][k] = sum_j (x[i][j] - scale * m[k][j])^2 w[k][j], from differences: no cancellation, unlike the form with
/// |x|^2 - 2 x m + |m|^2. Without weights (w.data == nullptr) w = 1. x is B x d, m and w are K x d, out is B x K, of
/// float or double.
template <class Out, class T>
void squared_distances(matrix_view<Out> out, matrix_view<T> x,
                       matrix_view<const std::remove_const_t<std::type_identity_t<T>>> m, double scale,
                       matrix_view<const std::remove_const_t<std::type_identity_t<T>>> w = {}) {
  require(out.rows == x.rows && out.columns == m.rows && x.columns == m.columns, "equireg::squared_distances",
          "distances of ", x.rows, " rows of ", x.columns, " from ", m.rows, " rows of ", m.columns,
          " cannot be written to a ", out.rows, " x ", out.columns, " matrix");
  using value_type = std::remove_const_t<T>;
  const std::size_t groups = (m.rows + detail::most_rows - 1) / detail::most_rows;
  const auto run = [&]<bool weighted>(std::bool_constant<weighted>) {
    // Vector instructions do four operations at once: the loop is worth a team only at four times the count.
    parallel_for(x.rows * groups, detail::most_rows * x.columns / 4, [&](std::size_t index) {
      const value_type* const from = x.data + index / groups * x.stride;
      Out* const to = out.data + index / groups * out.stride;
      const auto distances = [&]<std::size_t rows>(std::integral_constant<std::size_t, rows>, std::size_t k) {
        const auto sums = sum_blocks<value_type, rows>(
            x.columns, [from, a = static_cast<value_type>(scale), mk = m.data + k * m.stride, m_stride = m.stride,
                        wk = w.data + k * w.stride, w_stride = w.stride](std::size_t r, std::size_t i) {
              const value_type difference = from[i] - a * mk[r * m_stride + i];
              return weighted ? difference * difference * wk[r * w_stride + i] : difference * difference;
            });
        for (std::size_t r = 0; r < rows; ++r) to[k + r] = static_cast<Out>(sums[r]);
      };
      detail::for_rows(index % groups * detail::most_rows, m.rows, distances);
    });
  };
  w.data == nullptr ? run(std::false_type{}) : run(std::true_type{});
}

}  // namespace equireg::cpu
