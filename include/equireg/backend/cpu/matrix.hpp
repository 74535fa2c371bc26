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

/// While one of these lives, matrix products of this thread give each row the same bits whatever the other rows and
/// the number of threads: rows are multiplied in tiles of fixed size, one thread a tile.
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

/// The same, in tiles of 16 rows, the last filled up with zeros. All 16 take the same path through the kernel.
template <class T>
void product_in_tiles(matrix_view<T> c, matrix_view<const T> a, matrix_view<const T> b, T alpha, T beta) {
  constexpr std::size_t tile = 16;
  const std::size_t inner = a.columns, tiles = (c.rows + tile - 1) / tile;
  const auto run = [&](std::size_t t) {
    const std::size_t first = t * tile, count = std::min(tile, c.rows - first);
    std::vector<T, pool_allocator<T>> rows(tile * inner), result(tile * c.columns);
    for (std::size_t i = 0; i < tile; ++i) {
      if (i < count) {
        std::copy_n(a.data + (first + i) * a.stride, inner, rows.data() + i * inner);
        std::copy_n(c.data + (first + i) * c.stride, c.columns, result.data() + i * c.columns);
      } else {
        std::fill_n(rows.data() + i * inner, inner, T(0));
        std::fill_n(result.data() + i * c.columns, c.columns, T(0));
      }
    }
    product<T>({result.data(), tile, c.columns, c.columns}, {rows.data(), tile, inner, inner}, b, alpha, beta);
    for (std::size_t i = 0; i < count; ++i) {
      std::copy_n(result.data() + i * c.columns, c.columns, c.data + (first + i) * c.stride);
    }
  };
#if defined(_OPENMP)
  // Inside a parallel region, even of one iteration, an OpenBLAS built for OpenMP keeps to one thread.
#pragma omp parallel for schedule(static)
#endif
  for (std::ptrdiff_t t = 0; t < static_cast<std::ptrdiff_t>(tiles); ++t) run(static_cast<std::size_t>(t));
}

}  // namespace blas

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
    blas::product_in_tiles(c, a, b, static_cast<T>(alpha), static_cast<T>(beta));
  } else {
    blas::product(c, a, b, static_cast<T>(alpha), static_cast<T>(beta));
  }
}

/// out[i][k] = sum_j (x[i][j] - scale * m[k][j])^2 w[k][j], from differences: no cancellation, unlike the form with
/// |x|^2 - 2 x m + |m|^2. Without weights (w.data == nullptr) w = 1. x is B x d, m and w are K x d, out is B x K.
template <class T>
void squared_distances(matrix_view<T> out, matrix_view<const std::type_identity_t<T>> x,
                       matrix_view<const std::type_identity_t<T>> m, double scale,
                       matrix_view<const std::type_identity_t<T>> w = {}) {
  require(out.rows == x.rows && out.columns == m.rows && x.columns == m.columns, "equireg::squared_distances",
          "distances of ", x.rows, " rows of ", x.columns, " from ", m.rows, " rows of ", m.columns,
          " cannot be written to a ", out.rows, " x ", out.columns, " matrix");
  const T a = static_cast<T>(scale);
  const std::size_t d = x.columns;
  parallel_for(x.rows, m.rows * d, [&](std::size_t i) {
    const T* const xi = x.data + i * x.stride;
    for (std::size_t k = 0; k < m.rows; ++k) {
      const T* const mk = m.data + k * m.stride;
      double sum = 0;
      for (std::size_t first = 0; first < d; first += block_size) {
        const std::size_t count = std::min(block_size, d - first);
        const T *const xs = xi + first, *const ms = mk + first;
        if (w.data == nullptr) {
          sum += sum_block<T>(count, [&](std::size_t j) {
            const T difference = xs[j] - a * ms[j];
            return difference * difference;
          });
        } else {
          const T* const ws = w.data + k * w.stride + first;
          sum += sum_block<T>(count, [&](std::size_t j) {
            const T difference = xs[j] - a * ms[j];
            return difference * difference * ws[j];
          });
        }
      }
      out.data[i * out.stride + k] = static_cast<T>(sum);
    }
  });
}

}  // namespace equireg::cpu
