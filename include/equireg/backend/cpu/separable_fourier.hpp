// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `separable_fourier`: sum_{i,j} x_{ij} e_m(i) f_m(j) for complex e and f, and its adjoint.

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>

#include <algorithm>
#include <cstddef>

namespace equireg::cpu {

namespace detail {

template <class T>
void check_factors(const tensor<T>& rows, const tensor<T>& columns, const char* where) {
  require(rows.shape().batch == 2 && columns.shape().batch == 2 && rows.shape().channels == 1 &&
              columns.shape().channels == 1 && rows.shape().width == columns.shape().height,
          where, "expected factors of shapes (2, 1, H, M) and (2, 1, M, W), but they are ", rows.shape(), " and ",
          columns.shape());
}

/// (2, 1, M, W) as a matrix of 2 M rows.
template <class T>
matrix_view<const T> column_factors(const tensor<T>& f) {
  return {f.data(), 2 * f.shape().height, f.shape().width, f.shape().width};
}

}  // namespace detail

/// V_m = sum_{i,j} x_{ij} e_m(i) f_m(j): x (B, 1, H, W) is real; `rows` holds e as (2, 1, H, M) and `columns` f as
/// (2, 1, M, W), real parts first; V (B, 2, 1, M). A Fourier transform at any frequencies is of this form.
///
/// One product with f's matrix for the rows of all images, then a sum over rows. Throws where shapes do not fit.
template <class T>
tensor<T> separable_fourier(const tensor<T>& x, const tensor<T>& rows, const tensor<T>& columns) {
  detail::check_factors(rows, columns, "equireg::separable_fourier");
  const equireg::shape s = x.shape();
  require(s.channels == 1 && s.height == rows.shape().height && s.width == columns.shape().width,
          "equireg::separable_fourier", "expected images of shape (B, 1, ", rows.shape().height, ", ",
          columns.shape().width, "), but x has shape ", s);
  const std::size_t count = columns.shape().height;
  tensor<T> sums({s.batch * s.height, 1, 2, count}), v({s.batch, 2, 1, count});
  multiply<T>(rows_of(sums), {x.data(), s.batch * s.height, s.width, s.width},
              transpose(detail::column_factors(columns)));
  parallel_for(s.batch, s.height * count * 4, [&](std::size_t b) {
    T *const re = v.data() + 2 * b * count, *const im = re + count;
    std::fill_n(re, 2 * count, T(0));
    for (std::size_t i = 0; i < s.height; ++i) {
      const T *const a = sums.data() + (b * s.height + i) * 2 * count, *const c = a + count;
      const T *const e_re = rows.data() + i * count, *const e_im = e_re + s.height * count;
      EQUIREG_SIMD
      for (std::size_t m = 0; m < count; ++m) {
        re[m] += a[m] * e_re[m] - c[m] * e_im[m];
        im[m] += a[m] * e_im[m] + c[m] * e_re[m];
      }
    }
  });
  return v;
}

/// x_{ij} = Re sum_m conj(e_m(i) f_m(j)) v_m: the adjoint for the real inner product, (B, 2, 1, M) to (B, 1, H, W).
template <class T>
tensor<T> separable_fourier_adjoint(const tensor<T>& v, const tensor<T>& rows, const tensor<T>& columns) {
  detail::check_factors(rows, columns, "equireg::separable_fourier_adjoint");
  const std::size_t batch = v.shape().batch, height = rows.shape().height, width = columns.shape().width,
                    count = columns.shape().height;
  require_shape(v.shape(), {batch, 2, 1, count}, "equireg::separable_fourier_adjoint", "v");
  tensor<T> weights({batch * height, 1, 2, count}), x({batch, 1, height, width});
  parallel_for(batch * height, count * 4, [&](std::size_t row) {
    const T *const re = v.data() + row / height * 2 * count, *const im = re + count;
    const T *const e_re = rows.data() + row % height * count, *const e_im = e_re + height * count;
    T *const a = weights.data() + row * 2 * count, *const c = a + count;
    EQUIREG_SIMD
    for (std::size_t m = 0; m < count; ++m) {  // conj(e) v
      a[m] = e_re[m] * re[m] + e_im[m] * im[m];
      c[m] = e_re[m] * im[m] - e_im[m] * re[m];
    }
  });
  multiply<T>({x.data(), batch * height, width, width}, rows_of(weights), detail::column_factors(columns));
  return x;
}

}  // namespace equireg::cpu
