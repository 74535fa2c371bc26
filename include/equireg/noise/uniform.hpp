// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `noise::uniform`: bounded noise, as rounding makes it.

#include <equireg/backend/cpu/indexed.hpp>  // transform_indexed for host tensors
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/random.hpp>
#include <equireg/noise/noise_model.hpp>
#include <equireg/noise/stream.hpp>

#include <cmath>
#include <cstddef>
#include <limits>

namespace equireg::noise {

/// y = z + u, u uniform on (-half_width, half_width); z = A(x). E[y] = z, var[y] = half_width^2 / 3.
///
/// `half_width` is in the units of y. Rounding to 8 bits on [-1, 1] is about half_width = 1 / 255.
struct uniform {
  double half_width = 0.05;  ///< > 0

  /// All entries weigh the same in sum_i w_i (y_i - z_i)^2, which is not this noise's likelihood.
  static constexpr bool weighted = false;

  /// The gradient of the likelihood is zero wherever it exists.
  static constexpr bool flat = true;

  /// z + u, with the numbers at `address`. Throws where half_width is not positive.
  template <class Y>
  Y sample(const Y& z, const noise_address& address) const {
    using value_type = typename Y::value_type;
    check();
    Y y(z.shape());
    transform_indexed(
        y,
        [&, a = half_width](std::size_t b, std::size_t i, value_type v) {
          return static_cast<value_type>(v + a * (2 * open_uniform(address, b, i) - 1));
        },
        z);
    return y;
  }

  /// log p(y | z) of each sample, (B, 1, 1, 1): -d log(2 half_width) where every |y_i - z_i| <= half_width, and minus
  /// infinity elsewhere. The edge is taken with four roundings of y, z and half_width to spare.
  template <class Y>
  Y log_likelihood(const Y& z, const Y& y) const {
    using limits = std::numeric_limits<typename Y::value_type>;
    check();
    const double inside = -std::log(2 * half_width);
    const auto [v, w] = entries<2>;
    const auto spare = 4 * limits::epsilon() * (abs(v) + abs(w) + half_width);
    return reduce(select(abs(w - v) <= half_width + spare, inside, -limits::infinity()), z, y);
  }

  /// 0, shape of z: the likelihood says whether z is possible, and nothing about where to go.
  template <class Y>
  Y log_likelihood_gradient(const Y& z, const Y& y) const {
    check();
    require_shape(y.shape(), z.shape(), "equireg::noise::uniform", "y");
    Y gradient(z.shape());
    fill(gradient, 0);
    return gradient;
  }

  /// 3 / half_width^2, the inverse variance of each entry, shape of y.
  template <class Y>
  Y weights(const Y& y) const {
    check();
    Y w(y.shape());
    fill(w, static_cast<typename Y::value_type>(3 / (half_width * half_width)));
    return w;
  }

 private:
  void check() const {
    require(half_width > 0 && std::isfinite(half_width), "equireg::noise::uniform",
            "expected a half_width > 0, but it is ", half_width);
  }
};

static_assert(check_noise_model<uniform, cpu::tensor<float>>() && check_weighted_square<uniform, cpu::tensor<float>>());

}  // namespace equireg::noise
