// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `inner::hamiltonian`: Langevin steps with a momentum, which is damped and refreshed at each of them.

#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/inner/chain.hpp>

#include <cmath>

namespace equireg::inner {

/// m <- kappa m - sqrt(eta) grad U(w) + sqrt(2 (1 - kappa)) z,   w <- w + sqrt(eta) m,   m ~ N(0, I) at first.
///
/// The kernel that DAPS calls HMC (Zhang et al. 2024, arXiv:2407.01521, and its code): nothing is rejected, and one
/// gradient is taken for each move. kappa = 0 is `langevin`. Where U is quadratic with a curvature p the mean is exact
/// and the variance of w is 1 / (p (1 - eta p / (2 (1 + kappa)))), since w alone is the autoregression
/// w'' = (1 + kappa - eta p) w' - kappa w + sqrt(2 eta (1 - kappa)) z: it diverges from eta p = 2 (1 + kappa) on.
struct hamiltonian {
  double momentum = 0.9;  ///< kappa, in [0, 1)

  static constexpr bool uses_gradient = true;

  /// The momentum m, drawn at `address`. Throws where kappa is not in [0, 1).
  template <tensor X, has_energy_gradient<X> Energy>
  X start(const X& w, const Energy& /*energy*/, const noise_address& address) const {
    require(momentum >= 0 && momentum < 1, "equireg::inner::hamiltonian", "expected a momentum in [0, 1), but it is ",
            momentum);
    X m(w.shape());
    fill_normal(m, address);
    return m;
  }

  template <tensor X, has_energy_gradient<X> Energy>
  void step(X& m, X& w, const Energy& energy, double rate, const noise_address& address) const {
    const X gradient = energy.gradient(w);
    const double pace = std::sqrt(rate), fresh = std::sqrt(2 * (1 - momentum));
    const auto [v, g, z] = entries<3>;
    transform(m, momentum * v - pace * g + fresh * z, m, gradient, normal_noise{address});
    add_scaled(w, pace, m);
  }
};

}  // namespace equireg::inner
