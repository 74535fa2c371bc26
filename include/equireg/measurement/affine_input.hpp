// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::affine_input`: an operator on physical units behind images on [-1, 1].

#include <equireg/core/map.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/symmetries.hpp>

#include <utility>

namespace equireg::measurement {

/// x -> A(scale (x + shift)). With the defaults A sees the image on [0, 1].
///
/// Not linear, even where A is: it has no adjoint, but linearizes, with pullback scale A^T. Where A has A^+ or a
/// proximal point so has this, in the units of x.
template <class A>
struct affine_input {
  A map;
  double scale = 0.5;  ///< not 0
  double shift = 1.0;

  static constexpr symmetry symmetries = symmetries_of<A>;

  /// scale (x + shift).
  template <class X>
  [[nodiscard]] X physical(const X& x) const {
    return affine(x, scale, scale * shift);
  }
  /// The x of a physical f: f / scale - shift.
  template <class X>
  [[nodiscard]] X normalised(const X& f) const {
    return affine(f, 1 / scale, -shift);
  }

  template <class X>
    requires equireg::map<A, X>
  auto operator()(const X& x) const {
    return map(physical(x));
  }

  template <class X>
    requires differentiable_map<A, X>
  auto linearize(const X& x) const {
    auto inner = equireg::linearize(map, physical(x));
    return linearization{std::move(inner.value),
                         [pull = std::move(inner.pullback), c = scale](const image_of<A, X>& v) {
                           return affine(pull(v), c, 0);
                         }};
  }

  /// The x whose physical image is A^+ y.
  template <class Y>
    requires requires(const A& a, const Y& y) { a.pseudo_inverse(y); }
  auto pseudo_inverse(const Y& y) const {
    return normalised(map.pseudo_inverse(y));
  }

  /// argmin_u ||A(scale (u + shift)) - y||^2 + rho ||u - x||^2: A's own with rho / scale^2.
  template <class X>
    requires has_prox<A, X>
  X prox(const X& x, const image_of<A, X>& y, double rho) const {
    return normalised(map.prox(physical(x), y, rho / (scale * scale)));
  }

 private:
  template <class X>
  static X affine(const X& x, double factor, double offset) {
    using value_type = typename X::value_type;
    X out(x.shape());
    transform(
        out,
        [a = static_cast<value_type>(factor), b = static_cast<value_type>(offset)](value_type v) { return a * v + b; },
        x);
    return out;
  }
};

template <class A>
affine_input(A, double, double) -> affine_input<A>;
template <class A>
affine_input(A) -> affine_input<A>;

}  // namespace equireg::measurement
