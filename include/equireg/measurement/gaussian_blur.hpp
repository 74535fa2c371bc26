// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::gaussian_blur`: convolution with a Gaussian.

#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/memo.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/symmetry.hpp>
#include <equireg/measurement/separable_map.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <tuple>
#include <vector>

namespace equireg::measurement {

/// A x = g * x in every plane, with g_n proportional to exp(-n^2 / (2 sigma^2)), |n| <= radius, sum 1, in both
/// directions. Shape of x is kept: (B, C, H, W), any size.
///
/// The kernel is cut where SciPy's gaussian_filter cuts it and the DPS family with it: radius = int(4 sigma + 0.5), at
/// most size / 2. The published "61 x 61, sigma 3" therefore has 25 x 25 numbers. Borders are reflected by default, as
/// there. Images of all sizes are accepted: what is set up for a size is shared by all operators with equal settings.
struct gaussian_blur {
  std::size_t size = 61;  ///< odd, pixels
  double sigma = 3.0;     ///< > 0, pixels
  equireg::boundary boundary = equireg::boundary::reflect;
  /// Singular values up to this (the largest is about 1) count as zero in `pseudo_inverse`: for sigma = 3 the smallest
  /// are 1e-12, so that A^+ without a cut is noise alone. 0.03 is the value of DDRM.
  double cut = 0.03;

  static constexpr symmetry symmetries = symmetry::square | symmetry::channel_permutations;

  /// g. Throws where size is even or sigma not positive.
  [[nodiscard]] std::vector<double> taps() const {
    require(size % 2 == 1 && sigma > 0 && std::isfinite(sigma), "equireg::measurement::gaussian_blur",
            "expected an odd size and sigma > 0, but size is ", size, " and sigma ", sigma);
    const double widest = static_cast<double>(size / 2);
    const auto radius = static_cast<std::ptrdiff_t>(std::min(4 * sigma + 0.5, widest));
    std::vector<double> g;
    double sum = 0;
    for (std::ptrdiff_t n = -radius; n <= radius; ++n) {
      const double t = static_cast<double>(n) / sigma;
      g.push_back(std::exp(-0.5 * t * t));
      sum += g.back();
    }
    for (double& v : g) v /= sum;
    return g;
  }

  /// The operator for one image size.
  [[nodiscard]] separable_map on(extent e) const { return {line(e.height), line(e.width)}; }

  template <class X>
  X operator()(const X& x) const {
    return on(x.shape().plane())(x);
  }
  template <class X>
  X adjoint(const X& y) const {
    return on(y.shape().plane()).adjoint(y);
  }
  /// A^+ of the modes above `cut`: A^+ A A^+ = A^+ holds, A A^+ A = A only on those modes.
  template <class X>
  X pseudo_inverse(const X& y) const {
    return on(y.shape().plane()).pseudo_inverse(y, cut);
  }
  /// argmin_u ||A u - y||^2 + rho ||u - x||^2, rho > 0.
  template <class X>
  X prox(const X& x, const X& y, double rho) const {
    return on(x.shape().plane()).prox(x, y, rho);
  }
  /// That of the separable map. Singular values up to `cut` are 0.
  [[nodiscard]] auto spectral_form(const shape& sample) const { return on(sample.plane()).spectral_form(sample, cut); }

 private:
  [[nodiscard]] std::shared_ptr<const line_operator> line(std::size_t pixels) const {
    using key = std::tuple<std::size_t, double, equireg::boundary, std::size_t>;
    static memo<key, line_operator> known;
    return known.get({size, sigma, boundary, pixels}, [&] {
      const std::vector<double> g = taps();
      const auto radius = static_cast<std::ptrdiff_t>(g.size() / 2);
      return line_operator(filter_matrix(pixels, pixels, 1, -radius, g, boundary));
    });
  }
};

}  // namespace equireg::measurement
