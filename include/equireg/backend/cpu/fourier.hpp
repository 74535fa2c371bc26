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
#include <string_view>
#include <vector>

namespace equireg::cpu {

/// Overwrites a row-major plane with its discrete Fourier transform, or with the unscaled inverse of it:
/// F[k] = sum_n f[n] exp(-2 pi i (k_1 n_1 / H + k_2 n_2 / W)). Any extents.
template <class T>
void fourier_plane(std::complex<T>* plane, extent e, bool inverse = false) {
  T* const numbers = reinterpret_cast<T*>(plane);  // a complex number is an array of two, says the standard
  const complex_planes<T> planes{numbers, numbers + 1, 2 * e.height * e.width, 2 * e.width, 2};
  fourier_planes<T>({planes.re, planes.im, planes.plane_stride, planes.row_stride, planes.step}, planes, 1,
                    fourier_axis::whole(e.height, false), fourier_axis::whole(e.width, false), inverse, 1.0);
}

namespace detail {

/// Planes of pairs of channels, or of channels of their own.
template <class T, class Tensor>
complex_planes<T> channel_planes(Tensor& x, bool pairs) {
  const equireg::shape s = x.shape();
  const std::size_t size = s.height * s.width;
  return {x.data(), pairs ? x.data() + size : nullptr, pairs ? 2 * size : size, s.width};
}

inline void require_pairs(const equireg::shape& s, std::string_view where) {
  require(s.channels % 2 == 0, where, "expected pairs of channels, real and imaginary, but x has shape ", s);
}

template <class T>
tensor<T> orthonormal_fourier(const tensor<T>& x, bool from_pairs, bool to_pairs, const fourier_axis& down,
                              const fourier_axis& across, bool inverse) {
  const equireg::shape s = x.shape();
  const std::size_t planes = from_pairs ? s.channels / 2 : s.channels;
  tensor<T> out({s.batch, to_pairs ? 2 * planes : planes, down.out_count, across.out_count});
  fourier_planes<T>(channel_planes<const T>(x, from_pairs), channel_planes<T>(out, to_pairs), s.batch * planes, down,
                    across, inverse, 1 / std::sqrt(static_cast<double>(down.length * across.length)));
  return out;
}

}  // namespace detail

/// The orthonormal Fourier transform of complex images as pairs of channels, or its inverse, which is its adjoint:
/// (B, 2 C, H, W), channel 2 c the real part and 2 c + 1 the imaginary one. Any extents.
///
/// `centred` puts the origins of pixels and of frequencies at (floor(H / 2), floor(W / 2)): F_c = fftshift F ifftshift.
/// Throws where the number of channels is odd.
template <class T>
tensor<T> fourier(const tensor<T>& x, bool inverse = false, bool centred = true) {
  const equireg::shape s = x.shape();
  detail::require_pairs(s, "equireg::fourier");
  return detail::orthonormal_fourier(x, true, true, fourier_axis::whole(s.height, centred),
                                     fourier_axis::whole(s.width, centred), inverse);
}

/// The transform of real images: (B, C, H, W) becomes pairs of channels, (B, 2 C, H, W). Otherwise as `fourier`.
template <class T>
tensor<T> fourier_of_real(const tensor<T>& x, bool inverse = false, bool centred = true) {
  const equireg::shape s = x.shape();
  return detail::orthonormal_fourier(x, false, true, fourier_axis::whole(s.height, centred),
                                     fourier_axis::whole(s.width, centred), inverse);
}

/// The real part of `fourier`: (B, 2 C, H, W) becomes (B, C, H, W). With `inverse` it is the adjoint of
/// `fourier_of_real` without, and the other way round. Throws where the number of channels is odd.
template <class T>
tensor<T> real_of_fourier(const tensor<T>& x, bool inverse = false, bool centred = true) {
  const equireg::shape s = x.shape();
  detail::require_pairs(s, "equireg::real_of_fourier");
  return detail::orthonormal_fourier(x, true, false, fourier_axis::whole(s.height, centred),
                                     fourier_axis::whole(s.width, centred), inverse);
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
