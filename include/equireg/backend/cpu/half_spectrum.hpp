// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Transforms of real images, of which half the spectrum says all: F[-k] = conj F[k].

#include <equireg/backend/cpu/fourier.hpp>
#include <equireg/backend/cpu/fourier_planes.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace equireg::cpu {

/// Columns 0 ... floor(W' / 2) of the orthonormal transform of real images in the corner (0, 0) of zeros, frequency 0
/// and the origin at (0, 0): (B, C, H, W) becomes (B, 2 C, H', floor(W' / 2) + 1) for the extent `padded`, as pairs of
/// channels. Throws where `padded` is smaller than x.
template <class T>
tensor<T> half_spectrum(const tensor<T>& x, extent padded) {
  const equireg::shape s = x.shape();
  require(padded.height >= s.height && padded.width >= s.width, "equireg::half_spectrum", "x has shape ", s,
          ", which is larger than ", padded);
  return detail::orthonormal_fourier(x, false, true, {padded.height, s.height, 0, padded.height, 0},
                                     {padded.width, s.width, 0, padded.width / 2 + 1, 0}, false);
}
template <class T>
tensor<T> half_spectrum(const tensor<T>& x) {
  return half_spectrum(x, x.shape().plane());
}

namespace detail {

/// Inverse transforms of the columns of half spectra; the first `rows` numbers of each go to the strips.
template <class T>
void half_columns(const complex_planes<const T>& in, std::size_t planes, std::size_t length, std::size_t columns,
                  std::size_t rows, column_strips<T>& out) {
  constexpr std::size_t size = lanes<T>::count, stride = line_fft<T>::stride;
  const line_fft<T>& transform = line_fft<T>::of_length(length);
  parallel_for(planes * out.strips(), length * size * 32, [&](std::size_t task) {
    const std::size_t plane = task / out.strips(), g = task % out.strips();
    const std::size_t count = std::min(size, columns - g * size);
    tensor<T> room({1, 1, 2 * length, stride});
    T* const lines = room.data();
    T* const image = lines + length * stride;
    for (std::size_t i = 0; i < length; ++i) {
      const std::size_t offset = plane * in.plane_stride + i * in.row_stride + g * size;
      T* const to = lines + i * stride;
      if (count == size) {
        lanes<T>::store(to, lanes<T>::load(in.re + offset));
        lanes<T>::store(to + size, lanes<T>::load(in.im + offset));
      } else {
        std::fill_n(to, stride, T(0));
        std::copy_n(in.re + offset, count, to);
        std::copy_n(in.im + offset, count, to + size);
      }
    }
    transform(lines, image, 0, length, true);
    std::copy_n(image, rows * stride, out.strip(plane, g));
  });
}

/// Inverse transforms of the rows of half spectra, two real rows at a time as real and imaginary parts. The strips hold
/// the parts exchanged, and so do the transforms here.
template <class T>
void half_rows(const column_strips<T>& strips, std::size_t planes, std::size_t rows, std::size_t length,
               std::size_t width, T scale, T* out) {
  constexpr std::size_t size = lanes<T>::count, stride = line_fft<T>::stride;
  const std::size_t columns = length / 2 + 1, groups = (rows + 2 * size - 1) / (2 * size);
  const line_fft<T>& transform = line_fft<T>::of_length(length);
  parallel_for(planes * groups, length * size * 32, [&](std::size_t task) {
    const std::size_t plane = task / groups, first = task % groups * 2 * size;
    const std::size_t count = std::min(2 * size, rows - first), one = std::min(count, size), two = count - one;
    tensor<T> room({1, 1, 2 * (length + size), stride});
    T* const lines = room.data();
    T* const image = lines + (length + size) * stride;
    for (std::size_t g = 0; g < strips.strips(); ++g) {
      const T* const from = strips.strip(plane, g) + first * stride;
      tile<T> a_re = {}, a_im = {}, b_re = {}, b_im = {};
      for (std::size_t l = 0; l < one; ++l) {
        a_re.row[l] = scale * lanes<T>::load(from + l * stride + size);
        a_im.row[l] = scale * lanes<T>::load(from + l * stride);
      }
      for (std::size_t l = 0; l < two; ++l) {
        b_re.row[l] = scale * lanes<T>::load(from + (size + l) * stride + size);
        b_im.row[l] = scale * lanes<T>::load(from + (size + l) * stride);
      }
      a_re.transpose();
      a_im.transpose();
      b_re.transpose();
      b_im.transpose();
      for (std::size_t j = 0; j < std::min(size, columns - g * size); ++j) {
        // Z = F[a] + i F[b], at k and at -k, which are the same place for k = 0 and N / 2: there F is real.
        const std::size_t k = g * size + j, opposite = k == 0 ? 0 : length - k;
        const bool alone = k == opposite;
        T* const to = lines + k * stride;
        lanes<T>::store(to, alone ? a_re.row[j] : a_re.row[j] - b_im.row[j]);
        lanes<T>::store(to + size, alone ? b_re.row[j] : a_im.row[j] + b_re.row[j]);
        if (alone) continue;
        lanes<T>::store(lines + opposite * stride, a_re.row[j] + b_im.row[j]);
        lanes<T>::store(lines + opposite * stride + size, b_re.row[j] - a_im.row[j]);
      }
    }
    transform(lines, image, 0, length, true);
    const auto write = [&](const T* from, std::size_t number, T* to) {
      for (std::size_t j = 0; j < width; j += size) {
        tile<T> t;  // reads past the end where columns are left over, into the room that is there for it
        for (std::size_t i = 0; i < size; ++i) t.row[i] = lanes<T>::load(from + (j + i) * stride);
        t.transpose();
        for (std::size_t l = 0; l < number; ++l) write_row(to + l * width + j, t.row[l], std::min(size, width - j));
      }
    };
    std::fill_n(image + length * stride, size * stride, T(0));
    T* const to = out + (plane * rows + first) * width;
    write(image + size, one, to);
    if (two > 0) write(image, two, to + size * width);
  });
}

}  // namespace detail

/// The real images of half spectra, orthonormal: (B, 2 C, H', floor(W' / 2) + 1) becomes (B, C, H, W), the corner
/// `cropped` of planes W' = `width` wide. The inverse of `half_spectrum`. Of columns 0 and W' / 2, which stand for k and
/// for -k, the part counts that real images have. Throws where the extents do not fit.
template <class T>
tensor<T> image_of_half_spectrum(const tensor<T>& z, std::size_t width, extent cropped) {
  const equireg::shape s = z.shape();
  detail::require_pairs(s, "equireg::image_of_half_spectrum");
  require(s.width == width / 2 + 1 && cropped.height <= s.height && cropped.width <= width,
          "equireg::image_of_half_spectrum", "half of a spectrum ", width, " wide has ", width / 2 + 1,
          " columns, and its image holds ", cropped, " only if it is as large; but the argument has shape ", s);
  const std::size_t size = s.height * s.width, planes = s.batch * s.channels / 2;
  tensor<T> out({s.batch, s.channels / 2, cropped.height, cropped.width});
  if (out.size() == 0) return out;
  const auto scale = static_cast<T>(1 / std::sqrt(static_cast<double>(s.height * width)));
  const std::size_t chunk = std::clamp((std::size_t{1} << 17) / size, std::size_t{1}, planes);
  column_strips<T> strips(chunk, cropped.height, s.width);
  for (std::size_t first = 0; first < planes; first += chunk) {
    const std::size_t count = std::min(chunk, planes - first);
    const T* const from = z.data() + 2 * first * size;
    detail::half_columns<T>({from, from + size, 2 * size, s.width}, count, s.height, s.width, cropped.height, strips);
    detail::half_rows(strips, count, cropped.height, width, cropped.width, scale,
                      out.data() + first * cropped.height * cropped.width);
  }
  return out;
}

/// Numbers with v(k) = v(-k), half of them, to all, with frequency 0 in the centre: (B, C, H, floor(W / 2) + 1) becomes
/// (B, C, H, W), frequency 0 at (floor(H / 2), floor(W / 2)). Throws where W does not fit.
template <class T>
tensor<T> centred_whole(const tensor<T>& half, std::size_t width) {
  const equireg::shape s = half.shape();
  require(s.width == width / 2 + 1, "equireg::centred_whole", "half of ", width, " columns are ", width / 2 + 1,
          ", but the argument has shape ", s);
  tensor<T> out({s.batch, s.channels, s.height, width});
  const std::size_t middle = width / 2, after = width - middle;  // columns from frequency 0 on
  parallel_for(s.batch * s.channels, s.height * width, [&](std::size_t p) {
    const T* const from = half.data() + p * s.height * s.width;
    T* const to = out.data() + p * s.height * width;
    for (std::size_t k = 0; k < s.height; ++k) {
      T* const row = to + (k + s.height / 2) % s.height * width;
      std::copy_n(from + k * s.width, after, row + middle);
      const T* const opposite = from + (s.height - k) % s.height * s.width;
      for (std::size_t j = 0; j < middle; ++j) row[j] = opposite[middle - j];
    }
  });
  return out;
}

/// (w(k) + w(-k)) / 2 for half of the frequencies: (B, C, H, W) with frequency 0 in the centre becomes
/// (B, C, H, floor(W / 2) + 1) with frequency 0 at (0, 0).
template <class T>
tensor<T> even_half(const tensor<T>& w) {
  const equireg::shape s = w.shape();
  const std::size_t columns = s.width / 2 + 1, middle = s.width / 2;
  tensor<T> out({s.batch, s.channels, s.height, columns});
  parallel_for(s.batch * s.channels, s.height * s.width, [&](std::size_t p) {
    const T* const from = w.data() + p * s.height * s.width;
    for (std::size_t k = 0; k < s.height; ++k) {
      T* const to = out.data() + (p * s.height + k) * columns;
      const T* const row = from + (k + s.height / 2) % s.height * s.width + middle;
      const T* const opposite = from + (2 * s.height - k + s.height / 2) % s.height * s.width + middle;
      const std::size_t inside = s.width - middle;
      // Column N / 2 of an even N stands in front: it is its own opposite.
      for (std::size_t j = 0; j < inside && j <= middle; ++j) to[j] = T(0.5) * (row[j] + *(opposite - j));
      if (inside <= middle) to[middle] = T(0.5) * (*(row - middle) + *(opposite - middle));
    }
  });
  return out;
}

}  // namespace equireg::cpu
