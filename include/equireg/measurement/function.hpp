// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::from_functions`: a map of two functions that the user writes.

#include <equireg/core/map.hpp>

#include <utility>

namespace equireg::measurement {

/// A(x) = value(x), J(x)^T v = derivative(x, v).
template <class Value, class Derivative>
class function {
 public:
  constexpr function(Value value, Derivative derivative)
      : value_(std::move(value)), derivative_(std::move(derivative)) {}

  template <class X>
    requires map<Value, X>
  auto operator()(const X& x) const {
    return value_(x);
  }
  /// The pullback holds a copy of x.
  template <class X>
    requires requires(const Value& f, const Derivative& d, const X& x) { d(x, f(x)); }
  auto linearize(const X& x) const {
    return linearization{value_(x), [x, d = derivative_](const image_of<Value, X>& v) { return d(x, v); }};
  }

 private:
  Value value_;
  Derivative derivative_;
};

/// A x = value(x), A^T y = transposed(y).
template <class Value, class Transposed>
class linear_function {
 public:
  constexpr linear_function(Value value, Transposed transposed)
      : value_(std::move(value)), transposed_(std::move(transposed)) {}

  template <class X>
    requires map<Value, X>
  auto operator()(const X& x) const {
    return value_(x);
  }
  template <class Y>
    requires map<Transposed, Y>
  auto adjoint(const Y& y) const {
    return transposed_(y);
  }

 private:
  Value value_;
  Transposed transposed_;
};

/// A differentiable map: f(x), and pullback(x, v) = J_f(x)^T v in the shape of x.
///
///     const auto camera = measurement::from_functions(
///         [](const X& x) { X y(x.shape()); transform(y, [](float v) { return std::tanh(v); }, x); return y; },
///         [](const X& x, const X& v) {
///           X g(x.shape());
///           transform(g, [](float t, float u) { return u / (std::cosh(t) * std::cosh(t)); }, x, v);
///           return g;
///         });
template <class Value, class Pullback>
constexpr auto from_functions(Value f, Pullback pullback) {
  return function<Value, Pullback>(std::move(f), std::move(pullback));
}

/// A linear map: f(x), and transposed(y) = A^T y.
template <class Value, class Transposed>
constexpr auto linear_from_functions(Value f, Transposed transposed) {
  return linear_function<Value, Transposed>(std::move(f), std::move(transposed));
}

}  // namespace equireg::measurement
