// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::high_dynamic_range`: an overexposed photograph, whose bright and dark parts are cut off.

#include <equireg/core/symmetry.hpp>
#include <equireg/measurement/clipping.hpp>

namespace equireg::measurement {

/// A x = clip(factor x, -1, 1), for images on [-1, 1]; the task "high dynamic range" of DAPS has factor 2.
///
/// `clipping` with those bounds, and everything it says holds: the gradient is factor where |factor x| <= 1 and 0
/// beyond, unless `gradient` says `everywhere`; A^+ y = clip(y) / factor.
struct high_dynamic_range {
  double factor = 2;
  surrogate_gradient gradient = surrogate_gradient::inside;

  static constexpr symmetry symmetries = clipping::symmetries;

  [[nodiscard]] clipping as_clipping() const { return {.factor = factor, .low = -1, .high = 1, .gradient = gradient}; }

  template <class X>
  X operator()(const X& x) const {
    return as_clipping()(x);
  }
  template <class X>
  auto linearize(const X& x) const {
    return as_clipping().linearize(x);
  }
  template <class X>
  X pseudo_inverse(const X& y) const {
    return as_clipping().pseudo_inverse(y);
  }
  /// A minimiser of ||A u - y||^2 + rho ||u - x||^2, rho > 0.
  template <class X>
  X prox(const X& x, const X& y, double rho) const {
    return as_clipping().prox(x, y, rho);
  }
};

}  // namespace equireg::measurement
