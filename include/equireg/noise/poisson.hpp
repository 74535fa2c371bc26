// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `noise::poisson`: counted light.

#include <equireg/backend/cpu/indexed.hpp>  // transform_indexed for host tensors
#include <equireg/core/config.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/random.hpp>
#include <equireg/noise/log_factorial.hpp>
#include <equireg/noise/noise_model.hpp>
#include <equireg/noise/poisson_draw.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace equireg::noise {

/// d log p(w | v) / dv of one element of `poisson`, with at least `least` expected events.
struct poisson_slope {
  double gain, offset, least;

  template <class T>
  EQUIREG_HOST_DEVICE T operator()(T v, T w) const {
    const double mean = (v + offset) / gain, m = mean < least ? least : mean;
    const double counted = (w + offset) / gain, n = counted > 0 ? counted : 0;
    return static_cast<T>((n / m - 1) / gain);
  }
};

/// The weight of an element w of y.
struct poisson_weight {
  double gain, offset;

  template <class T>
  EQUIREG_HOST_DEVICE T operator()(T w) const {
    const double counted = (w + offset) / gain, n = counted > 1 ? counted : 1;
    return static_cast<T>(1 / (gain * gain * n));
  }
};

/// y + offset = gain n with n ~ Poisson((z + offset) / gain), z = A(x).
///
/// z + offset is an intensity: with offset = 1 the range [-1, 1] of images becomes [0, 2]; negative intensities count
/// as 0. `gain` is what one event adds to y: E[y] = z, var[y] = gain (z + offset). The published model with
/// 255 r clip((z + 1) / 2, 0, 1) expected events (Chung et al. 2023, arXiv:2209.14687) is `at_rate(r)`, without its
/// final clip of y, which would bias dark and bright pixels.
struct poisson {
  double gain = 2.0 / 255;  ///< > 0, in the units of y
  double offset = 1;        ///< in the units of y; 0 where z is an intensity itself

  /// y is what a sensor with 255 r events at z = 1 counts.
  static constexpr poisson at_rate(double r) { return {2 / (255 * r), 1}; }

  /// Entries weigh by the inverse of their variance in sum_i w_i (y_i - z_i)^2.
  static constexpr bool weighted = true;

  /// Expected events below this are treated through the tangent of the logarithm, so that the gradient stays finite.
  static constexpr double least_mean = 1e-3;

  /// gain n - offset, with the numbers at `address`. Throws where gain is not positive.
  template <class Y>
  Y sample(const Y& z, const noise_address& address) const {
    using value_type = typename Y::value_type;
    check();
    Y y(z.shape());
    const std::size_t elements = z.shape().sample_size();
    transform_indexed(
        y,
        [&, g = gain, o = offset](std::size_t b, std::size_t i, value_type v) {
          return static_cast<value_type>(g * poisson_draw((v + o) / g, address, b, i, elements) - o);
        },
        z);
    return y;
  }

  /// log p(n | z) of each sample, (B, 1, 1, 1): sum_i n_i log m_i - m_i - log n_i!, where m = (z + offset) / gain.
  template <class Y>
  Y log_likelihood(const Y& z, const Y& y) const {
    using value_type = typename Y::value_type;
    check();
    return reduce(
        [g = gain, o = offset](value_type v, value_type w) {
          const double m = (v + o) / g, n = std::max(0.0, (w + o) / g), at = std::max(m, least_mean);
          const double log_m = std::log(at) + (m - at) / at;  // the tangent below least_mean
          return static_cast<value_type>(n * log_m - m - log_factorial(n));
        },
        z, y);
  }

  /// d log p / dz = (n / m - 1) / gain, shape of z.
  template <class Y>
  Y log_likelihood_gradient(const Y& z, const Y& y) const {
    check();
    Y gradient(z.shape());
    transform(gradient, poisson_slope{gain, offset, least_mean}, z, y);
    return gradient;
  }

  /// w_i = 1 / (gain^2 max(n_i, 1)): the inverse of the variance that y itself suggests, shape of y. The weighted
  /// square of arXiv:2209.14687 in the units of y and held finite where nothing was counted. Throws where gain is not
  /// positive or y has an entry below -offset.
  template <class Y>
  Y weights(const Y& y) const {
    check();
    const double below = -offset - 1e-4 * gain;
    double wrong = 0;
    for (const double count : to_host(reduce(select(entry<0>{} >= below, 0, 1), y))) wrong += count;
    require(wrong == 0, "equireg::noise::poisson", "expected y >= ", -offset, ", but ", wrong, " entries are not");
    Y w(y.shape());
    transform(w, poisson_weight{gain, offset}, y);
    return w;
  }

 private:
  void check() const {
    require(gain > 0 && std::isfinite(gain), "equireg::noise::poisson", "expected a gain > 0, but it is ", gain);
  }
};

static_assert(check_noise_model<poisson, cpu::tensor<float>>() && check_weighted_square<poisson, cpu::tensor<float>>());

}  // namespace equireg::noise
