// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `noise::gaussian`: white measurement noise.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/random.hpp>
#include <equireg/noise/noise_model.hpp>

#include <cmath>
#include <numbers>

namespace equireg::noise {

/// y = z + sigma eps, eps ~ N(0, I); z = A(x).
///
/// `sigma` is in the units of y. For images on [-1, 1] the usual 0.05 is 0.025 on [0, 1].
struct gaussian {
  double sigma = 0.05;

  static constexpr const char* name = "equireg::noise::gaussian";

  /// All entries weigh the same in sum_i w_i (y_i - z_i)^2.
  static constexpr bool weighted = false;

  /// z + sigma eps, with the numbers at `address`. Throws where sigma is negative or no number.
  template <class Y>
  Y sample(const Y& z, const noise_address& address) const {
    require(sigma >= 0 && std::isfinite(sigma), name, "expected a sigma >= 0, but it is ", sigma);
    Y y(z.shape());
    const auto [v, eps] = entries<2>;
    transform(y, v + sigma * eps, z, normal_noise{address});
    return y;
  }

  /// log p(y | z) of each sample, (B, 1, 1, 1): -||y - z||^2 / (2 sigma^2) - (d / 2) log(2 pi sigma^2). This, its
  /// gradient and the weights throw where sigma is not positive.
  template <class Y>
  Y log_likelihood(const Y& z, const Y& y) const {
    check_positive();
    const double d = static_cast<double>(y.shape().sample_size());
    const double constant = -0.5 * d * std::log(2 * std::numbers::pi * sigma * sigma);
    const double factor = -0.5 / (sigma * sigma);
    const auto [v, w] = entries<2>;
    Y value = reduce(square(w - v), z, y);
    transform(value, constant + factor * v, value);
    return value;
  }

  /// d log p(y | z) / dz = (y - z) / sigma^2, shape of z.
  template <class Y>
  Y log_likelihood_gradient(const Y& z, const Y& y) const {
    check_positive();
    Y gradient(z.shape());
    const auto [v, w] = entries<2>;
    transform(gradient, 1 / (sigma * sigma) * (w - v), z, y);
    return gradient;
  }

  /// 1 / sigma^2, the inverse variance of each entry, shape of y.
  template <class Y>
  Y weights(const Y& y) const {
    check_positive();
    Y w(y.shape());
    fill(w, static_cast<typename Y::value_type>(1 / (sigma * sigma)));
    return w;
  }

 private:
  void check_positive() const {
    require(sigma > 0 && std::isfinite(sigma), name, "expected a sigma > 0, but it is ", sigma);
  }
};

static_assert(check_noise_model<gaussian, cpu::tensor<float>>() &&
              check_weighted_square<gaussian, cpu::tensor<float>>());

}  // namespace equireg::noise
