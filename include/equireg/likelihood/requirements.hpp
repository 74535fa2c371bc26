// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief What a likelihood asks of its operator, said in a sentence where the operator lacks it.

#include <equireg/core/map.hpp>

namespace equireg::likelihood {

/// The likelihood needs A^+.
template <class Operator, class X>
consteval bool check_operator_with_pseudo_inverse() {
  static_assert(has_pseudo_inverse<Operator, X>,
                "this likelihood needs an operator with: X pseudo_inverse(const Y& y) const, A^+ y; tmpd, diffpir, "
                "pnp_dm take any linear one, and dps, lgd, score_ald, daps, sitcom, red_diff, fast_dips any "
                "differentiable one");
  return true;
}

/// The likelihood needs V, the singular values and U^T y.
template <class Operator, class X>
consteval bool check_operator_with_spectral_form() {
  static_assert(has_spectral_form<Operator, X>,
                "this likelihood needs an operator with: spectral_form(const equireg::shape& sample) const, its "
                "singular value decomposition; measurement::decomposed makes one of any small linear operator, ddnm "
                "takes any with a pseudo-inverse, pigdm, tmpd, diffpir, pnp_dm any linear one, and dps, lgd, "
                "score_ald, daps, sitcom, red_diff, fast_dips any differentiable one");
  return true;
}

/// The likelihood needs A^T, or the proximal point.
template <class Operator, class X>
consteval bool check_linear_operator() {
  static_assert(linear_map<Operator, X>,
                "this likelihood needs a linear operator, with: X adjoint(const Y& y) const; dps, lgd, score_ald, "
                "daps, sitcom, red_diff, fast_dips take any differentiable one");
  return true;
}

/// The likelihood needs J_A^T.
template <class Operator, class X>
consteval bool check_differentiable_operator() {
  static_assert(differentiable_map<Operator, X>,
                "this likelihood needs an operator with: linearization<Y, Pullback> linearize(const X& x) const, or, "
                "if it is linear, X adjoint(const Y& y) const; daps with Metropolis steps takes one that only "
                "evaluates");
  return true;
}

}  // namespace equireg::likelihood
