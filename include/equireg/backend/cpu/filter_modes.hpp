// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `filter_modes`: each Fourier mode of every plane times a factor, a function of a spectrum.

#include <equireg/backend/cpu/half_spectrum.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/config.hpp>
#include <equireg/core/error.hpp>

#include <complex>
#include <cstddef>

namespace equireg::cpu {

/// F^-1 [ f(spectrum) F x ] for each plane, F the discrete Fourier transform.
///
/// `spectrum` is (1, 2, H, W): the real and the imaginary parts at the modes in the order of the transform, those of a
/// real kernel, s[-k] = conj s[k]. f maps std::complex to std::complex and conjugates with its argument, so that the
/// result is real. Throws where x has other planes than the spectrum.
template <class T, class F>
tensor<T> filter_modes(const tensor<T>& x, const tensor<T>& spectrum, const F& f) {
  const equireg::shape s = x.shape(), modes = spectrum.shape();
  require(modes == equireg::shape{1, 2, s.height, s.width}, "equireg::filter_modes", "a spectrum of shape ", modes,
          " cannot filter planes of ", s.plane());
  const std::size_t columns = s.width / 2 + 1;
  tensor<T> z = half_spectrum(x), factors({1, 2, s.height, columns});
  parallel_for(s.height, columns * 16, [&](std::size_t i) {
    for (std::size_t j = 0; j < columns; ++j) {
      const std::complex<T> factor = f(std::complex<T>(spectrum(0, 0, i, j), spectrum(0, 1, i, j)));
      factors(0, 0, i, j) = factor.real();
      factors(0, 1, i, j) = factor.imag();
    }
  });
  const std::size_t half = s.height * columns;
  parallel_for(s.batch * s.channels, half * 4, [&](std::size_t p) {
    T *const re = z.data() + 2 * p * half, *const im = re + half;
    const T *const c = factors.data(), *const d = c + half;
    EQUIREG_SIMD
    for (std::size_t k = 0; k < half; ++k) {
      const T a = re[k], b = im[k];
      re[k] = a * c[k] - b * d[k];
      im[k] = a * d[k] + b * c[k];
    }
  });
  return image_of_half_spectrum(z, s.width, s.plane());
}

}  // namespace equireg::cpu
