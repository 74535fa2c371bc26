// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The laws of maps: adjoints, pseudo-inverses and proximal points of linear ones, pullbacks of all.

#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace equireg::test {

/// Standard normal numbers, other ones for each `stream`.
template <class X>
X random_tensor(const shape& s, std::uint32_t stream) {
  X x(s);
  fill_normal(x, noise_address{20250523, stream, purpose::user, 0});
  return x;
}

/// <x, y> over the whole batch, in double.
template <class X>
double inner(const X& x, const X& y) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum += static_cast<double>(x.data()[i]) * static_cast<double>(y.data()[i]);
  }
  return sum;
}

template <class X>
double norm(const X& x) {
  return std::sqrt(inner(x, x));
}

/// a x + b y.
template <class X>
X combination(double a, const X& x, double b, const X& y) {
  using value_type = typename X::value_type;
  X out(x.shape());
  for (std::size_t i = 0; i < x.size(); ++i) {
    out.data()[i] =
        static_cast<value_type>(a * static_cast<double>(x.data()[i]) + b * static_cast<double>(y.data()[i]));
  }
  return out;
}

/// <A x, q> = <x, A^T q>, and A(x + c x') = A x + c A x'.
template <class X, class A>
void check_linear(const A& a, const shape& input) {
  INFO("input " << to_text(input));
  const double tolerance = test::tolerance<typename X::value_type>::adjoint;
  const X x = random_tensor<X>(input, 1), other = random_tensor<X>(input, 2);
  const auto y = a(x);
  const auto q = random_tensor<image_of<A, X>>(y.shape(), 3);
  const X back = a.adjoint(q);
  REQUIRE(back.shape() == input);
  CHECK(std::abs(inner(y, q) - inner(x, back)) <= tolerance * (norm(y) * norm(q) + norm(x) * norm(back)));
  const auto sum = a(combination(1, x, 0.75, other));
  const auto sum_of_images = combination(1, y, 0.75, a(other));
  CHECK(norm(combination(1, sum, -1, sum_of_images)) <= 4 * tolerance * (norm(y) + norm(other)));
}

/// A A^+ A = A and A^+ A A^+ = A^+. `relative` bounds the error of the first by |A x|, of the second by |A^+ y|.
template <class X, class A>
void check_pseudo_inverse(const A& a, const shape& input, double relative) {
  INFO("input " << to_text(input));
  const auto y = a(random_tensor<X>(input, 1));
  CHECK(norm(combination(1, a(a.pseudo_inverse(y)), -1, y)) <= relative * norm(y));
  const X u = a.pseudo_inverse(random_tensor<image_of<A, X>>(y.shape(), 3));
  CHECK(norm(combination(1, a.pseudo_inverse(a(u)), -1, u)) <= relative * norm(u));
}

/// u = prox(x, y, rho) has no gradient: A^T (A u - y) + rho (u - x) = 0, relative to the terms that cancel.
template <class X, class A>
void check_prox(const A& a, const shape& input, double rho, double relative) {
  INFO("input " << to_text(input) << ", rho " << rho);
  const X x = random_tensor<X>(input, 1);
  const auto y = random_tensor<image_of<A, X>>(a(x).shape(), 3);
  const X u = a.prox(x, y, rho);
  const X data = a.adjoint(combination(1, a(u), -1, y));
  const X gradient = combination(1, data, rho, combination(1, u, -1, x));
  CHECK(norm(gradient) <= relative * (norm(a.adjoint(y)) + rho * norm(x)));
}

/// The value of linearize is f(x), and <pullback(v), d> is the central difference of <v, f> along d.
template <class X, class F>
void check_pullback(const F& f, const X& x) {
  INFO("input " << to_text(x.shape()));
  using tolerance = test::tolerance<typename X::value_type>;
  const auto [value, pullback] = equireg::linearize(f, x);
  const auto direct = f(x);
  CHECK(norm(combination(1, value, -1, direct)) <= tolerance::rounding * norm(direct));
  for (std::uint32_t trial = 0; trial < 4; ++trial) {
    const X d = random_tensor<X>(x.shape(), 10 + trial);
    const auto v = random_tensor<image_of<F, X>>(direct.shape(), 20 + trial);
    // Where f is flat this is exactly 0, also if the compiler fuses multiplication and addition.
    const auto rise = combination(1, f(combination(1, x, tolerance::step, d)), -1,
                                  f(combination(1, x, -tolerance::step, d)));
    const auto difference = combination(0.5 / tolerance::step, rise, 0, rise);
    const double expected = inner(v, difference), actual = inner(pullback(v), d);
    CHECK(std::abs(actual - expected) <= tolerance::finite_difference * norm(v) * norm(difference));
  }
}

}  // namespace equireg::test
