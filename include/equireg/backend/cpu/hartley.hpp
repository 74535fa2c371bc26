// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `hartley`: a real Fourier transform of image planes that is its own inverse.

#include <equireg/backend/cpu/half_spectrum.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>

#include <cstddef>

namespace equireg::cpu {

/// The orthonormal Hartley transform of each plane, real, symmetric and its own inverse:
/// out[k] = (H W)^(-1/2) sum_n x[n] cas(2 pi (k_1 n_1 / H + k_2 n_2 / W)), cas = cos + sin.
///
/// out[k] = Re F[k] - Im F[k] and out[-k] = Re F[k] + Im F[k]: half of the Fourier transform F says all. Planes do not
/// share a transform, so that no sample's rounding depends on another.
template <class T>
tensor<T> hartley(const tensor<T>& x) {
  const equireg::shape s = x.shape();
  const tensor<T> half = half_spectrum(x);  // (B, 2 C, H, W / 2 + 1)
  const std::size_t columns = half.shape().width, size = s.height * columns;
  tensor<T> out(s);
  parallel_for(s.batch * s.channels, s.height * s.width, [&](std::size_t p) {
    const T *const re = half.data() + 2 * p * size, *const im = re + size;
    T* const to = out.data() + p * s.height * s.width;
    for (std::size_t i = 0; i < s.height; ++i) {
      T* const row = to + i * s.width;
      for (std::size_t j = 0; j < columns; ++j) row[j] = re[i * columns + j] - im[i * columns + j];
      const std::size_t opposite = (s.height - i) % s.height * columns;
      for (std::size_t j = columns; j < s.width; ++j) {
        row[j] = re[opposite + s.width - j] + im[opposite + s.width - j];
      }
    }
  });
  return out;
}

}  // namespace equireg::cpu
