// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::multiscale_ssim`: structural similarity over five scales.

#include <equireg/backend/cpu/on_host.hpp>
#include <equireg/backend/cpu/separable.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/metric/ssim.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace equireg::metric {

/// The exponents of the five scales, the finest first: Wang, Simoncelli and Bovik 2003, Asilomar, section 3.2.
inline constexpr std::array<double, 5> multiscale_ssim_weights = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

/// Pixels that the shorter side of an image needs at least: the window fits after four halvings.
inline constexpr std::size_t multiscale_ssim_least = ssim_window << (multiscale_ssim_weights.size() - 1);

/// The product over scales j of mean(contrast_j)^w_j, with the whole SSIM at the coarsest, one number for each sample:
/// the mean over channels of clip((x + 1) / 2, 0, 1). Between scales 2 x 2 pixels are averaged; the last row or column
/// of an odd number is dropped. Window, constants and borders are those of `ssim`. A mean below 0 counts as 0.
///
/// Published codes differ: some pad an odd side with zeros before they average, some take the means over all channels
/// before they multiply.
///
/// x and truth: (B, C, H, W), [-1, 1]. Throws where shapes differ or a side is shorter than 176 pixels.
template <tensor X>
std::vector<double> multiscale_ssim(const X& x, const X& truth) {
  constexpr const char* where = "equireg::metric::multiscale_ssim";
  const shape s = x.shape();
  require_shape(truth.shape(), s, where, "truth");
  require(s.height >= multiscale_ssim_least && s.width >= multiscale_ssim_least, where, "expected images of at least ",
          multiscale_ssim_least, " x ", multiscale_ssim_least, " pixels, but they are ", s.plane());

  // y_i = (x_2i + x_2i+1) / 2.
  const auto halving = [](std::size_t pixels) {
    return filter_matrix(pixels / 2, pixels, 2, 0, std::array{0.5, 0.5}, boundary::symmetric);
  };
  // Every channel is a sample of its own until the end.
  const std::size_t planes = s.batch * s.channels;
  auto a = unit_range(x).reshaped({planes, 1, s.height, s.width});
  auto b = unit_range(truth).reshaped({planes, 1, s.height, s.width});
  std::vector<double> products(planes, 1.0);
  for (std::size_t j = 0; j < multiscale_ssim_weights.size(); ++j) {
    if (j > 0) {
      const banded_matrix rows = halving(a.shape().height), columns = halving(a.shape().width);
      a = separable(a, rows, columns);
      b = separable(b, rows, columns);
    }
    const ssim_moments moments(a, b);
    const std::vector<double> means =
        j + 1 == multiscale_ssim_weights.size() ? moments.similarity() : moments.contrast();
    for (std::size_t p = 0; p < planes; ++p) {
      products[p] *= std::pow(std::max(means[p], 0.0), multiscale_ssim_weights[j]);
    }
  }
  std::vector<double> result(s.batch);
  for (std::size_t p = 0; p < planes; ++p) result[p / s.channels] += products[p] / static_cast<double>(s.channels);
  return result;
}

}  // namespace equireg::metric
