// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::split_energy`: what the data, a point to stay near, and a penalty say about w.

#include <equireg/core/arguments.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/likelihood/penalty_shift.hpp>
#include <equireg/measurement/pulled_residual.hpp>
#include <equireg/measurement/residual.hpp>
#include <equireg/regularizer/penalty.hpp>
#include <equireg/stepper/reverse_step.hpp>

namespace equireg::likelihood {

/// U(w) = ||y - A(w)||^2 / (2 tau^2) + ||w - m||^2 / (2 s^2) + alpha R(w) of each sample: the chains of `daps` and
/// `pnp_dm` draw from exp(-U). Refers to what it is given.
///
/// The value costs one A, the gradient one A and one A'^T.
template <class Operator, tensor X, class Penalty>
struct split_energy {
  const Operator& a;
  const X& y;
  const X& centre;          ///< m, shape of w
  double data_precision;    ///< 1 / tau^2
  double centre_precision;  ///< 1 / s^2, 0 where nothing holds w
  const Penalty& penalty;
  const reverse_step& step;

  /// (B, 1, 1, 1).
  X value(const X& w) const {
    X energy = measurement::residual(a, y, w).squared_norm;
    const auto [u, m] = entries<2>;
    const X distance = reduce(square(u - m), w, centre);
    const auto [r, d] = entries<2>;
    transform(energy, data_precision / 2 * r + centre_precision / 2 * d, energy, distance);
    if constexpr (!is_no_penalty<Penalty>) {
      if (penalty.active(step)) add_scaled(energy, 1, penalty.value(w, step));
    }
    return energy;
  }

  /// -A'(w)^T (y - A(w)) / tau^2 + (w - m) / s^2 + alpha grad R(w).
  X gradient(const X& w) const requires differentiable_map<Operator, X> {
    X g = measurement::pulled_residual(a, y, w).direction;
    const auto [pull, u, m] = entries<3>;
    transform(g, centre_precision * (u - m) - data_precision * pull, g, w, centre);
    add_penalty_gradient(penalty, g, w, step, 1);
    return g;
  }
};

}  // namespace equireg::likelihood
