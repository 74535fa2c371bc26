// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::super_resolution`: what is observed is a smaller image.

#include <equireg/core/arguments.hpp>
#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/dense_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/memo.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/symmetry.hpp>
#include <equireg/measurement/separable_map.hpp>

#include <cmath>
#include <cstddef>
#include <memory>
#include <tuple>
#include <vector>

namespace equireg::measurement {

/// How an image is made smaller.
enum class downsampling {
  bicubic,  ///< Keys' cubic
  average   ///< the mean of each block
};

/// What a cubic does with weights that fall outside the image.
enum class outside {
  mirrored,  ///< they read the image mirrored with its edge repeated: MATLAB's imresize, the Resizer of the DPS family
  dropped    ///< they are left out, and the others scaled to the sum 1: Pillow, torchvision, InverseBench
};

/// Downscaling by an integer factor: (B, C, H, W) becomes (B, C, H / factor, W / factor). Throws where the factor does
/// not divide H and W.
///
/// `bicubic` is MATLAB's imresize and the Resizer of the DPS family: output i is centred at s i + (s - 1) / 2 with
/// weights k((centre - j) / s), k of Keys 1981 with a = -1/2. It commutes with flips and quarter turns. Its singular
/// values lie in [0.12, 0.25] for factor 4 in both directions, so A^+ is harmless: noise grows by at most 8.3.
/// Without antialiasing, as imresize offers it too, the weights are k(centre - j): the cubic through the four nearest
/// pixels in each direction. (PyTorch's `interpolate` without antialiasing is that with a = -3/4.)
struct super_resolution {
  std::size_t factor = 4;
  downsampling filter = downsampling::bicubic;
  bool antialias = true;               ///< of the cubic: whether it is stretched by the factor
  outside border = outside::mirrored;  ///< of the cubic
  double slope = -0.5;                 ///< a, the slope of the cubic at distance 1

  static constexpr symmetry symmetries = symmetry::square | symmetry::channel_permutations;

  /// The weights of one output pixel, sum 1, and the input pixel at which those of output 0 begin.
  struct kernel {
    std::vector<double> taps;
    std::ptrdiff_t first;
  };
  [[nodiscard]] kernel taps() const {
    require(factor > 0, name, "expected a factor >= 1, but it is 0");
    if (filter == downsampling::average) return {std::vector<double>(factor, 1 / static_cast<double>(factor)), 0};
    const double centre = (static_cast<double>(factor) - 1) / 2, s = antialias ? static_cast<double>(factor) : 1;
    kernel result{{}, static_cast<std::ptrdiff_t>(std::floor(centre - 2 * s)) + 1};
    double sum = 0;
    for (std::ptrdiff_t j = result.first; static_cast<double>(j) < centre + 2 * s; ++j) {
      result.taps.push_back(keys((centre - static_cast<double>(j)) / s));
      sum += result.taps.back();
    }
    for (double& v : result.taps) v /= sum;
    return result;
  }

  /// The operator for images of one size.
  [[nodiscard]] separable_map on(extent image) const {
    require(factor > 0 && image.height % factor == 0 && image.width % factor == 0, name, "a factor of ", factor,
            " does not divide an image of ", image);
    return {line(image.height), line(image.width)};
  }

  template <class X>
  X operator()(const X& x) const {
    return on(x.shape().plane())(x);
  }
  template <class X>
  X adjoint(const X& y) const {
    return on(enlarged(y.shape())).adjoint(y);
  }

  /// A^+ y = A^T (A A^T)^-1 y. For `average` A A^T = 1 / factor^2, and A^+ repeats each pixel.
  template <class X>
  X pseudo_inverse(const X& y) const {
    if (filter == downsampling::average) return times(adjoint(y), static_cast<double>(factor * factor));
    return on(enlarged(y.shape())).pseudo_inverse(y);
  }

  /// argmin_u ||A u - y||^2 + rho ||u - x||^2, rho > 0.
  template <class X>
  X prox(const X& x, const X& y, double rho) const {
    if (filter == downsampling::bicubic) return on(x.shape().plane()).prox(x, y, rho);
    using value_type = typename X::value_type;
    X r = (*this)(x);
    const auto step = static_cast<value_type>(1 / (1 / static_cast<double>(factor * factor) + rho));
    transform(
        r, [step](value_type w, value_type z) { return step * (w - z); }, y, r);
    X u = adjoint(r);
    add_scaled(u, 1, x);
    return u;
  }

  /// That of the separable map.
  [[nodiscard]] auto spectral_form(const shape& sample) const { return on(sample.plane()).spectral_form(sample); }

  static constexpr const char* name = "equireg::measurement::super_resolution";

 private:
  // The cubic convolution kernel of Keys.
  [[nodiscard]] double keys(double at) const {
    const double t = std::abs(at), a = slope;
    if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
    if (t <= 2) return ((t - 5) * t + 8) * a * t - 4 * a;
    return 0;
  }

  [[nodiscard]] extent enlarged(const shape& y) const { return {y.height * factor, y.width * factor}; }

  template <class X>
  static X times(X x, double c) {
    using value_type = typename X::value_type;
    transform(
        x, [a = static_cast<value_type>(c)](value_type v) { return a * v; }, x);
    return x;
  }

  [[nodiscard]] std::shared_ptr<const line_operator> line(std::size_t pixels) const {
    using key = std::tuple<std::size_t, downsampling, bool, outside, double, std::size_t>;
    static memo<key, line_operator> known;
    return known.get({factor, filter, antialias, border, slope, pixels}, [&] {
      const kernel k = taps();
      if (filter == downsampling::bicubic && border == outside::dropped) return line_operator(truncated(k, pixels));
      return line_operator(filter_matrix(pixels / factor, pixels, factor, k.first, k.taps, boundary::symmetric));
    });
  }

  // Rows of the weights that fall inside, each with the sum 1.
  [[nodiscard]] banded_matrix truncated(const kernel& k, std::size_t pixels) const {
    dense_matrix m(pixels / factor, pixels);
    for (std::size_t i = 0; i < m.rows; ++i) {
      const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(i * factor) + k.first;
      double sum = 0;
      for (std::size_t t = 0; t < k.taps.size(); ++t) {
        const std::ptrdiff_t j = first + static_cast<std::ptrdiff_t>(t);
        if (j < 0 || j >= static_cast<std::ptrdiff_t>(pixels)) continue;
        m(i, static_cast<std::size_t>(j)) = k.taps[t];
        sum += k.taps[t];
      }
      for (std::size_t j = 0; j < pixels; ++j) m(i, j) /= sum;
    }
    return banded_matrix(m);
  }
};

}  // namespace equireg::measurement
