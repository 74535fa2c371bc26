// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::identity`: every pixel is observed. Denoising is the inverse problem.

#include <equireg/core/map.hpp>

namespace equireg::measurement {

/// A x = x.
struct identity : identity_map {
  /// argmin_u ||u - y||^2 + rho ||u - x||^2 = (y + rho x) / (1 + rho). rho >= 0.
  template <class X>
  X prox(const X& x, const X& y, double rho) const {
    using value_type = typename X::value_type;
    const auto a = static_cast<value_type>(1 / (1 + rho)), b = static_cast<value_type>(rho / (1 + rho));
    X u(x.shape());
    transform(
        u, [a, b](value_type v, value_type w) { return a * v + b * w; }, y, x);
    return u;
  }
};

}  // namespace equireg::measurement
