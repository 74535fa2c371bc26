// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::ssim`: structural similarity.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/separable.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/dense_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace equireg::metric {

/// Width of SSIM's window, in pixels.
inline constexpr std::size_t ssim_window = 11;

/// Wang et al. 2004, IEEE TIP 13(4), in double, one number for each sample: Gaussian window of 11 x 11 pixels with
/// standard deviation 1.5, population covariance, C1 = 0.01^2, C2 = 0.03^2, mean over all positions where the window is
/// inside the image and over channels, of clip((x + 1) / 2, 0, 1). scikit-image's structural_similarity says the same
/// with gaussian_weights, sigma = 1.5, use_sample_covariance = False and data_range = 1.
///
/// x and truth: (B, C, H, W), [-1, 1]. Throws where shapes differ or a side is shorter than the window.
template <tensor X>
std::vector<double> ssim(const X& x, const X& truth) {
  using host = cpu::tensor<double>;
  const shape s = x.shape();
  require_shape(truth.shape(), s, "equireg::metric::ssim", "truth");
  require(s.height >= ssim_window && s.width >= ssim_window, "equireg::metric::ssim",
          "expected images of at least 11 x 11 pixels, but they are ", s.plane());

  const auto window = [](std::size_t pixels) {
    double taps[ssim_window], sum = 0;
    for (std::size_t k = 0; k < ssim_window; ++k) {
      const double n = static_cast<double>(k) - 5;
      sum += taps[k] = std::exp(-n * n / (2 * 1.5 * 1.5));
    }
    dense_matrix m(pixels - ssim_window + 1, pixels);
    for (std::size_t i = 0; i < m.rows; ++i) {
      for (std::size_t k = 0; k < ssim_window; ++k) m(i, i + k) = taps[k] / sum;
    }
    return banded_matrix(m);
  };
  const banded_matrix rows = window(s.height), columns = window(s.width);

  const auto unit = [](double v) { return std::min(std::max((v + 1) / 2, 0.0), 1.0); };
  host a(s, std::span<const double>(to_host(x))), b(s, std::span<const double>(to_host(truth))), product(s);
  transform(a, unit, a);
  transform(b, unit, b);
  const auto mean_of = [&](const host& u, const host& v) {
    transform(
        product, [](double p, double q) { return p * q; }, u, v);
    return separable(product, rows, columns);
  };
  const host mean_a = separable(a, rows, columns), mean_b = separable(b, rows, columns);
  const host mean_aa = mean_of(a, a), mean_bb = mean_of(b, b), mean_ab = mean_of(a, b);
  constexpr double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
  std::vector<double> result = to_host(reduce(
      [](double ma, double mb, double aa, double bb, double ab) {
        const double luminance = (2 * ma * mb + c1) / (ma * ma + mb * mb + c1);
        const double structure = (2 * (ab - ma * mb) + c2) / (aa - ma * ma + bb - mb * mb + c2);
        return luminance * structure;
      },
      mean_a, mean_b, mean_aa, mean_bb, mean_ab));
  for (double& v : result) v /= static_cast<double>(mean_a.shape().sample_size());
  return result;
}

}  // namespace equireg::metric
