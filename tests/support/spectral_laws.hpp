// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The laws of a spectral form: V is orthogonal, A^T A = V diag(s^2) V^T, and what y says of each mode.

#include <support/map_laws.hpp>

#include <cstddef>

namespace equireg::test {

/// z with factor(s_i) on each mode.
template <class X, class F>
X on_modes(const X& z, const X& s, const F& factor) {
  X out(z.shape());
  for (std::size_t i = 0; i < z.size(); ++i) out.data()[i] = factor(s.data()[i % s.size()]) * z.data()[i];
  return out;
}

/// `relative` bounds each error by what it is an error of; measured(A x) by |V^T x| over the square of the smallest
/// singular value that is not 0, relative to the largest. Where the operator cuts singular values off, `cut` is the
/// largest of them relative to the largest of all: A^T A is diag(s^2) up to its square.
template <class X, class A>
void check_spectral_form(const A& a, const shape& sample, double relative, double cut = 0) {
  using T = typename X::value_type;
  static_assert(has_spectral_form<A, X>);
  INFO("sample " << to_text(sample));
  const auto form = a.spectral_form(sample);
  const X x = random_tensor<X>(sample, 1);
  const X modes = form.to_modes(x);
  const X s = form.singular_values();
  REQUIRE(modes.size() == x.size());
  REQUIRE(s.shape() == modes.shape().with_batch(1));
  T largest = 0, least = 0;
  for (const T v : s.values()) {
    REQUIRE(v >= 0);
    largest = std::max(largest, v);
    if (v > 0 && (least == 0 || v < least)) least = v;
  }
  REQUIRE(largest > 0);

  // V is square and orthogonal.
  CHECK(norm(combination(1, form.from_modes(modes), -1, x)) <= relative * norm(x));
  CHECK(std::abs(norm(modes) - norm(x)) <= relative * norm(x));
  const X z = random_tensor<X>(modes.shape(), 2);
  CHECK(norm(combination(1, form.to_modes(form.from_modes(z)), -1, z)) <= relative * norm(z));
  CHECK(std::abs(inner(modes, z) - inner(x, form.from_modes(z))) <= relative * norm(x) * norm(z));

  // A^T A = V diag(s^2) V^T.
  const X normal = form.from_modes(on_modes(modes, s, [](T v) { return v * v; }));
  CHECK(norm(combination(1, a.adjoint(a(x)), -1, normal)) <=
        (relative + cut * cut) * static_cast<double>(largest * largest) * norm(x));

  // y = A x says V^T x where s > 0, and nothing where s = 0. x has no part in the modes that were cut off.
  const X kept = on_modes(modes, s, [](T v) { return v > 0 ? T(1) : T(0); });
  const X told = form.measured(a(form.from_modes(kept)));
  const double growth = static_cast<double>(largest / least);
  CHECK(norm(combination(1, told, -1, kept)) <= relative * growth * growth * norm(modes));
  for (std::size_t i = 0; i < told.size(); ++i) {
    if (s.data()[i % s.size()] == 0) REQUIRE(told.data()[i] == 0);
  }

  // Any y: s U^T y is V^T A^T y.
  const auto y = random_tensor<image_of<A, X>>(a(x).shape(), 3);
  const X back = form.to_modes(a.adjoint(y));
  const X known = on_modes(form.measured(y), s, [](T v) { return v * v; });
  const X kept_back = on_modes(back, s, [](T v) { return v > 0 ? T(1) : T(0); });
  CHECK(norm(combination(1, known, -1, kept_back)) <= relative * norm(back));
}

}  // namespace equireg::test
