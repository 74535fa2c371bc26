// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `ramp_filter`: the filter of filtered back projection along the last extent.

#include <equireg/backend/cpu/fft.hpp>
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
  constexpr std::size_t size = lanes<T>::count, stride = line_fft<T>::stride;
  const equireg::shape s = y.shape();
  const std::size_t width = s.width, rows = s.channels * s.height, groups = (rows + 2 * size - 1) / (2 * size);
  const std::size_t length = std::bit_ceil(std::max<std::size_t>(64, 2 * width));
  std::vector<std::complex<T>> response(length);
  response[0] = T(0.25);
  for (std::size_t n = 1; n <= length / 2; n += 2) {
    const double at = std::numbers::pi * static_cast<double>(n);
    response[n] = response[length - n] = static_cast<T>(-1 / (at * at));
  }
  fourier_plane(response.data(), {1, length});
  const T scale = T(2) / static_cast<T>(length);
  const line_fft<T>& transform = line_fft<T>::of_length(length);

  tensor<T> out(s);
  // Two rows of one sample as one complex one, since h is real, and as many pairs side by side as a vector has lanes.
  parallel_for(s.batch * groups, length * size * 32, [&](std::size_t task) {
    const std::size_t first = task % groups * 2 * size, count = std::min(2 * size, rows - first);
    const std::size_t offset = (task / groups * rows + first) * width;
    tensor<T> room({1, 1, 2 * length, stride});
    T *const lines = room.data(), *const spectrum = lines + length * stride;
    std::fill_n(lines, width * stride, T(0));
    for (std::size_t l = 0; l < count; ++l) {
      for (std::size_t i = 0; i < width; ++i) lines[i * stride + l] = y.data()[offset + l * width + i];
    }
    transform(lines, spectrum, 0, width, false);
    for (std::size_t k = 0; k < length; ++k) {
      const T factor = scale * response[k].real();
      for (std::size_t l = 0; l < stride; ++l) spectrum[k * stride + l] *= factor;
    }
    transform(spectrum, lines, 0, length, true);  // leaves real and imaginary parts exchanged
    for (std::size_t l = 0; l < count; ++l) {
      const std::size_t from = l < size ? l + size : l - size;
      for (std::size_t i = 0; i < width; ++i) out.data()[offset + l * width + i] = lines[i * stride + from];
    }
  });
  return out;
}

}  // namespace equireg::cpu
