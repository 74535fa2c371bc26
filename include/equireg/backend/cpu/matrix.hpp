// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Matrices of the CPU backend: views, products through xtensor-blas, and distances between rows.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>

#ifndef HAVE_CBLAS
#define HAVE_CBLAS 1
#endif
#include <xflens/cxxblas/cxxblas.cxx>  // cxxblas::gemm, the product beneath xtensor-blas

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

/// One product by the BLAS. A vector goes to gemv, which does not copy the matrix before it reads it.
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
  cxxblas::gemm<int>(cxxblas::RowMajor, a.transposed ? Trans : NoTrans, b.transposed ? Trans : NoTrans, size(c.rows),
                     size(c.columns), size(a.width()), alpha, a.data, size(a.stride), b.data, size(b.stride), beta,
                     c.data, size(c.stride));
}

}  // namespace blas

namespace detail {

/// Rows that are multiplied together, so that each element of the other matrix is read once for all.
inline constexpr std::size_t most_rows = 4;

/// c[r][k] = alpha <a_r, b_k> + beta c[r][k] for the rows of a, at most `most_rows`, and all rows b_k.
template <std::size_t rows, class T>
void multiply_by_dots(matrix_view<T> c, matrix_view<const T> a, matrix_view<const T> b, T alpha, T beta) {
  for (std::size_t k = 0; k < b.rows; ++k) {
    const T *const bk = b.data + k * b.stride, *const a0 = a.data;
    double sums[rows] = {};
    for (std::size_t first = 0; first < a.columns; first += block_size) {
      const std::size_t end = std::min(first + block_size, a.columns);
      T lanes[rows][sum_lanes] = {};
      std::size_t i = first;
      for (; i + sum_lanes <= end; i += sum_lanes) {
        for (std::size_t r = 0; r < rows; ++r) {
          EQUIREG_SIMD
          for (std::size_t j = 0; j < sum_lanes; ++j) lanes[r][j] += a0[r * a.stride + i + j] * bk[i + j];
        }
      }
      for (std::size_t j = 0; i < end; ++i, ++j) {
        for (std::size_t r = 0; r < rows; ++r) lanes[r][j] += a0[r * a.stride + i] * bk[i];
      }
      for (std::size_t r = 0; r < rows; ++r) {
        for (const T lane : lanes[r]) sums[r] += static_cast<double>(lane);
      }
    }
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
    for (std::size_t r = 0; r < rows; ++r) {
      T* const to = c.data + r * c.stride + first;
      if (beta == 0) {
        std::fill_n(to, count, T(0));
      } else {
        for (std::size_t j = 0; j < count; ++j) to[j] *= beta;
      }
    }
    std::size_t k = 0;
    for (; k + 4 <= b.rows; k += 4) {
      const T *const b0 = b.data + k * b.stride + first, *const b1 = b0 + b.stride, *const b2 = b1 + b.stride,
                     *const b3 = b2 + b.stride;
      for (std::size_t r = 0; r < rows; ++r) {
        const T* const y = a.data + r * a.stride + k;
        T* const to = c.data + r * c.stride + first;
        const T y0 = alpha * y[0], y1 = alpha * y[1], y2 = alpha * y[2], y3 = alpha * y[3];
        EQUIREG_SIMD
        for (std::size_t j = 0; j < count; ++j) to[j] += (y0 * b0[j] + y1 * b1[j]) + (y2 * b2[j] + y3 * b3[j]);
      }
    }
    for (; k < b.rows; ++k) {
      const T* const bk = b.data + k * b.stride + first;
      for (std::size_t r = 0; r < rows; ++r) {
        const T y = alpha * a.data[r * a.stride + k];
        T* const to = c.data + r * c.stride + first;
        EQUIREG_SIMD
        for (std::size_t j = 0; j < count; ++j) to[j] += y * bk[j];
      }
    }
  }
}

/// C = alpha A B + beta C, each row by itself in a fixed order.
template <class T>
void multiply_by_rows(matrix_view<T> c, matrix_view<const T> a, matrix_view<const T> b, T alpha, T beta) {
  const auto run = [&]<std::size_t rows>(std::integral_constant<std::size_t, rows>, std::size_t first) {
    const auto to = c.rows_at(first, rows);
    const auto from = a.rows_at(first, rows);
    b.transposed ? multiply_by_dots<rows>(to, from, b, alpha, beta) : multiply_by_sums<rows>(to, from, b, alpha, beta);
  };
  parallel_for((c.rows + most_rows - 1) / most_rows, most_rows * b.rows * b.columns / 4, [&](std::size_t group) {
    const std::size_t first = group * most_rows;
    if (first + most_rows <= c.rows) {
      run(std::integral_constant<std::size_t, most_rows>{}, first);
    } else {
      for (std::size_t i = first; i < c.rows; ++i) run(std::integral_constant<std::size_t, 1>{}, i);
    }
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
      for (std::size_t j = 0; j < c.columns; ++j) c.data[i * c.stride + j] *= static_cast<T>(beta);
    }
    return;
  }
  if (reproducible_scope::active() && !a.transposed) {
    detail::multiply_by_rows<T>(c, a, b, static_cast<T>(alpha), static_cast<T>(beta));
  } else {
    blas::product(c, a, b, static_cast<T>(alpha), static_cast<T>(beta));
  }
}

namespace detail {

/// Squared distances of x from `rows` rows of m and w at once, which share what is read of x; rows is a constant up to 4.
/// The order of each sum is that of `sum_block`, so that it does not depend on how many are computed together.
template <std::size_t rows, bool weighted, class T, class Out>
void distances_from(Out* out, const T* x, const T* m, std::size_t m_stride, const T* w, std::size_t w_stride, T scale,
                    std::size_t d) {
  double sums[rows] = {};
  for (std::size_t first = 0; first < d; first += block_size) {
    const std::size_t count = std::min(block_size, d - first);
    T lanes[rows][sum_lanes] = {};
    const auto term = [=](std::size_t r, std::size_t i) {
      const T difference = x[i] - scale * m[r * m_stride + i];
      return weighted ? difference * difference * w[r * w_stride + i] : difference * difference;
    };
    std::size_t i = first;
    for (; i + sum_lanes <= first + count; i += sum_lanes) {
      for (std::size_t r = 0; r < rows; ++r) {
        EQUIREG_SIMD
        for (std::size_t j = 0; j < sum_lanes; ++j) lanes[r][j] += term(r, i + j);
      }
    }
    for (std::size_t j = 0; i < first + count; ++i, ++j) {
      for (std::size_t r = 0; r < rows; ++r) lanes[r][j] += term(r, i);
    }
    for (std::size_t r = 0; r < rows; ++r) {
      double sum = 0;
      for (const T lane : lanes[r]) sum += static_cast<double>(lane);
      sums[r] += sum;
    }
  }
  for (std::size_t r = 0; r < rows; ++r) out[r] = static_cast<Out>(sums[r]);
}

}  // namespace detail

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
  constexpr std::size_t most = 4;
  const std::size_t groups = (m.rows + most - 1) / most;
  const auto run = [&]<bool weighted>(std::bool_constant<weighted>) {
    // Vector instructions do four operations at once: the loop is worth a team only at four times the count.
    parallel_for(x.rows * groups, most * x.columns / 4, [&](std::size_t index) {
      const std::size_t i = index / groups, k = index % groups * most;
      const auto distances = [&]<std::size_t rows>(std::integral_constant<std::size_t, rows>, std::size_t at) {
        detail::distances_from<rows, weighted, value_type>(out.data + i * out.stride + at, x.data + i * x.stride,
                                                           m.data + at * m.stride, m.stride, w.data + at * w.stride,
                                                           w.stride, static_cast<value_type>(scale), x.columns);
      };
      if (k + most <= m.rows) {
        distances(std::integral_constant<std::size_t, most>{}, k);
      } else {
        for (std::size_t at = k; at < m.rows; ++at) distances(std::integral_constant<std::size_t, 1>{}, at);
      }
    });
  };
  w.data == nullptr ? run(std::false_type{}) : run(std::true_type{});
}

}  // namespace equireg::cpu
