// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `convolution_plan`: a kernel made ready for the planes that `convolve` filters.

#include <equireg/backend/cpu/fourier.hpp>
#include <equireg/backend/cpu/half_spectrum.hpp>
#include <equireg/backend/cpu/padded_line.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/sparse_correlation.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/filter_kernel.hpp>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <vector>

namespace equireg::cpu {

/// How `convolve` works: `cheapest` chooses one of the other two by the size of kernel and plane.
enum class convolution_method { cheapest, direct, fourier };

/// A kernel made ready for planes of one size and one border.
///
/// With P the padding (which copies each pixel to all places outside that stand for it) and C the part of a convolution
/// that needs no border, A = C P and A^T = P^T C^T, where P^T adds up what lies outside at the pixels that it stands
/// for. C is made either weight by weight, those that are 0 left out, or in the Fourier domain, on a grid with room for
/// image and kernel. Circular planes whose extents have no factor but 2, 3 and 5 need neither padding nor room there.
/// Where the output is a window of the image, C makes no more than that.
template <class T>
class convolution_plan {
 public:
  convolution_plan(const filter_kernel& kernel, extent image, boundary rule, convolution_method method,
                   const window& output)
      : image_(image), output_(output.size), circular_(rule == boundary::circular && output == window{0, 0, image}) {
    const dense_matrix& w = kernel.weights();
    const extent room{output_.height + w.rows - 1, output_.width + w.columns - 1};
    const bool periodic = circular_ && good_size(image.height) == image.height && good_size(image.width) == image.width;
    grid_ = periodic ? image : extent{good_size(room.height), good_size(room.width)};
    const double direct_cost =
        static_cast<double>(kernel.nonzeros()) * static_cast<double>(output_.height * output_.width);
    fourier_ = method == convolution_method::fourier ||
               (method == convolution_method::cheapest && fourier_cost(grid_) < direct_cost);
    if (fourier_ && periodic) {
      rows_ = {image.height, 0, image.height, rule};
      columns_ = {image.width, 0, image.width, rule};
      spectrum_ = spectrum(w, -kernel.centre_row(), -kernel.centre_column());
      return;
    }
    const std::ptrdiff_t top = kernel.centre_row() - static_cast<std::ptrdiff_t>(w.rows) + 1;
    const std::ptrdiff_t left = kernel.centre_column() - static_cast<std::ptrdiff_t>(w.columns) + 1;
    rows_ = {room.height, top + static_cast<std::ptrdiff_t>(output.top), image.height, rule};
    columns_ = {room.width, left + static_cast<std::ptrdiff_t>(output.left), image.width, rule};
    if (fourier_) {
      first_ = {w.rows - 1, w.columns - 1};
      spectrum_ = spectrum(w, 0, 0);
      return;
    }
    correlation_ = {kernel.flipped().weights(), output_};
    if (circular_) {  // the adjoint is the convolution with the flipped kernel: nothing has to be added up
      adjoint_rows_ = {room.height, -kernel.centre_row(), image.height, rule};
      adjoint_columns_ = {room.width, -kernel.centre_column(), image.width, rule};
    }
    adjoint_correlation_ = {w, circular_ ? image : room};
  }

  [[nodiscard]] tensor<T> forward(const tensor<T>& x) const {
    if (!fourier_) return correlate_padded(x, correlation_, rows_, columns_);
    return through_fourier(
        x, output_, T(1),
        [&](const T* plane, T* grid) {
          for (std::size_t p = 0; p < rows_.size(); ++p) {
            const T* const from = plane + rows_.pixel_at(p) * image_.width;
            T* const to = grid + p * grid_.width;
            columns_.for_each([=](std::size_t q, std::size_t j) { to[q] = from[j]; });
          }
        },
        [&](const T* grid, T* to) {
          for (std::size_t i = 0; i < output_.height; ++i) {
            std::copy_n(grid + (i + first_.height) * grid_.width + first_.width, output_.width, to + i * output_.width);
          }
        });
  }

  [[nodiscard]] tensor<T> adjoint(const tensor<T>& y) const {
    if (!fourier_) {
      if (circular_) return correlate_padded(y, adjoint_correlation_, adjoint_rows_, adjoint_columns_);
      return correlate_and_fold(y);
    }
    return through_fourier(
        y, image_, T(-1),
        [&](const T* plane, T* grid) {
          T* const to = grid + first_.height * grid_.width + first_.width;
          for (std::size_t i = 0; i < output_.height; ++i) {
            std::copy_n(plane + i * output_.width, output_.width, to + i * grid_.width);
          }
        },
        [&](const T* grid, T* to) {
          for (std::size_t i = 0; i < image_.height; ++i, to += image_.width) {
            std::fill_n(to, image_.width, T(0));
            for (const std::size_t p : rows_.places_of(i)) {
              const T* const from = grid + p * grid_.width;
              columns_.for_each([=](std::size_t q, std::size_t j) { to[j] += from[q]; });
            }
          }
        });
  }

 private:
  // The least number from n on without factors other than 2, 3 and 5.
  static std::size_t good_size(std::size_t n) {
    for (;; ++n) {
      std::size_t rest = n;
      for (const std::size_t factor : {2U, 3U, 5U}) {
        while (rest % factor == 0) rest /= factor;
      }
      if (rest == 1) return n;
    }
  }

  // In multiplications by weights: two transforms of half a spectrum take about as long as five for each number and
  // factor of two. Measured between 4 and 7 in float and double, AVX-512 and SSE2.
  static double fourier_cost(extent grid) {
    const auto size = static_cast<double>(grid.height * grid.width);
    return 5 * size * std::log2(size + 1);
  }

  // Half of it, columns 0 ... W / 2, of the weights, the first of them at (row, column).
  std::vector<std::complex<T>> spectrum(const dense_matrix& w, std::ptrdiff_t row, std::ptrdiff_t column) const {
    std::vector<std::complex<T>> f(grid_.height * grid_.width);
    for (std::size_t a = 0; a < w.rows; ++a) {
      const std::size_t i = fold(static_cast<std::ptrdiff_t>(a) + row, grid_.height, boundary::circular);
      for (std::size_t b = 0; b < w.columns; ++b) {
        const std::size_t j = fold(static_cast<std::ptrdiff_t>(b) + column, grid_.width, boundary::circular);
        f[i * grid_.width + j] += static_cast<T>(w(a, b));
      }
    }
    fourier_plane(f.data(), grid_);
    const std::size_t columns = grid_.width / 2 + 1;
    std::vector<std::complex<T>> half(grid_.height * columns);
    for (std::size_t i = 0; i < grid_.height; ++i) std::copy_n(&f[i * grid_.width], columns, &half[i * columns]);
    return half;
  }

  // Each plane's transform times the spectrum (its conjugate where sign is -1). put(plane, grid) writes a plane to a
  // grid of zeros; get(grid, to) reads the result. Planes do not share a transform: no sample's rounding depends on
  // another.
  template <class Put, class Get>
  tensor<T> through_fourier(const tensor<T>& x, extent result, T sign, const Put& put, const Get& get) const {
    const equireg::shape s = x.shape();
    const std::size_t planes = s.batch * s.channels, plane = s.height * s.width, size = grid_.height * grid_.width;
    tensor<T> out(s.with_plane(result)), grid({1, planes, grid_.height, grid_.width});
    parallel_for(planes, size, [&](std::size_t p) {
      T* const to = grid.data() + p * size;
      std::fill_n(to, size, T(0));
      put(x.data() + p * plane, to);
    });
    tensor<T> z = half_spectrum(grid);
    const std::size_t half = grid_.height * (grid_.width / 2 + 1);
    parallel_for(planes, half, [&](std::size_t p) {
      T *const re = z.data() + 2 * p * half, *const im = re + half;
      const T* const factors = reinterpret_cast<const T*>(spectrum_.data());
      EQUIREG_SIMD
      for (std::size_t k = 0; k < half; ++k) {
        const T a = re[k], b = im[k], c = factors[2 * k], d = sign * factors[2 * k + 1];
        re[k] = a * c - b * d;
        im[k] = a * d + b * c;
      }
    });
    grid = image_of_half_spectrum(z, grid_.width, grid_);
    const std::size_t result_size = result.height * result.width;
    parallel_for(planes, size, [&](std::size_t p) { get(grid.data() + p * size, out.data() + p * result_size); });
    return out;
  }

  // C P.
  tensor<T> correlate_padded(const tensor<T>& x, const sparse_correlation<T>& c, const padded_line& rows,
                             const padded_line& columns) const {
    const equireg::shape s = x.shape();
    const std::size_t planes = s.batch * s.channels;
    std::vector<T, pool_allocator<T>> padded(planes * c.input_size());
    parallel_for(planes * rows.size(), c.input_stride(), [&](std::size_t line) {
      const std::size_t plane = line / rows.size(), row = line % rows.size();
      const T* const from = x.data() + (plane * s.height + rows.pixel_at(row)) * s.width;
      T* const to = padded.data() + line * c.input_stride();
      columns.for_each([=](std::size_t q, std::size_t j) { to[q] = from[j]; });
      std::fill(to + columns.size(), to + c.input_stride(), T(0));
    });
    tensor<T> out(s.with_plane(output_));
    c.run(padded.data(), out.data(), planes);
    return out;
  }

  // P^T C^T.
  tensor<T> correlate_and_fold(const tensor<T>& y) const {
    const equireg::shape s = y.shape();
    const sparse_correlation<T>& c = adjoint_correlation_;
    const std::size_t planes = s.batch * s.channels;
    const auto padded = framed(y, c, rows_.size() - s.height, columns_.size() - s.width);
    std::vector<T, pool_allocator<T>> full(planes * rows_.size() * columns_.size());
    c.run(padded.data(), full.data(), planes);
    tensor<T> out(s.with_plane(image_));
    parallel_for(planes * image_.height, 2 * columns_.size(), [&](std::size_t line) {
      T* const to = out.data() + line * image_.width;
      std::fill_n(to, image_.width, T(0));
      for (const std::size_t p : rows_.places_of(line % image_.height)) {
        const T* const from = full.data() + (line / image_.height * rows_.size() + p) * columns_.size();
        columns_.for_each([=](std::size_t q, std::size_t j) { to[j] += from[q]; });
      }
    });
    return out;
  }

  extent image_, output_, grid_, first_{0, 0};  // the first output lies at `first_` of the grid
  bool circular_ = false, fourier_ = false;
  padded_line rows_, columns_, adjoint_rows_, adjoint_columns_;
  sparse_correlation<T> correlation_, adjoint_correlation_;
  std::vector<std::complex<T>> spectrum_;
};

}  // namespace equireg::cpu
