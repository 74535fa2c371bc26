// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `ramp_filter`: the filter of filtered back projection along the last extent.

#include <equireg/backend/cpu/fourier.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>

#include <algorithm>
#include <bit>
#include <complex>
#include <cstddef>
#include <numbers>
#include <vector>

namespace equireg::cpu {

/// 2 h * y for every row of y, with h_0 = 1/4, h_n = -1 / (pi n)^2 for odd n and 0 for even n: the ramp |frequency|
/// sampled in space, so that its mean over a row is right (Kak and Slaney 1988, section 3.3). Rows are padded by zeros
/// to a power of two >= max(64, 2 W), which keeps the ends apart. Shape of y is kept.
template <class T>
tensor<T> ramp_filter(const tensor<T>& y) {
  const equireg::shape s = y.shape();
  const std::size_t width = s.width, rows = s.batch * s.channels * s.height;
  const std::size_t length = std::bit_ceil(std::max<std::size_t>(64, 2 * width));
  std::vector<std::complex<T>> response(length);
  response[0] = T(0.25);
  for (std::size_t n = 1; n <= length / 2; n += 2) {
    const double at = std::numbers::pi * static_cast<double>(n);
    response[n] = response[length - n] = static_cast<T>(-1 / (at * at));
  }
  fourier_plane(response.data(), {1, length});
  const T scale = T(2) / static_cast<T>(length);

  tensor<T> out(s);
  parallel_for((rows + 1) / 2, length * 64, [&](std::size_t pair) {  // two rows as one complex one: h is real
    std::complex<T>* const line = fourier_workspace<T>::of_this_thread().room(0, length);
    const bool both = 2 * pair + 1 < rows;
    const T* const u = y.data() + 2 * pair * width;
    for (std::size_t i = 0; i < width; ++i) line[i] = {u[i], both ? u[width + i] : T(0)};
    std::fill(line + width, line + length, std::complex<T>(0));
    fourier_plane(line, {1, length});
    for (std::size_t k = 0; k < length; ++k) line[k] *= scale * response[k].real();
    fourier_plane(line, {1, length}, true);
    T* const to = out.data() + 2 * pair * width;
    for (std::size_t i = 0; i < width; ++i) to[i] = line[i].real();
    if (both) {
      for (std::size_t i = 0; i < width; ++i) to[width + i] = line[i].imag();
    }
  });
  return out;
}

}  // namespace equireg::cpu
