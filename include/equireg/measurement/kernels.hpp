// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Kernels for `blur`: a Gaussian, a turned one, and a box; `motion_kernel.hpp` has one more.
///
/// All sum to 1 and hold their support alone. Lengths are in pixels.

#include <equireg/core/dense_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/filter_kernel.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace equireg::measurement {

struct anisotropic_gaussian {
  double sigma_along = 20;  ///< > 0: standard deviation along the direction of `angle`
  double sigma_across = 1;  ///< > 0: and at right angles to it
  double angle = 0;         ///< radians, counter-clockwise from the rows' direction, rows growing downwards
  std::size_t size = 0;     ///< odd: the kernel is cut to size x size; 0: where both are cut at 4 standard deviations
};

/// exp(-(u / sigma_along)^2 / 2 - (v / sigma_across)^2 / 2) at the pixels, with u along the angle and v across. The
/// defaults with size 9 are DDRM's anisotropic deblurring. Throws where size is even (but 0) or a sigma not positive.
inline filter_kernel gaussian_kernel(const anisotropic_gaussian& g) {
  constexpr const char* name = "equireg::measurement::gaussian_kernel";
  const double widest = std::max(g.sigma_along, g.sigma_across);
  require(g.sigma_along > 0 && g.sigma_across > 0 && std::isfinite(widest) && std::isfinite(g.angle), name,
          "expected sigmas > 0 and an angle, but they are ", g.sigma_along, ", ", g.sigma_across, " and ", g.angle);
  require(g.size == 0 || g.size % 2 == 1, name, "expected an odd size or 0, but it is ", g.size);
  const auto enough = static_cast<std::size_t>(4 * widest + 0.5);
  const std::size_t radius = g.size == 0 ? enough : std::min(enough, g.size / 2);
  const double c = std::cos(g.angle), s = std::sin(g.angle);
  dense_matrix w(2 * radius + 1, 2 * radius + 1);
  for (std::size_t i = 0; i < w.rows; ++i) {
    for (std::size_t j = 0; j < w.columns; ++j) {
      const double right = static_cast<double>(j) - static_cast<double>(radius);
      const double up = static_cast<double>(radius) - static_cast<double>(i);
      const double u = (c * right + s * up) / g.sigma_along, v = (c * up - s * right) / g.sigma_across;
      w(i, j) = std::exp(-0.5 * (u * u + v * v));
    }
  }
  return filter_kernel(w).normalized().cropped();
}

/// The isotropic one, with the numbers of `gaussian_blur`: cut at int(4 sigma + 0.5), at most size / 2.
inline filter_kernel gaussian_kernel(double sigma, std::size_t size = 0) {
  return gaussian_kernel({.sigma_along = sigma, .sigma_across = sigma, .angle = 0, .size = size});
}

/// The mean over height x width pixels. Throws where one of them is 0.
inline filter_kernel box_kernel(std::size_t height, std::size_t width) {
  require(height > 0 && width > 0, "equireg::measurement::box_kernel",
          "expected a box of at least one pixel, but it is ", extent{height, width});
  dense_matrix w(height, width);
  std::fill(w.values.begin(), w.values.end(), 1 / static_cast<double>(height * width));
  return filter_kernel(w);
}

}  // namespace equireg::measurement
