// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::spatially_varying_blur`: a blur whose kernel changes over the image.

#include <equireg/core/arguments.hpp>
#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/filter_kernel.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/blur.hpp>

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

/// A x = sum_l m_l (k_l * x), or with `weighing::before` sum_l k_l * (m_l x). Linear; each is the other's adjoint with
/// adjoint kernels. The shape is kept, (B, C, H, W) with the plane of the weights. Copies share kernels and weights.
template <tensor X>
class spatially_varying_blur {
 public:
  using value_type = typename X::value_type;

  /// One kernel for each weight (1, 1, H, W). Throws where their numbers or the weights' shapes differ.
  spatially_varying_blur(const std::vector<filter_kernel>& kernels, std::vector<X> weights,
                         boundary rule = boundary::reflect, weighing order = weighing::after)
      : order_(order) {
    require(!weights.empty() && kernels.size() == weights.size(), name,
            "expected as many kernels as weights and at least one, but there are ", kernels.size(), " and ",
            weights.size());
    plane_ = weights[0].shape().plane();
    for (const X& m : weights) require_shape(m.shape(), {1, 1, plane_.height, plane_.width}, name, "a weight");
    for (const filter_kernel& k : kernels) blurs_.push_back({.kernel = k, .boundary = rule});
    weights_ = std::make_shared<const std::vector<X>>(std::move(weights));
  }

  X operator()(const X& x) const {
    return order_ == weighing::after ? sum_of_weighed(x, [](const blur& b, const X& v) { return b(v); })
                                     : sum_of_blurred(x, [](const blur& b, const X& v) { return b(v); });
  }
  X adjoint(const X& y) const {
    return order_ == weighing::after ? sum_of_blurred(y, [](const blur& b, const X& v) { return b.adjoint(v); })
                                     : sum_of_weighed(y, [](const blur& b, const X& v) { return b.adjoint(v); });
  }

  static constexpr const char* name = "equireg::measurement::spatially_varying_blur";

 private:
  // sum_l m_l B_l x.
  template <class B>
  X sum_of_weighed(const X& x, const B& apply) const {
    check(x);
    X sum = apply(blurs_[0], x);
    transform(
        sum, [](value_type m, value_type v) { return m * v; }, broadcast{(*weights_)[0]}, sum);
    for (std::size_t l = 1; l < blurs_.size(); ++l) {
      const X v = apply(blurs_[l], x);
      transform(
          sum, [](value_type s, value_type m, value_type u) { return s + m * u; }, sum, broadcast{(*weights_)[l]}, v);
    }
    return sum;
  }

  // sum_l B_l (m_l x).
  template <class B>
  X sum_of_blurred(const X& x, const B& apply) const {
    check(x);
    X sum(x.shape());
    for (std::size_t l = 0; l < blurs_.size(); ++l) {
      X v(x.shape());
      transform(
          v, [](value_type m, value_type u) { return m * u; }, broadcast{(*weights_)[l]}, x);
      v = apply(blurs_[l], v);
      if (l == 0) {
        sum = std::move(v);
      } else {
        add_scaled(sum, 1, v);
      }
    }
    return sum;
  }

  void check(const X& x) const {
    require(x.shape().plane() == plane_, name, "the weights are for images of ", plane_, ", but x has shape ",
            x.shape());
  }

  std::vector<blur> blurs_;
  std::shared_ptr<const std::vector<X>> weights_;
  extent plane_;
  weighing order_;
};

}  // namespace equireg::measurement
