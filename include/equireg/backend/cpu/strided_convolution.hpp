// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `convolve_strided` and its adjoint: a convolution of which every s-th row and column is kept.

#include <equireg/backend/cpu/padded_line.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/sparse_correlation.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/filter_kernel.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

namespace equireg::cpu {

/// A kernel made ready for planes of one size, one border and one stride. Only outputs that are kept are summed.
///
/// The adjoint sends y to every place of the padded plane: those at (s m + p, s n + q) take the weights (s a + p,
/// s b + q) alone, so that there are s^2 small correlations of y, which are then put together and folded at borders.
template <class T>
class strided_convolution_plan {
 public:
  /// The stride divides the image's extents.
  strided_convolution_plan(const filter_kernel& kernel, extent image, boundary rule, std::size_t stride)
      : image_(image), low_{image.height / stride, image.width / stride}, stride_(stride) {
    const dense_matrix w = kernel.flipped().weights();
    const auto line = [&](std::size_t outputs, std::size_t weights, std::ptrdiff_t centre, std::size_t pixels) {
      const std::size_t places = stride * (outputs - 1) + weights;
      return padded_line(places, centre + 1 - static_cast<std::ptrdiff_t>(weights), pixels, rule);
    };
    rows_ = line(low_.height, w.rows, kernel.centre_row(), image.height);
    columns_ = line(low_.width, w.columns, kernel.centre_column(), image.width);
    forward_ = {w, low_, stride};
    weights_ = {(w.rows + stride - 1) / stride, (w.columns + stride - 1) / stride};
    full_ = {low_.height + weights_.height - 1, low_.width + weights_.width - 1};
    for (std::size_t p = 0; p < stride; ++p) {
      for (std::size_t q = 0; q < stride; ++q) {
        dense_matrix part(weights_.height, weights_.width);  // flipped
        for (std::size_t a = 0; stride * a + p < w.rows; ++a) {
          for (std::size_t b = 0; stride * b + q < w.columns; ++b) {
            part(weights_.height - 1 - a, weights_.width - 1 - b) = w(stride * a + p, stride * b + q);
          }
        }
        parts_.emplace_back(part, full_);
      }
    }
  }

  [[nodiscard]] tensor<T> forward(const tensor<T>& x) const {
    const equireg::shape s = x.shape();
    const std::size_t planes = s.batch * s.channels;
    std::vector<T, pool_allocator<T>> padded(planes * forward_.input_size());
    parallel_for(planes * rows_.size(), forward_.input_stride() * 2, [&](std::size_t line) {
      const std::size_t plane = line / rows_.size(), row = line % rows_.size();
      const T* const from = x.data() + (plane * s.height + rows_.pixel_at(row)) * s.width;
      T* const to = padded.data() + line * forward_.input_stride();
      std::fill_n(to, forward_.input_stride(), T(0));
      for (std::size_t phase = 0; phase < stride_; ++phase) {
        T* const run = to + forward_.column(phase);
        for (std::size_t q = phase, k = 0; q < columns_.size(); q += stride_, ++k) run[k] = from[columns_.pixel_at(q)];
      }
    });
    tensor<T> out(s.with_plane(low_));
    forward_.run(padded.data(), out.data(), planes);
    return out;
  }

  [[nodiscard]] tensor<T> adjoint(const tensor<T>& y) const {
    const equireg::shape s = y.shape();
    const std::size_t planes = s.batch * s.channels;
    const auto padded = framed(y, parts_[0], weights_.height - 1, weights_.width - 1);  // all parts read the same
    const std::size_t full = full_.height * full_.width;
    std::vector<T, pool_allocator<T>> sums(parts_.size() * planes * full);
    for (std::size_t k = 0; k < parts_.size(); ++k) {
      parts_[k].run(padded.data(), sums.data() + k * planes * full, planes);
    }
    tensor<T> out(s.with_plane(image_));
    parallel_for(planes * image_.height, 4 * columns_.size(), [&](std::size_t line) {
      T* const to = out.data() + line * image_.width;
      std::fill_n(to, image_.width, T(0));
      for (const std::size_t p : rows_.places_of(line % image_.height)) {
        for (std::size_t phase = 0; phase < stride_; ++phase) {
          const std::size_t part = p % stride_ * stride_ + phase;
          const T* const from = sums.data() + (part * planes + line / image_.height) * full + p / stride_ * full_.width;
          for (std::size_t q = phase, k = 0; q < columns_.size(); q += stride_, ++k)
            to[columns_.pixel_at(q)] += from[k];
        }
      }
    });
    return out;
  }

 private:
  extent image_, low_, weights_, full_;  // weights_: of one part; full_: what one part sums
  std::size_t stride_;
  padded_line rows_, columns_;
  sparse_correlation<T> forward_;
  std::vector<sparse_correlation<T>> parts_;
};

namespace detail {

template <class T>
std::shared_ptr<const strided_convolution_plan<T>> strided_plan(const filter_kernel& kernel, extent image,
                                                                boundary rule, std::size_t stride) {
  require(stride > 0 && image.height > 0 && image.width > 0 && image.height % stride == 0 && image.width % stride == 0,
          "equireg::convolve_strided", "a stride of ", stride, " does not divide planes of ", image);
  return kernel.prepared<strided_convolution_plan<T>>(
      {image.height, image.width, static_cast<std::size_t>(rule), stride},
      [&] { return strided_convolution_plan<T>(kernel, image, rule, stride); });
}

}  // namespace detail

/// (kernel * x)[s i, s j] in every plane: (B, C, H, W) becomes (B, C, H / s, W / s). Weight by weight, without those
/// that are 0. Throws where the stride does not divide H and W.
template <class T>
tensor<T> convolve_strided(const tensor<T>& x, const filter_kernel& kernel, boundary rule, std::size_t stride) {
  return detail::strided_plan<T>(kernel, x.shape().plane(), rule, stride)->forward(x);
}

/// The transpose of `convolve_strided` as a matrix: (B, C, H, W) becomes (B, C, s H, s W).
template <class T>
tensor<T> convolve_strided_adjoint(const tensor<T>& y, const filter_kernel& kernel, boundary rule, std::size_t stride) {
  const extent image{y.shape().height * stride, y.shape().width * stride};
  return detail::strided_plan<T>(kernel, image, rule, stride)->adjoint(y);
}

}  // namespace equireg::cpu
