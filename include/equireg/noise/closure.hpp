// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `noise::closure`: noise of closure phases and amplitudes, with a sigma for each entry.

#include <equireg/core/arguments.hpp>
#include <equireg/core/config.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/tensor.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <numbers>
#include <utility>

namespace equireg::noise {

/// v + s eps, in [-pi, pi] where it is an angle.
template <class T>
struct closure_draw {
  EQUIREG_HOST_DEVICE T operator()(T v, T s, T angle, T eps) const {
    constexpr auto turn = static_cast<T>(2 * std::numbers::pi);
    const T w = v + s * eps;
    return angle != 0 ? w - turn * std::round(w / turn) : w;
  }
};

/// log p(w | v) of one entry, up to a constant.
template <class T>
struct closure_log_density {
  EQUIREG_HOST_DEVICE T operator()(T v, T w, T s, T angle) const {
    const T d = (w - v), half = std::sin(d / 2);
    return -(angle != 0 ? 2 * half * half : d * d / 2) / (s * s);  // 1 - cos d without cancellation
  }
};

/// Its derivative with respect to v.
template <class T>
struct closure_slope {
  EQUIREG_HOST_DEVICE T operator()(T v, T w, T s, T angle) const {
    return (angle != 0 ? std::sin(w - v) : w - v) / (s * s);
  }
};

/// y = z + sigma eps; entries that are angles are taken modulo 2 pi, and their difference d enters as 1 - cos d:
///
///     log p(y | z) = - sum_k [ (1 - cos d_k) / sigma_k^2 for angles, d_k^2 / (2 sigma_k^2) for others ] + constant,
///
/// d = y - z: half the chi^2 of arXiv:1803.07088, summed over data. The constant, which depends on sigma alone, is left
/// out. For sigma well below 1 the angles' density is the one that is sampled, a wrapped normal.
///
/// InverseBench's loss of black-hole images is -4 times this, with the total flux as an amplitude of sigma 2 sqrt 2.
template <tensor X>
class closure {
 public:
  using value_type = typename X::value_type;

  /// `sigma` > 0, (1 or B, 1, 1, K), in the units of y; `angular` 1 for angles and 0 for others, (1, 1, 1, K).
  closure(X sigma, X angular)
      : sigma_(std::make_shared<const X>(std::move(sigma))), angular_(std::make_shared<const X>(std::move(angular))) {
    const shape s = sigma_->shape(), a = angular_->shape();
    require(a == shape{1, 1, 1, s.width} && s == shape{s.batch, 1, 1, a.width}, name,
            "expected sigma and angular of shapes (B, 1, 1, K) and (1, 1, 1, K), but they are ", s, " and ", a);
    const auto [v] = entries<1>;
    const auto bad = select(v > 0, select(v < std::numeric_limits<value_type>::infinity(), 0, 1), 1);
    double wrong = 0;
    for (const double count : to_host(reduce(bad, *sigma_))) wrong += count;
    require(wrong == 0, name, "expected every sigma > 0, but ", wrong, " are not");
  }

  static constexpr const char* name = "equireg::noise::closure";

  /// Entries weigh by 1 / sigma^2 in sum_i w_i (y_i - z_i)^2; that square does not know of angles.
  static constexpr bool weighted = true;

  /// z + sigma eps, angles in [-pi, pi].
  X sample(const X& z, const noise_address& address) const {
    X y(z.shape());
    transform(y, closure_draw<value_type>{}, z, broadcast{*sigma_}, broadcast{*angular_}, normal_noise{address});
    return y;
  }

  /// (B, 1, 1, 1).
  X log_likelihood(const X& z, const X& y) const {
    return reduce(closure_log_density<value_type>{}, z, y, broadcast{*sigma_}, broadcast{*angular_});
  }

  /// d log p / dz: sin d / sigma^2 for angles, d / sigma^2 for others. Shape of z.
  X log_likelihood_gradient(const X& z, const X& y) const {
    X gradient(z.shape());
    transform(gradient, closure_slope<value_type>{}, z, y, broadcast{*sigma_}, broadcast{*angular_});
    return gradient;
  }

  /// chi^2 per entry, -2 / K times the sum above, (B, 1, 1, 1): about 1 where z is the truth. Of one kind of entries it
  /// is 2 mean((1 - cos d) / sigma^2) or mean(d^2 / sigma^2), as InverseBench reports it.
  X chi_squared(const X& z, const X& y) const {
    X value = log_likelihood(z, y);
    const double factor = -2 / static_cast<double>(y.shape().sample_size());
    transform(value, factor * entry<0>{}, value);
    return value;
  }

  /// 1 / sigma^2, shape of y.
  X weights(const X& y) const {
    X w(y.shape());
    const auto [s] = entries<1>;
    transform(w, 1 / (s * s), broadcast{*sigma_});
    return w;
  }

 private:
  std::shared_ptr<const X> sigma_, angular_;
};

}  // namespace equireg::noise
