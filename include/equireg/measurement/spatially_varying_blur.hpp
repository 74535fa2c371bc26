// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::spatially_varying_blur`: a blur whose kernel changes over the image.

#include <equireg/backend/cpu/convolution.hpp>  // the verbs for host tensors
#include <equireg/backend/cpu/windows.hpp>
#include <equireg/core/arguments.hpp>
#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/filter_kernel.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// Bilinear weights for a grid of kernels that stand at equal distances from the first to the last row and column: they
/// sum to 1 at every pixel. Returns (1, 1, H, W) for each kernel, row by row. Throws where the grid is empty or finer
/// than the image.
template <tensor X>
std::vector<X> bilinear_weights(extent image, extent grid) {
  require(grid.height > 0 && grid.width > 0 && grid.height <= image.height && grid.width <= image.width,
          "equireg::measurement::bilinear_weights", "a grid of ", grid, " kernels does not fit an image of ", image);
  using value_type = typename X::value_type;
  const auto hat = [](std::size_t node, std::size_t nodes, std::size_t pixel, std::size_t pixels) {
    if (nodes == 1) return 1.0;
    const double at = static_cast<double>(pixel) * static_cast<double>(nodes - 1) / static_cast<double>(pixels - 1);
    return std::max(0.0, 1 - std::abs(at - static_cast<double>(node)));
  };
  std::vector<X> weights;
  for (std::size_t a = 0; a < grid.height; ++a) {
    for (std::size_t b = 0; b < grid.width; ++b) {
      std::vector<value_type> values;
      values.reserve(image.height * image.width);
      for (std::size_t i = 0; i < image.height; ++i) {
        const double row = hat(a, grid.height, i, image.height);
        for (std::size_t j = 0; j < image.width; ++j) {
          values.push_back(static_cast<value_type>(row * hat(b, grid.width, j, image.width)));
        }
      }
      weights.push_back(X({1, 1, image.height, image.width}, std::span<const value_type>(values)));
    }
  }
  return weights;
}

/// Where the weights stand: those of the pixels that are seen, or of the pixels that send light.
enum class weighing { after, before };

/// A x = sum_l m_l (k_l * x), or with `weighing::before` sum_l k_l * (m_l x). Linear. The shape is kept, (B, C, H, W)
/// with the plane of the weights. Copies share kernels and weights.
///
/// Only what a weight reaches is convolved: with bilinear weights a finer grid of kernels costs little more.
template <tensor X>
class spatially_varying_blur {
 public:
  using value_type = typename X::value_type;

  /// One kernel for each weight (1, 1, H, W). Throws where their numbers or the weights' shapes differ.
  spatially_varying_blur(const std::vector<filter_kernel>& kernels, const std::vector<X>& weights,
                         boundary rule = boundary::reflect, weighing order = weighing::after)
      : rule_(rule), order_(order) {
    require(!weights.empty() && kernels.size() == weights.size(), name,
            "expected as many kernels as weights and at least one, but there are ", kernels.size(), " and ",
            weights.size());
    plane_ = weights[0].shape().plane();
    std::vector<part> parts;
    for (std::size_t l = 0; l < kernels.size(); ++l) {
      require_shape(weights[l].shape(), {1, 1, plane_.height, plane_.width}, name, "a weight");
      const window w = window_of_nonzeros(weights[l]);
      parts.push_back({kernels[l], crop(weights[l], w), w, order == weighing::after ? w : reached(w, kernels[l])});
    }
    parts_ = std::make_shared<const std::vector<part>>(std::move(parts));
  }

  X operator()(const X& x) const {
    check(x);
    X sum = zeros(x.shape());
    for (const part& p : *parts_) {
      if (order_ == weighing::after) {
        add_at(sum, p.output, times(p.weight, convolve_window(x, p.kernel, rule_, p.output)));
      } else {
        X lit = zeros(x.shape());
        add_at(lit, p.weighed, times(p.weight, crop(x, p.weighed)));
        add_at(sum, p.output, convolve_window(lit, p.kernel, rule_, p.output));
      }
    }
    return sum;
  }

  X adjoint(const X& y) const {
    check(y);
    X sum = zeros(y.shape());
    for (const part& p : *parts_) {
      if (order_ == weighing::after) {
        add_scaled(sum, 1, back(p, times(p.weight, crop(y, p.output))));
      } else {
        add_at(sum, p.weighed, times(p.weight, crop(back(p, crop(y, p.output)), p.weighed)));
      }
    }
    return sum;
  }

  static constexpr const char* name = "equireg::measurement::spatially_varying_blur";

 private:
  struct part {
    filter_kernel kernel;
    X weight;        // in the window where it is not 0
    window weighed;  // that window
    window output;   // what is convolved
  };

  static X zeros(const shape& s) {
    X x(s);
    fill(x, 0);
    return x;
  }

  static X times(const X& weight, X x) {
    transform(
        x, [](value_type m, value_type v) { return m * v; }, broadcast{weight}, x);
    return x;
  }

  X back(const part& p, const X& y) const { return convolve_window_adjoint(y, p.kernel, rule_, p.output, plane_); }

  // Where the light of a window comes to. Borders that mirror bring a pixel nearer; a circular one takes it to the
  // other side.
  [[nodiscard]] window reached(const window& w, const filter_kernel& kernel) const {
    const auto along = [&](std::size_t first, std::size_t count, std::size_t pixels, std::ptrdiff_t centre,
                           std::size_t weights) {
      const auto reach = static_cast<std::size_t>(
          std::max(std::abs(centre), std::abs(static_cast<std::ptrdiff_t>(weights) - 1 - centre)));
      const bool over = first < reach || first + count + reach > pixels;
      if (over && rule_ == boundary::circular) return std::pair{std::size_t{0}, pixels};
      const std::size_t begin = first < reach ? 0 : first - reach, end = std::min(first + count + reach, pixels);
      return std::pair{begin, end - begin};
    };
    const auto [top, height] = along(w.top, w.size.height, plane_.height, kernel.centre_row(), kernel.size().height);
    const auto [left, width] = along(w.left, w.size.width, plane_.width, kernel.centre_column(), kernel.size().width);
    return {top, left, {height, width}};
  }

  void check(const X& x) const {
    require(x.shape().plane() == plane_, name, "the weights are for images of ", plane_, ", but x has shape ",
            x.shape());
  }

  std::shared_ptr<const std::vector<part>> parts_;
  extent plane_;
  boundary rule_;
  weighing order_;
};

}  // namespace equireg::measurement
