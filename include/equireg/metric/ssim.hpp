// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::ssim`: structural similarity.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/on_host.hpp>
#include <equireg/backend/cpu/separable.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/dense_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace equireg::metric {

/// Width of SSIM's window, in pixels.
inline constexpr std::size_t ssim_window = 11;

/// clip((x + 1) / 2, 0, 1), in double on the host.
template <tensor X>
cpu::tensor<double> unit_range(const X& x) {
  cpu::tensor<double> unit = cpu::on_host(x);
  transform(unit, [](double v) { return std::min(std::max((v + 1) / 2, 0.0), 1.0); }, unit);
  return unit;
}

/// The moments of two images under SSIM's window, at all positions where it is inside the image: a Gaussian of 11 x 11
/// pixels with standard deviation 1.5, normalised; C1 = 0.01^2 and C2 = 0.03^2 for images on [0, 1].
class ssim_moments {
 public:
  /// a and b: (B, C, H, W), [0, 1], with sides of at least 11 pixels.
  ssim_moments(const cpu::tensor<double>& a, const cpu::tensor<double>& b) {
    const banded_matrix rows = window(a.shape().height), columns = window(a.shape().width);
    cpu::tensor<double> product(a.shape());
    const auto mean_of = [&](const cpu::tensor<double>& u, const cpu::tensor<double>& v) {
      transform(
          product, [](double p, double q) { return p * q; }, u, v);
      return separable(product, rows, columns);
    };
    a_ = separable(a, rows, columns);
    b_ = separable(b, rows, columns);
    aa_ = mean_of(a, a);
    bb_ = mean_of(b, b);
    ab_ = mean_of(a, b);
  }

  /// SSIM of each sample: the mean over positions and channels.
  [[nodiscard]] std::vector<double> similarity() const {
    return mean([](double a, double b, double aa, double bb, double ab) {
      return (2 * a * b + c1) / (a * a + b * b + c1) * contrast_of(a, b, aa, bb, ab);
    });
  }

  /// The factor of contrast and structure alone, without that of luminance.
  [[nodiscard]] std::vector<double> contrast() const {
    return mean([](double a, double b, double aa, double bb, double ab) { return contrast_of(a, b, aa, bb, ab); });
  }

 private:
  static constexpr double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;

  static double contrast_of(double a, double b, double aa, double bb, double ab) {
    return (2 * (ab - a * b) + c2) / (aa - a * a + bb - b * b + c2);
  }

  static banded_matrix window(std::size_t pixels) {
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
  }

  template <class F>
  [[nodiscard]] std::vector<double> mean(const F& f) const {
    std::vector<double> result = to_host(reduce(f, a_, b_, aa_, bb_, ab_));
    for (double& v : result) v /= static_cast<double>(a_.shape().sample_size());
    return result;
  }

  cpu::tensor<double> a_, b_, aa_, bb_, ab_;  // weighted means of a, b, a^2, b^2 and a b
};

/// Wang et al. 2004, IEEE TIP 13(4), in double, one number for each sample: Gaussian window of 11 x 11 pixels with
/// standard deviation 1.5, population covariance, C1 = 0.01^2, C2 = 0.03^2, mean over all positions where the window is
/// inside the image and over channels, of clip((x + 1) / 2, 0, 1). scikit-image's structural_similarity says the same
/// with gaussian_weights, sigma = 1.5, use_sample_covariance = False and data_range = 1.
///
/// x and truth: (B, C, H, W), [-1, 1]. Throws where shapes differ or a side is shorter than the window.
template <tensor X>
std::vector<double> ssim(const X& x, const X& truth) {
  const shape s = x.shape();
  require_shape(truth.shape(), s, "equireg::metric::ssim", "truth");
  require(s.height >= ssim_window && s.width >= ssim_window, "equireg::metric::ssim",
          "expected images of at least 11 x 11 pixels, but they are ", s.plane());
  return ssim_moments(unit_range(x), unit_range(truth)).similarity();
}

}  // namespace equireg::metric
