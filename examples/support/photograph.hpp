// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief A prior for photographs of any size that needs no training: what their average power spectrum says.

#include <equireg/core/shape.hpp>
#include <equireg/score/covariance/spectrum.hpp>
#include <equireg/score/gaussian.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace support {

namespace eq = equireg;

using photograph_prior_type = eq::score::gaussian<eq::score::covariance::spectrum<float>>;

/// A stationary Gaussian of images (1, C, H, W) on [-1, 1]: mean 0, and a power that falls as frequency^-2, as that of
/// photographs does (Field 1987, J. Opt. Soc. Am. A 4, 2379). Each pixel has the standard deviation `deviation`, and
/// channels are independent. It knows nothing of edges or objects: restored images look filtered.
inline photograph_prior_type photograph_prior(const eq::shape& image, double deviation = 0.5) {
  eq::cpu::tensor<float> variances(image.with_batch(1)), mean(image.with_batch(1), 0.0F);
  const auto cycles = [](std::size_t k, std::size_t n) {  // per pixel
    return static_cast<double>(std::min(k, n - k)) / static_cast<double>(n);
  };
  const double lowest = 1 / static_cast<double>(std::max(image.height, image.width));
  double sum = 0;
  const auto power = [&](std::size_t i, std::size_t j) {
    const double f = std::max(lowest / 2, std::hypot(cycles(i, image.height), cycles(j, image.width)));
    return 1 / (f * f);
  };
  for (std::size_t i = 0; i < image.height; ++i) {
    for (std::size_t j = 0; j < image.width; ++j) sum += power(i, j);
  }
  const double scale = deviation * deviation * static_cast<double>(image.height * image.width) / sum;
  for (std::size_t c = 0; c < image.channels; ++c) {
    for (std::size_t i = 0; i < image.height; ++i) {
      for (std::size_t j = 0; j < image.width; ++j) {
        variances(0, c, i, j) = static_cast<float>(scale * power(i, j));
      }
    }
  }
  return {std::move(mean), eq::score::covariance::spectrum<float>(std::move(variances))};
}

}  // namespace support
