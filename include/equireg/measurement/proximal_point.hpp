// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::proximal_point`: the operator's own, or conjugate gradients'.

#include <equireg/core/map.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/conjugate_gradients.hpp>
#include <equireg/measurement/normal_equations.hpp>

namespace equireg::measurement {

/// The operator has a proximal point of its own, or is linear.
template <class A, class X>
concept has_proximal_point = has_prox<A, X> || linear_map<A, X>;

/// argmin_u ||A u - y||^2 + rho ||u - x||^2, rho > 0, which is x + A^T (A A^T + rho I)^-1 (y - A x) where A is linear.
/// `settings` are read where A has no `prox`.
template <tensor X, has_proximal_point<X> A>
X proximal_point(const A& a, const X& x, const image_of<A, X>& y, double rho,
                 const conjugate_gradients_settings& settings = {}) {
  if constexpr (has_prox<A, X>) {
    return a.prox(x, y, rho);
  } else {
    return solve_prox(a, x, y, rho, settings);
  }
}

}  // namespace equireg::measurement
