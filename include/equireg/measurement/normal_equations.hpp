// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Least squares and proximal points of any linear map, by conjugate gradients on A^T A.

#include <equireg/core/map.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/conjugate_gradients.hpp>

#include <utility>

namespace equireg::measurement {

/// A^+ y: solves A^T A x = A^T y from 0, to the tolerance or to `max_iterations`, whichever comes first. Small singular
/// values of A come late, so that a limit on the iterations regularises.
template <class A, tensor Y>
auto solve_least_squares(const A& a, const Y& y, const conjugate_gradients_settings& settings = {}) {
  const auto b = a.adjoint(y);
  auto start = b;
  fill(start, 0);
  return conjugate_gradients([&a](const auto& x) { return a.adjoint(a(x)); }, b, std::move(start), settings).value;
}

/// argmin_u ||A u - y||^2 + rho ||u - x||^2, rho > 0: solves (A^T A + rho) u = A^T y + rho x from x.
template <tensor X, linear_map<X> A>
X solve_prox(const A& a, const X& x, const image_of<A, X>& y, double rho,
             const conjugate_gradients_settings& settings = {}) {
  X b = a.adjoint(y);
  add_scaled(b, rho, x);
  const auto shifted = [&a, rho](const X& u) {
    X m = a.adjoint(a(u));
    add_scaled(m, rho, u);
    return m;
  };
  return conjugate_gradients(shifted, b, X(x), settings).value;
}

}  // namespace equireg::measurement
