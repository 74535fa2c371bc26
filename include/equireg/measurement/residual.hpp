// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::residual`: y - A(x) and its squared norm, in as few passes as the operator allows.

#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/tensor.hpp>

#include <utility>

namespace equireg::measurement {

/// What the data say against x.
template <class Y>
struct data_residual {
  Y value;         ///< r = y - A(x), shape of y
  Y squared_norm;  ///< sum_i r_i^2 of each sample, (B, 1, 1, 1)
};

/// `a.residual(y, x)`: the operator makes y - A(x) and its norm in one pass of its own.
template <class A, class X>
concept has_residual = requires(const A& a, const image_of<A, X>& y, const X& x) {
  a.residual(y, x);
};

/// A^T r = r for every r that `a.residual` returns, and A says so: `static constexpr bool keeps_residuals = true;`. Masks
/// do, for r is 0 where they are.
template <class A>
concept keeps_residuals = A::keeps_residuals;

/// y - A(x) and ||y - A(x)||^2 of each sample. Throws where y has another shape than A(x).
template <tensor X, map<X> A>
auto residual(const A& a, const image_of<A, X>& y, const X& x) {
  if constexpr (has_residual<A, X>) {
    return a.residual(y, x);
  } else {
    using Y = image_of<A, X>;
    Y r = a(x);
    const auto [v, z] = entries<2>;
    Y squared_norm = transform_reduce(r, v - z, square(v), y, r);
    return data_residual<Y>{std::move(r), std::move(squared_norm)};
  }
}

}  // namespace equireg::measurement
