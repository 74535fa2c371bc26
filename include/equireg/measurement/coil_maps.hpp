// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::synthetic_coil_maps`: smooth sensitivities for examples and tests of `mri`.

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>

#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

namespace equireg::measurement {

/// Where the coils stand, with the image on [-1, 1] x [-1, 1].
struct coil_settings {
  double distance = 1.2;  ///< of each coil from the centre
  double width = 0.8;     ///< standard deviation of its Gaussian sensitivity
};

/// Coils on a circle about the image, (1, 2 J, H, W): Gaussian sensitivities with phases that vary linearly, scaled so
/// that sum_j |S_j|^2 = 1 at every pixel. Measured maps are as smooth; they come from calibration (ESPIRiT), not from
/// here. Throws unless there is a coil, and distance >= 0, width > 0.
template <class X = cpu::tensor<float>>
X synthetic_coil_maps(const shape& image, std::size_t coils, const coil_settings& settings = {}) {
  require(coils > 0 && settings.distance >= 0 && settings.width > 0, "equireg::measurement::synthetic_coil_maps",
          "expected a coil or more, a distance >= 0 and a width > 0, but got ", coils, ", ", settings.distance, ", ",
          settings.width);
  using value_type = typename X::value_type;
  const std::size_t size = image.height * image.width;
  std::vector<value_type> values(2 * coils * size);
  std::vector<double> magnitude(coils), phase(coils);
  for (std::size_t i = 0; i < size; ++i) {
    const auto place = [](std::size_t k, std::size_t n) {
      return (2.0 * static_cast<double>(k) + 1.0) / static_cast<double>(n) - 1.0;
    };
    const double v = place(i / image.width, image.height), h = place(i % image.width, image.width);
    double sum = 0;
    for (std::size_t j = 0; j < coils; ++j) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(j) / static_cast<double>(coils);
      const double c = std::cos(angle), s = std::sin(angle);
      const double down = v - settings.distance * s, across = h - settings.distance * c;
      magnitude[j] = std::exp(-(down * down + across * across) / (2 * settings.width * settings.width));
      phase[j] = angle + std::numbers::pi / 2 * (c * v - s * h);
      sum += magnitude[j] * magnitude[j];
    }
    for (std::size_t j = 0; j < coils; ++j) {
      const double size_of = magnitude[j] / std::sqrt(sum);
      values[2 * j * size + i] = static_cast<value_type>(size_of * std::cos(phase[j]));
      values[(2 * j + 1) * size + i] = static_cast<value_type>(size_of * std::sin(phase[j]));
    }
  }
  return X({1, 2 * coils, image.height, image.width}, std::span<const value_type>(values));
}

}  // namespace equireg::measurement
