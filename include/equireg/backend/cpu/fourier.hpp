// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Fourier and Hartley transforms of image planes.

#include <equireg/backend/cpu/fourier_planes.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>

#include <cmath>
#include <complex>
#include <cstddef>
#include <vector>

namespace equireg::cpu {

/// Overwrites a row-major plane with its discrete Fourier transform, or with the unscaled inverse of it:
/// F[k] = sum_n f[n] exp(-2 pi i (k_1 n_1 / H + k_2 n_2 / W)). Any extents.
template <class T>
void fourier_plane(std::complex<T>* plane, extent e, bool inverse = false) {
  T* const numbers = reinterpret_cast<T*>(plane);  // a complex number is an array of two, says the standard
  fourier_planes<T>({numbers, numbers + 1, 2 * e.height * e.width, 2 * e.width, 2},
                    {numbers, numbers + 1, 2 * e.height * e.width, 2 * e.width, 2}, 1, e, {.inverse = inverse});
}

/// The orthonormal Fourier transform of complex images as pairs of channels, or its inverse, which is its adjoint:
/// (B, 2 C, H, W), channel 2 c the real part and 2 c + 1 the imaginary one. Any extents.
///
/// `centred` puts the origins of pixels and of frequencies at (floor(H / 2), floor(W / 2)): F_c = fftshift F ifftshift.
/// Throws where the number of channels is odd.
template <class T>
tensor<T> fourier(const tensor<T>& x, bool inverse = false, bool centred = true) {
  const equireg::shape s = x.shape();
  require(s.channels % 2 == 0, "equireg::fourier", "expected pairs of channels, real and imaginary, but x has shape ",
          s);
  const std::size_t size = s.height * s.width;
  tensor<T> out(s);
  fourier_planes<T>({x.data(), x.data() + size, 2 * size, s.width}, {out.data(), out.data() + size, 2 * size, s.width},
                    s.batch * s.channels / 2, s.plane(),
                    {inverse, centred, 1 / std::sqrt(static_cast<double>(size))});
  return out;
}

/// The transform of real images: (B, C, H, W) becomes pairs of channels, (B, 2 C, H, W). Otherwise as `fourier`.
template <class T>
tensor<T> fourier_of_real(const tensor<T>& x, bool inverse = false, bool centred = true) {
  const equireg::shape s = x.shape();
  const std::size_t size = s.height * s.width;
  tensor<T> out({s.batch, 2 * s.channels, s.height, s.width});
  fourier_planes<T>({x.data(), nullptr, size, s.width}, {out.data(), out.data() + size, 2 * size, s.width},
                    s.batch * s.channels, s.plane(), {inverse, centred, 1 / std::sqrt(static_cast<double>(size))});
  return out;
}

/// The real part of `fourier`: (B, 2 C, H, W) becomes (B, C, H, W). With `inverse` it is the adjoint of
/// `fourier_of_real` without, and the other way round.
template <class T>
tensor<T> real_of_fourier(const tensor<T>& x, bool inverse = false, bool centred = true) {
  const equireg::shape s = x.shape();
  require(s.channels % 2 == 0, "equireg::real_of_fourier",
          "expected pairs of channels, real and imaginary, but x has shape ", s);
  const std::size_t size = s.height * s.width;
  tensor<T> out({s.batch, s.channels / 2, s.height, s.width});
  fourier_planes<T>({x.data(), x.data() + size, 2 * size, s.width}, {out.data(), nullptr, size, s.width},
                    s.batch * s.channels / 2, s.plane(),
                    {inverse, centred, 1 / std::sqrt(static_cast<double>(size))});
  return out;
}

/// The orthonormal Hartley transform of each plane, real, symmetric and its own inverse:
/// out[k] = (H W)^(-1/2) sum_n x[n] cas(2 pi (k_1 n_1 / H + k_2 n_2 / W)), cas = cos + sin.
///
/// Two planes go through one complex transform, as its real and imaginary parts.
template <class T>
tensor<T> hartley(const tensor<T>& x) {
  const equireg::shape s = x.shape();
  const std::size_t size = s.height * s.width, planes = s.batch * s.channels;
  tensor<T> out(s);
  const T scale = static_cast<T>(0.5 / std::sqrt(static_cast<double>(size)));
  parallel_for((planes + 1) / 2, size * 64, [&](std::size_t pair) {
    std::vector<std::complex<T>, pool_allocator<std::complex<T>>> f(size);
    const bool both = 2 * pair + 1 < planes;
    const T* const u = x.data() + 2 * pair * size;
    const T* const v = both ? u + size : u;
    for (std::size_t i = 0; i < size; ++i) f[i] = {u[i], both ? v[i] : T(0)};
    fourier_plane(f.data(), s.plane());
    T* const to = out.data() + 2 * pair * size;
    for (std::size_t i = 0; i < s.height; ++i) {
      const std::complex<T>* const opposite = f.data() + (s.height - i) % s.height * s.width;
      for (std::size_t j = 0; j < s.width; ++j) {
        const std::complex<T> p = f[i * s.width + j], q = opposite[(s.width - j) % s.width];
        to[i * s.width + j] = scale * (p.real() + q.real() - p.imag() + q.imag());
        if (both) to[size + i * s.width + j] = scale * (p.imag() + q.imag() - q.real() + p.real());
      }
    }
  });
  return out;
}

}  // namespace equireg::cpu
