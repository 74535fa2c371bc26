// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::pulled_residual`: A'(x)^T (y - A(x)), half the direction in which ||y - A(x)||^2 falls.

#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/residual.hpp>

#include <utility>

namespace equireg::measurement {

/// Which way the data pull x, and how far off it is.
template <class X, class Y>
struct data_pull {
  X direction;     ///< A'(x)^T (y - A(x)) = -grad ||y - A(x)||^2 / 2, shape of x
  Y squared_norm;  ///< ||y - A(x)||^2 of each sample, (B, 1, 1, 1)
};

/// By one A and one A'^T, or less where A says how.
template <tensor X, differentiable_map<X> A>
auto pulled_residual(const A& a, const image_of<A, X>& y, const X& x) {
  using Y = image_of<A, X>;
  if constexpr (has_residual<A, X> && has_adjoint<A, X>) {
    auto [r, squared_norm] = a.residual(y, x);
    if constexpr (keeps_residuals<A>) {
      return data_pull<X, Y>{std::move(r), std::move(squared_norm)};
    } else {
      return data_pull<X, Y>{a.adjoint(r), std::move(squared_norm)};
    }
  } else {
    const auto [v, w] = entries<2>;
    auto [z, pull] = equireg::linearize(a, x);
    Y squared_norm = transform_reduce(z, v - w, square(entry<0>{}), y, z);
    return data_pull<X, Y>{pull(z), std::move(squared_norm)};
  }
}

}  // namespace equireg::measurement
