// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::gamma_blur`: a blur of light. Nonlinear, and it needs no weights.

#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/symmetry.hpp>
#include <equireg/measurement/symmetries.hpp>

#include <cmath>
#include <utility>

namespace equireg::measurement {

/// A x = 2 q^(1/gamma) - 1 with q = k * u^gamma and u = (clip(x, -1, 1) + 1) / 2: light is blurred, and a photograph
/// holds its gamma-th root. `blur` is any linear map with weights that are not negative, `gaussian_blur` for one.
///
/// J^T w = u^(gamma - 1) . k^T(q^(1/gamma - 1) . w), as operators.md 1.11 has it: a stand-in for `nonlinear_blur` in
/// tests and examples. u is at least `smallest`, and q at least smallest^gamma: the slope of the root is infinite at 0.
/// Cotangents of what was cut off are 0. Throws unless gamma >= 1 and smallest > 0.
template <class Blur>
struct gamma_blur {
  Blur blur{};
  double gamma = 2.2;
  double smallest = 1e-3;

  static constexpr symmetry symmetries = symmetries_of<Blur>;
  static constexpr const char* name = "equireg::measurement::gamma_blur";

  template <class X>
    requires map<Blur, X>
  X operator()(const X& x) const {
    check();
    using value_type = typename X::value_type;
    X light(x.shape());
    transform(
        light, [u = unit<value_type>(), g = static_cast<value_type>(gamma)](value_type v) { return std::pow(u(v), g); },
        x);
    X y = blur(light);
    transform(
        y, [root = this->template root<value_type>()](value_type q) { return 2 * root(q) - 1; }, y);
    return y;
  }

  /// The pullback refers to the operator.
  template <class X>
    requires linear_map<Blur, X>
  auto linearize(const X& x) const {
    check();
    using value_type = typename X::value_type;
    const auto u = unit<value_type>();
    const auto g = static_cast<value_type>(gamma), low = static_cast<value_type>(2 * smallest - 1);
    X light(x.shape()), slope_in(x.shape());
    transform(
        light, [u, g](value_type v) { return std::pow(u(v), g); }, x);
    transform(
        slope_in,
        [u, low](value_type v, value_type p) { return v >= low && v <= 1 ? p / u(v) : value_type(0); }, x, light);
    const X q = blur(light);
    const auto least = static_cast<value_type>(std::pow(smallest, gamma));
    X y(q.shape()), slope_out(q.shape());
    transform(
        y, [root = this->template root<value_type>()](value_type v) { return root(v); }, q);
    transform(
        slope_out, [least](value_type r, value_type v) { return v >= least ? r / v : value_type(0); }, y, q);
    transform(
        y, [](value_type r) { return 2 * r - 1; }, y);
    return linearization{
        std::move(y), [this, slope_in = std::move(slope_in), slope_out = std::move(slope_out)](const X& w) {
          const auto product = [](value_type a, value_type b) { return a * b; };
          X t(w.shape());
          transform(t, product, slope_out, w);
          X gradient = blur.adjoint(t);
          transform(gradient, product, slope_in, gradient);
          return gradient;
        }};
  }

 private:
  void check() const {
    require(gamma >= 1 && smallest > 0 && smallest < 1, name,
            "expected gamma >= 1 and smallest in (0, 1), but gamma is ", gamma, " and smallest ", smallest);
  }
  // x -> u.
  template <class T>
  [[nodiscard]] auto unit() const {
    return [least = static_cast<T>(smallest)](T v) {
      const T u = (v + 1) / 2, above = u < least ? least : u;
      return above > 1 ? T(1) : above;
    };
  }
  // q -> q^(1/gamma).
  template <class T>
  [[nodiscard]] auto root() const {
    return [least = static_cast<T>(std::pow(smallest, gamma)), power = static_cast<T>(1 / gamma)](T q) {
      return std::pow(q < least ? least : q, power);
    };
  }
};

template <class Blur>
gamma_blur(Blur) -> gamma_blur<Blur>;
template <class Blur>
gamma_blur(Blur, double) -> gamma_blur<Blur>;

}  // namespace equireg::measurement
