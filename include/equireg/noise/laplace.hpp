// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `noise::laplace`: noise with exponential tails.

#include <equireg/backend/cpu/indexed.hpp>  // transform_indexed for host tensors
#include <equireg/core/config.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/random.hpp>
#include <equireg/noise/noise_model.hpp>
#include <equireg/noise/stream.hpp>

#include <cmath>
#include <cstddef>
#include <numbers>

namespace equireg::noise {

/// size sign(w - v), for an element w of y. Arithmetic on comparisons vectorises, a choice of numbers does not.
template <class T>
struct laplace_slope {
  T size;

  EQUIREG_HOST_DEVICE T operator()(T v, T w) const {
    return size * static_cast<T>(static_cast<int>(w > v) - static_cast<int>(w < v));
  }
};

/// y = z + scale l, where l has density exp(-|l|) / 2; z = A(x). E[y] = z, var[y] = 2 scale^2.
///
/// `scale` is in the units of y: on [-1, 1] it is twice that on [0, 1]. The default has the standard deviation 0.05.
struct laplace {
  double scale = 0.05 / std::numbers::sqrt2;  ///< > 0

  /// All entries weigh the same in sum_i w_i (y_i - z_i)^2, which is not this noise's likelihood.
  static constexpr bool weighted = false;

  /// z + scale l, with the numbers at `address`. Throws where scale is not positive.
  template <class Y>
  Y sample(const Y& z, const noise_address& address) const {
    using value_type = typename Y::value_type;
    check();
    Y y(z.shape());
    transform_indexed(
        y,
        [&, s = scale](std::size_t b, std::size_t i, value_type v) {
          const double u = open_uniform(address, b, i);  // the inverse of the distribution function
          return static_cast<value_type>(v + s * (u < 0.5 ? std::log(2 * u) : -std::log(2 * (1 - u))));
        },
        z);
    return y;
  }

  /// log p(y | z) of each sample, (B, 1, 1, 1): -||y - z||_1 / scale - d log(2 scale).
  template <class Y>
  Y log_likelihood(const Y& z, const Y& y) const {
    check();
    const double constant = -static_cast<double>(y.shape().sample_size()) * std::log(2 * scale);
    const double factor = -1 / scale;
    const auto [v, w] = entries<2>;
    Y value = reduce(abs(w - v), z, y);
    transform(value, constant + factor * v, value);
    return value;
  }

  /// d log p(y | z) / dz = sign(y - z) / scale, and 0 where y = z, the middle of the subgradients; shape of z.
  template <class Y>
  Y log_likelihood_gradient(const Y& z, const Y& y) const {
    check();
    using value_type = typename Y::value_type;
    Y gradient(z.shape());
    transform(gradient, laplace_slope<value_type>{static_cast<value_type>(1 / scale)}, z, y);
    return gradient;
  }

  /// 1 / (2 scale^2), the inverse variance of each entry, shape of y.
  template <class Y>
  Y weights(const Y& y) const {
    check();
    Y w(y.shape());
    fill(w, static_cast<typename Y::value_type>(0.5 / (scale * scale)));
    return w;
  }

 private:
  void check() const {
    require(scale > 0 && std::isfinite(scale), "equireg::noise::laplace", "expected a scale > 0, but it is ", scale);
  }
};

static_assert(check_noise_model<laplace, cpu::tensor<float>>() && check_weighted_square<laplace, cpu::tensor<float>>());

}  // namespace equireg::noise
