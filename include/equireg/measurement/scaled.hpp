// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::scaled`: a measurement in other units.

#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/symmetry.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/symmetries.hpp>

#include <utility>

namespace equireg::measurement {

/// y = factor A x, with whatever A offers. factor is not 0. A block of a `stacked` measurement whose noise is sigma_k
/// becomes one of noise 1 by a factor of 1 / sigma_k.
template <class A>
struct scaled {
  A a;
  double factor = 1;

  static constexpr symmetry symmetries = symmetries_of<A>;

  template <class X>
    requires map<A, X>
  auto operator()(const X& x) const {
    return times(a(x), factor);
  }
  template <class Y>
    requires requires(const A& map, const Y& y) { map.adjoint(y); }
  auto adjoint(const Y& y) const {
    return times(a.adjoint(y), factor);
  }
  template <class Y>
    requires requires(const A& map, const Y& y) { map.pseudo_inverse(y); }
  auto pseudo_inverse(const Y& y) const {
    return times(a.pseudo_inverse(times(y, 1 / factor)), 1);
  }
  /// ||c A u - y||^2 + rho ||u - x||^2 = c^2 (||A u - y / c||^2 + rho / c^2 ||u - x||^2).
  template <class X, class Y>
    requires has_prox<A, X>
  X prox(const X& x, const Y& y, double rho) const {
    return a.prox(x, times(y, 1 / factor), rho / (factor * factor));
  }
  template <class X>
    requires differentiable_map<A, X>
  auto linearize(const X& x) const {
    auto inner = equireg::linearize(a, x);
    return linearization{times(std::move(inner.value), factor),
                         [c = factor, pull = std::move(inner.pullback)](const image_of<A, X>& v) {
                           return times(pull(v), c);
                         }};
  }
  template <class Y>
    requires has_observed<A, Y>
  auto observed(const Y& y) const {
    return a.observed(y);
  }

 private:
  template <class X>
  static X times(X x, double c) {
    using value_type = typename X::value_type;
    transform(
        x, [c = static_cast<value_type>(c)](value_type v) { return c * v; }, x);
    return x;
  }
};

template <class A>
scaled(A, double) -> scaled<A>;

}  // namespace equireg::measurement
