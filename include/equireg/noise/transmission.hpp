// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `noise::transmission`: low-dose tomography, counted photons behind an absorber.

#include <equireg/backend/cpu/indexed.hpp>  // transform_indexed for host tensors
#include <equireg/core/config.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/random.hpp>
#include <equireg/noise/log_factorial.hpp>
#include <equireg/noise/noise_model.hpp>
#include <equireg/noise/poisson_draw.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace equireg::noise {

/// d log p(w | v) / dv of one element of `transmission`, where w does not tell counts below `told_apart`.
struct transmission_slope {
  double incident, told_apart;

  template <class T>
  EQUIREG_HOST_DEVICE T operator()(T v, T w) const {
    const double m = incident * std::exp(-static_cast<double>(v)), n = incident * std::exp(-static_cast<double>(w));
    return static_cast<T>(n < told_apart ? m / (1 + m) * m : m - n);
  }
};

/// The photons that an element w of y tells of.
struct transmission_weight {
  double incident;

  template <class T>
  EQUIREG_HOST_DEVICE T operator()(T w) const {
    return static_cast<T>(incident * std::exp(-static_cast<double>(w)));
  }
};

/// n ~ Poisson(incident exp(-z)) photons arrive, and y = -log(max(n, 1) / incident); z = A(x) are line integrals of the
/// attenuation, without unit (Beer-Lambert).
///
/// z must be a physical line integral: an image on [-1, 1] is mapped to attenuation by the operator, not here. For many
/// photons E[y] = z + 1 / (2 m) and var[y] = 1 / m with m = incident exp(-z). y holds the counts, n = incident exp(-y),
/// except that 0 and 1 photons read the same, y = log(incident).
struct transmission {
  double incident = 1e5;  ///< photons per ray without absorber, I0 > 1

  /// Rays weigh by their photons in sum_i w_i (y_i - z_i)^2.
  static constexpr bool weighted = true;

  /// -log(max(n, 1) / incident), with the numbers at `address`. Throws where incident is not above 1.
  template <class Y>
  Y sample(const Y& z, const noise_address& address) const {
    using value_type = typename Y::value_type;
    check();
    Y y(z.shape());
    const std::size_t elements = z.shape().sample_size();
    transform_indexed(
        y,
        [&, i0 = incident](std::size_t b, std::size_t i, value_type v) {
          const double n = poisson_draw(i0 * std::exp(-static_cast<double>(v)), address, b, i, elements);
          return static_cast<value_type>(-std::log(std::max(n, 1.0) / i0));
        },
        z);
    return y;
  }

  /// The log-probability of the counts that y holds, for each sample, (B, 1, 1, 1), with m = incident exp(-z):
  /// sum_i n_i log m_i - m_i - log n_i!, and log(1 + m_i) - m_i where y says only that n_i <= 1.
  template <class Y>
  Y log_likelihood(const Y& z, const Y& y) const {
    using value_type = typename Y::value_type;
    check();
    return reduce(
        [i0 = incident, log_i0 = std::log(incident)](value_type v, value_type w) {
          const double log_m = log_i0 - v, m = std::exp(log_m), n = i0 * std::exp(-static_cast<double>(w));
          return static_cast<value_type>(n < told_apart ? std::log1p(m) - m : n * log_m - m - log_factorial(n));
        },
        z, y);
  }

  /// d log p / dz = m - n, and m^2 / (1 + m) where n <= 1; shape of z.
  template <class Y>
  Y log_likelihood_gradient(const Y& z, const Y& y) const {
    check();
    Y gradient(z.shape());
    transform(gradient, transmission_slope{incident, told_apart}, z, y);
    return gradient;
  }

  /// w_i = incident exp(-y_i), the photons: the inverse of the variance that y itself suggests; shape of y.
  template <class Y>
  Y weights(const Y& y) const {
    check();
    Y w(y.shape());
    transform(w, transmission_weight{incident}, y);
    return w;
  }

 private:
  // Counts below are the reading of 0 and of 1 photon; halfway to 2, whatever rounding did to y.
  static constexpr double told_apart = 1.5;

  void check() const {
    require(incident > 1 && std::isfinite(incident), "equireg::noise::transmission",
            "expected more than 1 incident photon, but it is ", incident);
  }
};

static_assert(check_noise_model<transmission, cpu::tensor<float>>() &&
              check_weighted_square<transmission, cpu::tensor<float>>());

}  // namespace equireg::noise
