// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The two passes of a transform of planes, rows and columns, over groups of lines on all threads.

#include <equireg/backend/cpu/fft.hpp>
#include <equireg/backend/cpu/lanes.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/config.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace equireg::cpu {

/// Planes of complex numbers in memory: the real and the imaginary part of element (i, j) of plane p stand
/// p * plane_stride + i * row_stride + j * step after `re` and after `im`. Where `im` is null, the numbers are real:
/// read as such, or written without their imaginary parts.
template <class T>
struct complex_planes {
  T* re;
  T* im;
  std::size_t plane_stride, row_stride;
  std::size_t step = 1;  ///< 1, or 2 with im = re + 1
};

/// Between the passes: columns in strips of `lanes<T>::count`, each strip [row][real, imaginary][lane], so that a strip
/// is what `line_fft` reads.
template <class T>
class column_strips {
 public:
  static constexpr std::size_t stride = line_fft<T>::stride;

  column_strips(std::size_t planes, std::size_t rows, std::size_t columns)
      : rows_(rows),
        strips_((columns + lanes<T>::count - 1) / lanes<T>::count),
        data_({1, planes, strips_, rows * stride}) {}

  [[nodiscard]] std::size_t strips() const { return strips_; }
  [[nodiscard]] T* strip(std::size_t plane, std::size_t g) {
    return data_.data() + (plane * strips_ + g) * rows_ * stride;
  }
  [[nodiscard]] const T* strip(std::size_t plane, std::size_t g) const {
    return data_.data() + (plane * strips_ + g) * rows_ * stride;
  }

 private:
  std::size_t rows_, strips_;
  tensor<T> data_;
};

namespace detail {

/// to[j * to_stride + l] = from[l * row_stride + j] for l < rows and j < columns, and 0 for other l < lanes.
template <class T>
void rows_to_lanes(const T* from, std::size_t row_stride, std::size_t rows, std::size_t columns, T* to,
                   std::size_t to_stride) {
  constexpr std::size_t size = tile<T>::size;
  std::size_t j = 0;
  if (rows == size) {
    for (; j + size <= columns; j += size) {
      tile<T> t;
      EQUIREG_UNROLL(16)
      for (std::size_t l = 0; l < size; ++l) t.row[l] = lanes<T>::load(from + l * row_stride + j);
      t.transpose();
      EQUIREG_UNROLL(16)
      for (std::size_t i = 0; i < size; ++i) lanes<T>::store(to + (j + i) * to_stride, t.row[i]);
    }
  }
  for (; j < columns; ++j) {
    T* const element = to + j * to_stride;
    for (std::size_t l = 0; l < rows; ++l) element[l] = from[l * row_stride + j];
    std::fill(element + rows, element + size, T(0));
  }
}

/// One row of `count` elements, count <= lanes.
template <class T>
void write_row(T* to, typename lanes<T>::vector v, std::size_t count) {
  if (count == lanes<T>::count) return lanes<T>::store(to, v);
  T numbers[lanes<T>::count];
  lanes<T>::store(numbers, v);
  std::copy_n(numbers, count, to);
}

/// Writes lines in lanes, `element(j)` the two vectors of column j < columns, to rows first ... first + rows - 1 of the
/// strips of one plane.
template <class T, class Element>
void lanes_to_strips(const Element& element, std::size_t rows, std::size_t columns, column_strips<T>& out,
                     std::size_t plane, std::size_t first) {
  constexpr std::size_t size = tile<T>::size, stride = line_fft<T>::stride;
  for (std::size_t g = 0; g < out.strips(); ++g) {
    tile<T> re = {}, im = {};
    const std::size_t count = std::min(size, columns - g * size);
    for (std::size_t j = 0; j < count; ++j) {
      const auto z = element(g * size + j);
      re.row[j] = z.re;
      im.row[j] = z.im;
    }
    re.transpose();
    im.transpose();
    T* to = out.strip(plane, g) + first * stride;
    for (std::size_t l = 0; l < rows; ++l, to += stride) {
      lanes<T>::store(to, re.row[l]);
      lanes<T>::store(to + size, im.row[l]);
    }
  }
}

template <class T>
struct lane_pair {
  typename lanes<T>::vector re, im;
};

}  // namespace detail

/// One direction of a transform: output i is F[(i + out_shift) mod length], i < out_count, of the numbers
/// f[n] = in[(n + in_shift) mod length], which are 0 where that index is in_count or more.
struct fourier_axis {
  std::size_t length, in_count, in_shift, out_count, out_shift;

  /// All of N numbers. Where it is centred, floor(N / 2) is the index of 0, before and after.
  static fourier_axis whole(std::size_t length, bool centred) {
    return {length, length, centred ? length / 2 : 0, length, centred ? length - length / 2 : 0};
  }

  /// The frequency that output i shows.
  [[nodiscard]] std::size_t frequency(std::size_t i) const {
    const std::size_t k = i + out_shift;
    return k < length ? k : k - length;
  }
};

/// Transforms the first `rows` rows of each plane, and writes them to the strips.
///
/// Rows of real numbers go two at a time, as real and imaginary parts; their transforms differ in their symmetry.
/// With `inverse` real and imaginary parts change places, and `fourier_columns` changes them back.
template <class T>
void fourier_rows(const complex_planes<const T>& in, std::size_t planes, std::size_t rows, const fourier_axis& across,
                  bool inverse, column_strips<T>& out) {
  constexpr std::size_t size = lanes<T>::count, stride = line_fft<T>::stride;
  const bool real = in.im == nullptr;
  const std::size_t together = real ? 2 * size : size, groups = (rows + together - 1) / together;
  const std::size_t length = across.length, width = across.in_count, columns = across.out_count;
  const line_fft<T>& transform = line_fft<T>::of_length(length);
  parallel_for(planes * groups, length * size * 32, [&](std::size_t task) {
    const std::size_t plane = task / groups, first = task % groups * together;
    const std::size_t count = std::min(together, rows - first), one = std::min(count, size), two = count - one;
    tensor<T> room({1, 1, 2, length * stride});
    T* const lines = room.data();
    T* const spectrum = lines + length * stride;
    const std::size_t offset = plane * in.plane_stride + first * in.row_stride;
    if (in.step == 2) {
      detail::rows_to_lanes(in.re + offset, in.row_stride, count, 2 * width, lines, size);
    } else {
      detail::rows_to_lanes(in.re + offset, in.row_stride, one, width, lines, stride);
      if (real) {
        detail::rows_to_lanes(in.re + offset + size * in.row_stride * (two > 0), in.row_stride, two, width,
                              lines + size, stride);
      } else {
        detail::rows_to_lanes(in.im + offset, in.row_stride, count, width, lines + size, stride);
      }
    }
    transform(lines, spectrum, across.in_shift, width, inverse && !real);
    const auto get = [&](std::size_t k) {
      const T* const at = spectrum + k * stride;
      return detail::lane_pair<T>{lanes<T>::load(at), lanes<T>::load(at + size)};
    };
    if (!real) {
      detail::lanes_to_strips<T>([&](std::size_t c) { return get(across.frequency(c)); }, count, columns, out, plane,
                                 first);
      return;
    }
    // Z = F[a] + i F[b] with F[-k] = conj F[k]. On the way to an inverse the parts are exchanged from the start: what is
    // transformed is i a, and the strips hold i F[a].
    const T half = T(0.5);
    const auto finish = [&](detail::lane_pair<T> z) { return inverse ? detail::lane_pair<T>{-z.im, z.re} : z; };
    const auto opposite = [&](std::size_t k) { return get(k == 0 ? 0 : length - k); };
    detail::lanes_to_strips<T>(
        [&](std::size_t c) {
          const std::size_t k = across.frequency(c);
          const auto z = get(k), m = opposite(k);
          return finish({half * (z.re + m.re), half * (z.im - m.im)});
        },
        one, columns, out, plane, first);
    if (two == 0) return;
    detail::lanes_to_strips<T>(
        [&](std::size_t c) {
          const std::size_t k = across.frequency(c);
          const auto z = get(k), m = opposite(k);
          return finish({half * (z.im + m.im), half * (m.re - z.re)});
        },
        two, columns, out, plane, first + size);
  });
}

/// Transforms the columns in `strips` and writes them, times `scale`, to planes of `columns` columns.
template <class T>
void fourier_columns(const column_strips<T>& strips, std::size_t planes, std::size_t columns, const fourier_axis& down,
                     bool inverse, T scale, const complex_planes<T>& out) {
  constexpr std::size_t size = lanes<T>::count, stride = line_fft<T>::stride;
  const std::size_t length = down.length;
  const line_fft<T>& transform = line_fft<T>::of_length(length);
  parallel_for(planes * strips.strips(), length * size * 32, [&](std::size_t task) {
    const std::size_t plane = task / strips.strips(), g = task % strips.strips();
    tensor<T> spectrum({1, 1, length, stride});
    transform(strips.strip(plane, g), spectrum.data(), down.in_shift, down.in_count, false);
    const std::size_t count = std::min(size, columns - g * size), real_part = inverse ? size : 0;
    for (std::size_t i = 0; i < down.out_count; ++i) {
      const T* const at = spectrum.data() + down.frequency(i) * stride;
      const auto re = scale * lanes<T>::load(at + real_part), im = scale * lanes<T>::load(at + size - real_part);
      const std::size_t offset = plane * out.plane_stride + i * out.row_stride + g * size * out.step;
      if (out.step == 2) {
        using indices = std::make_index_sequence<size>;
        detail::write_row(out.re + offset, detail::interleave<false>(re, im, indices{}), std::min(size, 2 * count));
        if (2 * count > size) {
          detail::write_row(out.re + offset + size, detail::interleave<true>(re, im, indices{}), 2 * count - size);
        }
      } else {
        detail::write_row(out.re + offset, re, count);
        if (out.im != nullptr) detail::write_row(out.im + offset, im, count);
      }
    }
  });
}

/// Transforms `count` planes: out = scale * F in, or with `inverse` scale * conj(F) in. `in` and `out` are apart, or
/// the same memory in the same layout. A few planes at a time, so that what lies between the passes stays in the cache.
template <class T>
void fourier_planes(complex_planes<const T> in, complex_planes<T> out, std::size_t count, const fourier_axis& down,
                    const fourier_axis& across, bool inverse, double scale) {
  constexpr std::size_t together = std::size_t{1} << 17;
  const std::size_t size = down.length * across.length;
  if (count == 0 || size == 0) return;
  const std::size_t chunk = std::clamp(together / size, std::size_t{1}, count);
  column_strips<T> strips(chunk, down.in_count, across.out_count);
  for (std::size_t first = 0; first < count; first += chunk) {
    const std::size_t planes = std::min(chunk, count - first);
    fourier_rows(in, planes, down.in_count, across, inverse, strips);
    fourier_columns(strips, planes, across.out_count, down, inverse, static_cast<T>(scale), out);
    in.re += planes * in.plane_stride;
    out.re += planes * out.plane_stride;
    if (in.im != nullptr) in.im += planes * in.plane_stride;
    if (out.im != nullptr) out.im += planes * out.plane_stride;
  }
}

}  // namespace equireg::cpu
