// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `inner::langevin`: the unadjusted Langevin algorithm.

#include <equireg/core/arguments.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/inner/chain.hpp>
#include <equireg/stepper/update.hpp>  // no_memory

#include <cmath>

namespace equireg::inner {

/// w <- w - eta grad U(w) + sqrt(2 eta) z.
///
/// Its law is exp(-U) up to an error of the order of eta. Where U is quadratic with a curvature p the mean is exact and
/// the variance 1 / (p (1 - eta p / 2)): the chain diverges from eta p = 2 on.
struct langevin {
  static constexpr bool uses_gradient = true;

  template <tensor X, has_energy_gradient<X> Energy>
  stepper::no_memory start(const X& /*w*/, const Energy& /*energy*/, const noise_address& /*address*/) const {
    return {};
  }

  template <tensor X, has_energy_gradient<X> Energy>
  void step(stepper::no_memory& /*memory*/, X& w, const Energy& energy, double rate,
            const noise_address& address) const {
    const X gradient = energy.gradient(w);
    const auto [v, g, z] = entries<3>;
    transform(w, v - rate * g + std::sqrt(2 * rate) * z, w, gradient, normal_noise{address});
  }
};

}  // namespace equireg::inner
