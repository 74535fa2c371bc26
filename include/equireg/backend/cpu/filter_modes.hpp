// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `filter_modes`: each Fourier mode of every plane times a factor, a function of a spectrum.

#include <equireg/backend/cpu/fourier.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>

#include <complex>
#include <cstddef>
#include <vector>

namespace equireg::cpu {

/// F^-1 [ f(spectrum) F x ] for each plane, F the discrete Fourier transform. Two planes go through one transform.
///
/// `spectrum` is (1, 2, H, W): the real and the imaginary parts at the modes in the order of the transform, those of a
/// real kernel, s[-k] = conj s[k]. f maps std::complex to std::complex and conjugates with its argument, so that the
/// result is real. Throws where x has other planes than the spectrum.
template <class T, class F>
tensor<T> filter_modes(const tensor<T>& x, const tensor<T>& spectrum, const F& f) {
  const equireg::shape s = x.shape(), modes = spectrum.shape();
  require(modes == equireg::shape{1, 2, s.height, s.width}, "equireg::filter_modes", "a spectrum of shape ", modes,
          " cannot filter planes of ", s.plane());
  const std::size_t planes = s.batch * s.channels, size = s.height * s.width;
  tensor<T> out(s);
  const T scale = T(1) / static_cast<T>(size);
  const T *const real = spectrum.data(), *const imaginary = real + size;
  parallel_for((planes + 1) / 2, size * 128, [&](std::size_t pair) {
    const bool both = 2 * pair + 1 < planes;
    const T *const u = x.data() + 2 * pair * size, *const v = both ? u + size : u;
    std::vector<std::complex<T>, pool_allocator<std::complex<T>>> z(size);
    for (std::size_t k = 0; k < size; ++k) z[k] = {u[k], v[k]};
    fourier_plane(z.data(), s.plane());
    for (std::size_t k = 0; k < size; ++k) {
      const std::complex<T> factor = f(std::complex<T>(real[k], imaginary[k])), w = z[k];
      z[k] = {w.real() * factor.real() - w.imag() * factor.imag(), w.real() * factor.imag() + w.imag() * factor.real()};
    }
    fourier_plane(z.data(), s.plane(), true);
    T *const first = out.data() + 2 * pair * size, *const second = both ? first + size : nullptr;
    for (std::size_t k = 0; k < size; ++k) first[k] = scale * z[k].real();
    if (both) {
      for (std::size_t k = 0; k < size; ++k) second[k] = scale * z[k].imag();
    }
  });
  return out;
}

}  // namespace equireg::cpu
