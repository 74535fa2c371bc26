// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `noise::salt_and_pepper`: entries lost to the brightest or darkest value, normal noise on the others.

#include <equireg/backend/cpu/indexed.hpp>  // transform_indexed for host tensors
#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/random.hpp>
#include <equireg/noise/noise_model.hpp>
#include <equireg/noise/stream.hpp>

#include <cmath>
#include <cstddef>
#include <numbers>

namespace equireg::noise {

/// Each entry of y by itself is `salt_value` with probability `salt`, `pepper_value` with probability `pepper`, and
/// z + sigma eps, eps ~ N(0, 1), otherwise; z = A(x). The values and sigma are in the units of y, here [-1, 1].
///
/// The distribution has two atoms and a density beside them, and the likelihood is taken with respect to both: an
/// entry that equals `salt_value` (or `pepper_value`) exactly has the probability `salt` (or `pepper`), whatever z is,
/// and its gradient is 0; any other is normal, log(1 - salt - pepper) + log N(y; z, sigma^2). This is exact, since
/// normal noise hits an atom with probability zero; but y must keep the atoms' bits: where it was rescaled, rescale
/// the values as well. Channels are lost one by one, not whole pixels.
struct salt_and_pepper {
  double salt = 0.025;       ///< probability of salt, in [0, 1]
  double pepper = 0.025;     ///< probability of pepper, in [0, 1]; salt + pepper <= 1
  double sigma = 0.05;       ///< of the other entries; >= 0, and > 0 for the likelihood and the weights
  double salt_value = 1;     ///< what y reads where salt fell
  double pepper_value = -1;  ///< another value than salt_value

  /// Lost entries weigh nothing in sum_i w_i (y_i - z_i)^2.
  static constexpr bool weighted = true;

  /// Salt, pepper or z + sigma eps, with the choice from the stream at `address` and eps from its substream 1. Throws
  /// where the settings are no such distribution.
  template <class Y>
  Y sample(const Y& z, const noise_address& address) const {
    using value_type = typename Y::value_type;
    check();
    Y y(z.shape());
    transform_indexed(
        y,
        [&, this](std::size_t b, std::size_t i, value_type v, value_type eps) {
          const double u = open_uniform(address, b, i);
          const double value = u < salt ? salt_value : u < salt + pepper ? pepper_value : v + sigma * eps;
          return static_cast<value_type>(value);
        },
        z, normal_noise{substream(address, 1)});
    return y;
  }

  /// log p(y | z) of each sample, (B, 1, 1, 1): the sum over entries of log salt, log pepper or
  /// log(1 - salt - pepper) - (y - z)^2 / (2 sigma^2) - log(2 pi sigma^2) / 2.
  template <class Y>
  Y log_likelihood(const Y& z, const Y& y) const {
    using value_type = typename Y::value_type;
    check_density();
    const double constant = std::log1p(-salt - pepper) - 0.5 * std::log(2 * std::numbers::pi * sigma * sigma);
    return reduce(
        [a = atoms<value_type>(), log_salt = std::log(salt), log_pepper = std::log(pepper), constant,
         factor = -0.5 / (sigma * sigma)](value_type v, value_type w) {
          const double r = static_cast<double>(w) - v, kept = constant + factor * r * r;
          return static_cast<value_type>(a.is_salt(w) ? log_salt : a.is_pepper(w) ? log_pepper : kept);
        },
        z, y);
  }

  /// d log p / dz = (y - z) / sigma^2, and 0 where y is salt or pepper; shape of z.
  template <class Y>
  Y log_likelihood_gradient(const Y& z, const Y& y) const {
    using value_type = typename Y::value_type;
    check_density();
    Y gradient(z.shape());
    transform(
        gradient,
        [a = atoms<value_type>(), factor = static_cast<value_type>(1 / (sigma * sigma))](value_type v, value_type w) {
          return a.is_salt(w) || a.is_pepper(w) ? value_type(0) : factor * (w - v);
        },
        z, y);
    return gradient;
  }

  /// w_i = 1 / sigma^2, and 0 where y is salt or pepper: what is lost says nothing of z. Shape of y.
  template <class Y>
  Y weights(const Y& y) const {
    using value_type = typename Y::value_type;
    check_density();
    Y w(y.shape());
    transform(
        w,
        [a = atoms<value_type>(), weight = static_cast<value_type>(1 / (sigma * sigma))](value_type v) {
          return a.is_salt(v) || a.is_pepper(v) ? value_type(0) : weight;
        },
        y);
    return w;
  }

 private:
  static constexpr const char* name = "equireg::noise::salt_and_pepper";

  // What y reads at the atoms; one of probability zero is none.
  template <class T>
  struct atom_values {
    T salt, pepper;
    bool has_salt, has_pepper;
    [[nodiscard]] bool is_salt(T v) const { return has_salt && v == salt; }
    [[nodiscard]] bool is_pepper(T v) const { return has_pepper && v == pepper; }
  };
  template <class T>
  [[nodiscard]] atom_values<T> atoms() const {
    return {static_cast<T>(salt_value), static_cast<T>(pepper_value), salt > 0, pepper > 0};
  }

  void check() const {
    require(salt >= 0 && pepper >= 0 && salt + pepper <= 1, name,
            "expected salt >= 0, pepper >= 0 and salt + pepper <= 1, but salt is ", salt, " and pepper is ", pepper);
    require(sigma >= 0 && std::isfinite(sigma), name, "expected a sigma >= 0, but it is ", sigma);
    require(salt_value != pepper_value && std::isfinite(salt_value) && std::isfinite(pepper_value), name,
            "expected two values, but salt_value is ", salt_value, " and pepper_value is ", pepper_value);
  }
  void check_density() const {
    check();
    require(sigma > 0, name, "expected a sigma > 0 for the likelihood, but it is 0");
  }
};

static_assert(check_noise_model<salt_and_pepper, cpu::tensor<float>>() &&
              check_weighted_square<salt_and_pepper, cpu::tensor<float>>());

}  // namespace equireg::noise
