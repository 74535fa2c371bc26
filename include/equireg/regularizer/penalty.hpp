// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The `penalty` concept: a penalty on the estimate of x0.

#include <equireg/core/tensor.hpp>
#include <equireg/stepper/reverse_step.hpp>

#include <concepts>

namespace equireg {

/// `r.value(x0, step)` is the weighted penalty of each sample, (B, 1, 1, 1).
template <class R, class X>
concept has_penalty_value = requires(const R& r, const X& x0, const reverse_step& step) {
  { r.value(x0, step) } -> std::same_as<X>;
};

/// `r.accumulate(q, x0, step, factor)` adds factor_b times the gradient of the weighted penalty at x0 to q, for each
/// sample b; factor is (B, 1, 1, 1). A likelihood passes its step size there, with its sign.
template <class R, class X>
concept has_accumulate = requires(const R& r, X& q, const X& x0, const reverse_step& step, const X& factor) {
  r.accumulate(q, x0, step, factor);
};

/// `r.active(step)` is false where the penalty's weight is zero: nothing is evaluated then.
template <class R>
concept has_active = requires(const R& r, const reverse_step& step) {
  { r.active(step) } -> std::convertible_to<bool>;
};

/// A penalty R(x0), seen through its value and its gradient.
template <class R, class X>
concept penalty = has_penalty_value<R, X> && has_accumulate<R, X> && has_active<R>;

/// Explains, one line for each missing member, why R is not a `penalty`.
template <class R, class X>
consteval bool check_penalty() {
  static_assert(has_penalty_value<R, X>, "a regularizer needs: X value(const X& x0, const equireg::reverse_step& step) "
                                         "const, the penalty of each sample, (B, 1, 1, 1)");
  static_assert(has_accumulate<R, X>, "a regularizer needs: void accumulate(X& q, const X& x0, const "
                                      "equireg::reverse_step& step, const X& factor) const, which adds factor_b "
                                      "times the penalty's gradient to sample b of q");
  static_assert(has_active<R>, "a regularizer needs: bool active(const equireg::reverse_step& step) const");
  return true;
}

/// Whether R is `regularizer::none`, the penalty that costs not even a branch.
template <class R>
inline constexpr bool is_no_penalty = requires { typename R::is_no_penalty; };

}  // namespace equireg

