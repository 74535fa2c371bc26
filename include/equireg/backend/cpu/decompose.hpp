// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Dense factorisations on the host: eigenvectors of symmetric matrices, Cholesky factors, triangular systems.

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/core/error.hpp>

#include <complex>

// Only the two drivers that are used: all of cxxlapack takes a second to compile.
#include <xflens/cxxlapack/netlib/netlib.h>
#include <xflens/cxxlapack/interface/potrf.h>
#include <xflens/cxxlapack/interface/potrf.tcc>
#include <xflens/cxxlapack/interface/syevd.h>
#include <xflens/cxxlapack/interface/syevd.tcc>

#include <cstddef>
#include <string_view>
#include <vector>

namespace equireg::cpu {

namespace detail {

/// LAPACK's syevd: eigenvalues, and for the job 'V' eigenvectors in place of `a`.
template <class T>
std::vector<T> eigen(char job, matrix_view<T> a, std::string_view where) {
  require(a.rows == a.columns && !a.transposed, where, "expected a square matrix, got ", a.rows, " x ", a.columns);
  std::vector<T> values(a.rows);
  if (a.rows == 0) return values;
  const int n = static_cast<int>(a.rows), stride = static_cast<int>(a.stride);
  T work_size = 0;
  int integer_size = 0;
  // LAPACK stores by columns: its columns are our rows.
  cxxlapack::syevd<int>(job, 'L', n, a.data, stride, values.data(), &work_size, -1, &integer_size, -1);
  std::vector<T> work(static_cast<std::size_t>(work_size) + 1);
  std::vector<int> integers(static_cast<std::size_t>(integer_size) + 1);
  const int info = cxxlapack::syevd<int>(job, 'L', n, a.data, stride, values.data(), work.data(),
                                         static_cast<int>(work.size()), integers.data(),
                                         static_cast<int>(integers.size()));
  require(info == 0, where, "no eigenvectors of a ", n, " x ", n, " matrix: LAPACK's syevd returned ", info);
  return values;
}

}  // namespace detail

/// A = sum_i w_i v_i v_i^T for a symmetric n x n matrix. Returns w, ascending; row i of `a` becomes v_i.
/// Only one triangle is read. Throws where `a` is not square or LAPACK does not converge (numbers not finite).
template <class T>
std::vector<T> eigh(matrix_view<T> a) {
  return detail::eigen('V', a, "equireg::eigh");
}

/// The eigenvalues alone, ascending, in a fraction of the time. `a` is overwritten. Throws as `eigh` does.
template <class T>
std::vector<T> eigenvalues(matrix_view<T> a) {
  return detail::eigen('N', a, "equireg::eigenvalues");
}

/// A = L L^T: the lower triangle of `a` becomes L, the upper zero. Only the lower triangle is read.
/// Throws "`where`: `name` is not positive definite" where it is not.
template <class T>
void cholesky(matrix_view<T> a, std::string_view where, std::string_view name) {
  require(a.rows == a.columns && !a.transposed, "equireg::cholesky", "expected a square matrix, got ", a.rows, " x ",
          a.columns);
  const int info = cxxlapack::potrf<int>('U', static_cast<int>(a.rows), a.data, static_cast<int>(a.stride));
  require(info == 0, where, name, " is not positive definite: its leading ", info, " x ", info, " minor is not");
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = i + 1; j < a.columns; ++j) a.data[i * a.stride + j] = T(0);
  }
}

/// B becomes L^-1 B, or L^-T B where `l` is transposed, for a lower triangular L.
template <class T>
void solve_triangular(matrix_view<const std::type_identity_t<T>> l, matrix_view<T> b) {
  require(l.rows == l.columns && b.rows == l.rows && !b.transposed, "equireg::solve_triangular", "cannot solve a ",
          l.rows, " x ", l.columns, " system for a ", b.rows, " x ", b.columns, " matrix");
  if (b.rows == 0 || b.columns == 0) return;
  cxxblas::trsm<int>(cxxblas::RowMajor, cxxblas::Left, cxxblas::Lower, l.transposed ? cxxblas::Trans : cxxblas::NoTrans,
                     cxxblas::NonUnit, static_cast<int>(b.rows), static_cast<int>(b.columns), T(1), l.data,
                     static_cast<int>(l.stride), b.data, static_cast<int>(b.stride));
}

}  // namespace equireg::cpu
