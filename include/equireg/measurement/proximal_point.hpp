// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::proximal_point`: the operator's own, or conjugate gradients'.

#include <equireg/core/map.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/conjugate_gradients.hpp>
#include <equireg/measurement/normal_equations.hpp>

namespace equireg::measurement {

/// argmin_u ||A u - y||^2 + rho ||u - x||^2 = x + A^T (A A^T + rho I)^-1 (y - A x), rho > 0. `settings` are read where A
/// has no `prox`.
template <tensor X, linear_map<X> A>
X proximal_point(const A& a, const X& x, const image_of<A, X>& y, double rho,
                 const conjugate_gradients_settings& settings = {}) {
  if constexpr (has_prox<A, X>) {
    return a.prox(x, y, rho);
  } else {
    return solve_prox(a, x, y, rho, settings);
  }
}

}  // namespace equireg::measurement
