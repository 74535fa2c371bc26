// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `noise::gamma`: multiplicative speckle, as coherent light, radar and ultrasound have it.

#include <equireg/backend/cpu/indexed.hpp>  // transform_indexed for host tensors
#include <equireg/core/config.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/random.hpp>
#include <equireg/noise/gamma_draw.hpp>
#include <equireg/noise/log_factorial.hpp>
#include <equireg/noise/noise_model.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace equireg::noise {

/// log p(w | v) of one element of `gamma`, by the tangent for intensities of v below `least`.
struct gamma_log_density {
  double looks, offset, least, constant;

  template <class T>
  EQUIREG_HOST_DEVICE T operator()(T v, T w) const {
    const double m = v + offset, at = m < least ? least : m;
    const double seen = w + offset, t = seen < 1e-12 ? 1e-12 : seen;
    const double value = constant + (looks - 1) * std::log(t) - looks * (std::log(at) + t / at);
    return static_cast<T>(value + (m - at) * looks * (t / at - 1) / at);
  }
};

/// Its derivative with respect to v.
struct gamma_slope {
  double looks, offset, least;

  template <class T>
  EQUIREG_HOST_DEVICE T operator()(T v, T w) const {
    const double mean = v + offset, m = mean < least ? least : mean;
    const double seen = w + offset, t = seen < 1e-12 ? 1e-12 : seen;
    return static_cast<T>(looks * (t / m - 1) / m);
  }
};

/// The weight of an element w of y.
struct gamma_weight {
  double looks, offset, least;

  template <class T>
  EQUIREG_HOST_DEVICE T operator()(T w) const {
    const double seen = w + offset, t = seen < least ? least : seen;
    return static_cast<T>(looks / (t * t));
  }
};

/// y + offset = (z + offset) s, s ~ Gamma(looks, 1 / looks), z = A(x): the mean of `looks` exponential intensities.
///
/// z + offset is an intensity: with offset = 1 the range [-1, 1] of images becomes [0, 2]; negative intensities count
/// as 0. E[y] = z, var[y] = (z + offset)^2 / looks. `looks` may be any number > 0; 1 is fully developed speckle.
struct gamma {
  double looks = 10;  ///< > 0
  double offset = 1;  ///< in the units of y; 0 where z is an intensity itself

  /// Intensities of z below this, in the units of y, are treated through the tangent of the log-likelihood, so that the
  /// gradient stays finite. > 0; make it smaller where intensities are much smaller than 1.
  double least_intensity = 1e-3;

  /// Entries weigh by the inverse of their variance in sum_i w_i (y_i - z_i)^2.
  static constexpr bool weighted = true;

  /// (z + offset) s - offset, with the numbers at `address`. Throws where looks is not positive.
  template <class Y>
  Y sample(const Y& z, const noise_address& address) const {
    using value_type = typename Y::value_type;
    check();
    Y y(z.shape());
    const std::size_t elements = z.shape().sample_size();
    transform_indexed(
        y,
        [&, l = looks, o = offset](std::size_t b, std::size_t i, value_type v) {
          return static_cast<value_type>(std::max(v + o, 0.0) / l * gamma_draw(l, address, b, i, elements) - o);
        },
        z);
    return y;
  }

  /// log p(y | z) of each sample, (B, 1, 1, 1): with m = z + offset and t = y + offset,
  /// sum_i looks log(looks / m_i) + (looks - 1) log t_i - looks t_i / m_i - log Gamma(looks).
  ///
  /// t = 0, which rounding or a negative z can make, counts as the least positive number 1e-12.
  template <class Y>
  Y log_likelihood(const Y& z, const Y& y) const {
    check();
    const double constant = looks * std::log(looks) - log_factorial(looks) + std::log(looks);  // Gamma(l) = l! / l
    return reduce(gamma_log_density{looks, offset, least_intensity, constant}, z, y);
  }

  /// d log p / dz = looks (t / m^2 - 1 / m), shape of z.
  template <class Y>
  Y log_likelihood_gradient(const Y& z, const Y& y) const {
    check();
    Y gradient(z.shape());
    transform(gradient, gamma_slope{looks, offset, least_intensity}, z, y);
    return gradient;
  }

  /// w_i = looks / max(y_i + offset, least_intensity)^2: the inverse of the variance that y itself suggests; shape of
  /// y. With few looks y says little about its variance, and dark entries weigh too much; prefer the likelihood then.
  template <class Y>
  Y weights(const Y& y) const {
    check();
    Y w(y.shape());
    transform(w, gamma_weight{looks, offset, least_intensity}, y);
    return w;
  }

 private:
  void check() const {
    require(looks > 0 && std::isfinite(looks), "equireg::noise::gamma", "expected looks > 0, but it is ", looks);
    require(least_intensity > 0 && std::isfinite(least_intensity), "equireg::noise::gamma",
            "expected a least_intensity > 0, but it is ", least_intensity);
  }
};

static_assert(check_noise_model<gamma, cpu::tensor<float>>() && check_weighted_square<gamma, cpu::tensor<float>>());

}  // namespace equireg::noise
