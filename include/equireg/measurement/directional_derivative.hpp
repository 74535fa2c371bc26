// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::directional_derivative`: J_A(x) d, exactly where A is linear, by a probe elsewhere.

#include <equireg/core/arguments.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/tensor.hpp>

#include <cmath>
#include <utility>

namespace equireg::measurement {

/// J_A(x) d, shape of y. A d where A is linear; elsewhere (A(x + h d) - A(x)) / h, sample by sample with the h for
/// which h d has the root mean square `probe`, in units of x: an error of the order of `probe`, and of rounding /
/// `probe`. A direction of zero gives zero.
///
/// `image` is A(x) and `size` is ||d||^2 of each sample, (B, 1, 1, 1); they are read where A is not linear. One A.
template <tensor X, map<X> A>
image_of<A, X> directional_derivative(const A& a, const X& x, const image_of<A, X>& image, const X& d, const X& size,
                                      double probe) {
  if constexpr (linear_map<A, X>) {
    return a(d);
  } else {
    X h(size.shape());
    const double length = probe * std::sqrt(static_cast<double>(x.shape().sample_size()));
    const auto [s] = entries<1>;
    transform(h, select(s > 0, length / sqrt(s), 0), size);
    X moved(x.shape());
    const auto [v, c, u] = entries<3>;
    transform(moved, v + c * u, x, per_sample{h}, d);
    image_of<A, X> p = a(moved);
    const auto [far, near, apart] = entries<3>;
    transform(p, select(apart > 0, (far - near) / apart, 0), p, image, per_sample{h});
    return p;
  }
}

}  // namespace equireg::measurement
