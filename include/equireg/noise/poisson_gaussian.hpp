// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `noise::poisson_gaussian`: counted light, read out by noisy electronics.

#include <equireg/backend/cpu/indexed.hpp>  // transform_indexed for host tensors
#include <equireg/core/arguments.hpp>
#include <equireg/core/config.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/random.hpp>
#include <equireg/noise/noise_model.hpp>
#include <equireg/noise/poisson_draw.hpp>
#include <equireg/noise/stream.hpp>

#include <cmath>
#include <cstddef>
#include <numbers>

namespace equireg::noise {

/// log N(w; v, variance of v) of one element of `poisson_gaussian`; s2 is sigma^2.
struct poisson_gaussian_log_density {
  double gain, offset, s2;

  template <class T>
  EQUIREG_HOST_DEVICE T operator()(T v, T w) const {
    const double intensity = v + offset, lit = intensity < 0 ? 0 : intensity;
    const double variance = gain * lit + s2, r = static_cast<double>(w) - v;
    return static_cast<T>(-0.5 * (r * r / variance + std::log(2 * std::numbers::pi * variance)));
  }
};

/// Its derivative with respect to v.
struct poisson_gaussian_slope {
  double gain, offset, s2;

  template <class T>
  EQUIREG_HOST_DEVICE T operator()(T v, T w) const {
    const double intensity = v + offset, lit = intensity > 0 ? 1.0 : 0.0;
    const double slope = gain * lit, inverse = 1 / (slope * intensity + s2), r = static_cast<double>(w) - v;
    return static_cast<T>(inverse * (r + 0.5 * slope * (r * r * inverse - 1)));
  }
};

/// The weight of an element w of y.
struct poisson_gaussian_weight {
  double gain, offset, s2;

  template <class T>
  EQUIREG_HOST_DEVICE T operator()(T w) const {
    const double seen = w + offset, intensity = seen < gain ? gain : seen;
    return static_cast<T>(1 / (gain * intensity + s2));
  }
};

/// y = gain n - offset + sigma eps, n ~ Poisson((z + offset) / gain), eps ~ N(0, 1); z = A(x).
///
/// z + offset is an intensity, as in `noise::poisson`: with offset = 1 the range [-1, 1] of images becomes [0, 2], and
/// negative intensities count as 0. E[y] = z and var[y] = gain (z + offset) + sigma^2.
///
/// The likelihood is an approximation: the normal density with this mean and this variance, as in Foi, Trimeche,
/// Katkovnik and Egiazarian 2008, IEEE TIP 17, 1737-1754. The exact one is a sum over all n. With the skewness
/// s = gain^2 (z + offset) / var^(3/2), probabilities are wrong by up to 0.13 s: 0.03 at ten events and sigma = gain,
/// 0.01 at a hundred. Where few events come and sigma is far below gain, y tells single events apart, and the
/// approximation is of no use.
struct poisson_gaussian {
  double gain = 2.0 / 255;  ///< > 0, what one event adds to y
  double offset = 1;        ///< in the units of y; 0 where z is an intensity itself
  double sigma = 0.05;      ///< of the read-out, in the units of y; >= 0, and > 0 for the likelihood

  /// Entries weigh by the inverse of their variance in sum_i w_i (y_i - z_i)^2.
  static constexpr bool weighted = true;

  /// gain n - offset + sigma eps, with n from the stream at `address` and eps from its substream 1. Throws where gain
  /// is not positive or sigma is negative.
  template <class Y>
  Y sample(const Y& z, const noise_address& address) const {
    using value_type = typename Y::value_type;
    check();
    Y y(z.shape());
    const std::size_t elements = z.shape().sample_size();
    transform_indexed(
        y,
        [&, g = gain, o = offset, s = sigma](std::size_t b, std::size_t i, value_type v, value_type eps) {
          return static_cast<value_type>(g * poisson_draw((v + o) / g, address, b, i, elements) - o + s * eps);
        },
        z, normal_noise{substream(address, 1)});
    return y;
  }

  /// log N(y; z, v(z)) of each sample, (B, 1, 1, 1), v(z) = gain max(z + offset, 0) + sigma^2:
  /// sum_i -(y_i - z_i)^2 / (2 v_i) - log(2 pi v_i) / 2.
  template <class Y>
  Y log_likelihood(const Y& z, const Y& y) const {
    check_density();
    return reduce(poisson_gaussian_log_density{gain, offset, sigma * sigma}, z, y);
  }

  /// The exact derivative of `log_likelihood`, shape of z: r / v + v' / 2 (r^2 / v^2 - 1 / v) with r = y - z, where
  /// v' = gain for intensities above 0 and 0 for others.
  template <class Y>
  Y log_likelihood_gradient(const Y& z, const Y& y) const {
    check_density();
    Y gradient(z.shape());
    transform(gradient, poisson_gaussian_slope{gain, offset, sigma * sigma}, z, y);
    return gradient;
  }

  /// w_i = 1 / (gain max(y_i + offset, gain) + sigma^2): the inverse of the variance that y itself suggests, with one
  /// event at least; shape of y.
  template <class Y>
  Y weights(const Y& y) const {
    check();
    Y w(y.shape());
    transform(w, poisson_gaussian_weight{gain, offset, sigma * sigma}, y);
    return w;
  }

 private:
  static constexpr const char* name = "equireg::noise::poisson_gaussian";

  void check() const {
    require(gain > 0 && std::isfinite(gain), name, "expected a gain > 0, but it is ", gain);
    require(sigma >= 0 && std::isfinite(sigma), name, "expected a sigma >= 0, but it is ", sigma);
  }
  void check_density() const {
    check();
    require(sigma > 0, name, "expected a sigma > 0 for the likelihood, but it is 0: noise::poisson is exact there");
  }
};

static_assert(check_noise_model<poisson_gaussian, cpu::tensor<float>>() &&
              check_weighted_square<poisson_gaussian, cpu::tensor<float>>());

}  // namespace equireg::noise
