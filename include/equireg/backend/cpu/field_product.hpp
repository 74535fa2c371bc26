// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `field_product`: sum_p x_p u_t(p) g_r(p) for all pairs of complex fields u_t and g_r, and its adjoint.

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>

#include <algorithm>
#include <cstddef>

namespace equireg::cpu {

namespace detail {

/// Samples whose products are made together: their modulated images stand in memory at the same time.
inline constexpr std::size_t field_samples = 4;

template <class T>
void check_fields(const tensor<T>& u, const tensor<T>& g, const char* where) {
  require(u.shape().channels == 2 && g.shape() == u.shape().with_batch(g.shape().batch), where,
          "expected two sets of complex images of one size, but u has shape ", u.shape(), " and g ", g.shape());
}

/// Complex images as a real matrix: two rows for each, the real and the imaginary part.
template <class T>
matrix_view<const T> real_rows(const tensor<T>& g) {
  const std::size_t pixels = g.shape().height * g.shape().width;
  return {g.data(), 2 * g.shape().batch, pixels, pixels};
}

}  // namespace detail

/// y_{t,r} = sum_p x_p u_t(p) g_r(p): x (B, 1, H, W) real, u (T, 2, H, W) and g (R, 2, H, W) complex; y (B, 2, T, R).
///
/// The images x u_t are one real matrix, and y is its product with that of g: g is read once for a few samples, where
/// the matrix of all pairs would be T times larger. Throws where shapes do not fit.
template <class T>
tensor<T> field_product(const tensor<T>& x, const tensor<T>& u, const tensor<T>& g) {
  detail::check_fields(u, g, "equireg::field_product");
  const equireg::shape s = x.shape();
  require(s.channels == 1 && s.plane() == u.shape().plane(), "equireg::field_product", "fields of shape ", u.shape(),
          " do not fit x of shape ", s);
  const std::size_t sources = u.shape().batch, receivers = g.shape().batch, pixels = s.height * s.width;
  tensor<T> y({s.batch, 2, sources, receivers});
  for (std::size_t first = 0; first < s.batch; first += detail::field_samples) {
    const std::size_t samples = std::min(detail::field_samples, s.batch - first), rows = 2 * samples * sources;
    tensor<T> modulated({rows, 1, 1, pixels}), products({rows, 1, receivers, 2});
    parallel_for(rows, pixels, [&](std::size_t row) {
      const T* const from = x.data() + (first + row / (2 * sources)) * pixels;
      const T* const field = u.data() + row % (2 * sources) * pixels;
      T* const to = modulated.data() + row * pixels;
      EQUIREG_SIMD
      for (std::size_t p = 0; p < pixels; ++p) to[p] = from[p] * field[p];
    });
    multiply(rows_of(products), rows_of(modulated), transpose(detail::real_rows(g)));
    for (std::size_t k = 0; k < samples * sources; ++k) {
      const T *const re = products.data() + 4 * k * receivers, *const im = re + 2 * receivers;
      T* const to = y.data() + (2 * (first + k / sources) * sources + k % sources) * receivers;
      for (std::size_t r = 0; r < receivers; ++r) {
        to[r] = re[2 * r] - im[2 * r + 1];
        to[sources * receivers + r] = re[2 * r + 1] + im[2 * r];
      }
    }
  }
  return y;
}

/// x_p = Re sum_{t,r} conj(u_t(p) g_r(p)) y_{t,r}: the adjoint of `field_product` for the real inner product.
template <class T>
tensor<T> field_product_adjoint(const tensor<T>& y, const tensor<T>& u, const tensor<T>& g) {
  detail::check_fields(u, g, "equireg::field_product_adjoint");
  const equireg::shape s = y.shape();
  const std::size_t sources = u.shape().batch, receivers = g.shape().batch;
  require(s == equireg::shape{s.batch, 2, sources, receivers}, "equireg::field_product_adjoint", "there are ", sources,
          " x ", receivers, " pairs of fields, but y has shape ", s);
  const std::size_t pixels = u.shape().height * u.shape().width;
  tensor<T> x({s.batch, 1, u.shape().height, u.shape().width});
  for (std::size_t first = 0; first < s.batch; first += detail::field_samples) {
    const std::size_t samples = std::min(detail::field_samples, s.batch - first), rows = 2 * samples * sources;
    tensor<T> weights({rows, 1, receivers, 2}), fields({rows, 1, 1, pixels});
    for (std::size_t k = 0; k < samples * sources; ++k) {  // conj(g) y = (gr yr + gi yi) + i (gr yi - gi yr)
      T *const re = weights.data() + 4 * k * receivers, *const im = re + 2 * receivers;
      const T* const from = y.data() + (2 * (first + k / sources) * sources + k % sources) * receivers;
      for (std::size_t r = 0; r < receivers; ++r) {
        re[2 * r] = im[2 * r + 1] = from[r];
        re[2 * r + 1] = im[2 * r] = from[sources * receivers + r];
        im[2 * r + 1] = -im[2 * r + 1];
      }
    }
    multiply(rows_of(fields), rows_of(weights), detail::real_rows(g));
    constexpr std::size_t run = 1024;  // pixels whose sums stay in the first-level cache
    const std::size_t runs = (pixels + run - 1) / run;
    parallel_for(samples * runs, 2 * sources * run, [&](std::size_t task) {
      const std::size_t sample = task / runs, begin = task % runs * run, count = std::min(run, pixels - begin);
      T* const to = x.data() + (first + sample) * pixels + begin;
      std::fill_n(to, count, T(0));
      for (std::size_t row = 0; row < 2 * sources; ++row) {
        const T* const field = u.data() + row * pixels + begin;
        const T* const from = fields.data() + (sample * 2 * sources + row) * pixels + begin;
        EQUIREG_SIMD
        for (std::size_t p = 0; p < count; ++p) to[p] += field[p] * from[p];
      }
    });
  }
  return x;
}

}  // namespace equireg::cpu
