// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief What a penalty on x0 does where the likelihood has no gradient of its own to add it to.

#include <equireg/core/tensor.hpp>
#include <equireg/regularizer/penalty.hpp>
#include <equireg/stepper/reverse_step.hpp>

#include <utility>

namespace equireg::likelihood {

/// q_b += factor * alpha grad R(x0) for each sample b, at steps where the penalty is active; nothing where there is none.
template <class Penalty, class X>
void add_penalty_gradient(const Penalty& penalty, X& q, const X& x0, const reverse_step& step, double factor) {
  if constexpr (!is_no_penalty<Penalty>) {
    if (!penalty.active(step)) return;
    X factors({x0.shape().batch, 1, 1, 1});
    fill(factors, static_cast<typename X::value_type>(factor));
    penalty.accumulate(q, x0, step, factors);
  }
}

/// x0 <- x0 - alpha grad R(x0): the penalty's step in a method that asks nobody for a derivative.
template <class Penalty, class X>
void descend_penalty(const Penalty& penalty, X& x0, const reverse_step& step) {
  if constexpr (!is_no_penalty<Penalty>) {
    if (!penalty.active(step)) return;
    X moved = x0;
    add_penalty_gradient(penalty, moved, x0, step, -1);
    x0 = std::move(moved);
  }
}

/// -J^T alpha grad R(x0), where pullback(v) is J^T v; zero at steps where the penalty rests.
template <class Penalty, class X, class Pullback>
X penalty_shift(const Penalty& penalty, const X& x0, const Pullback& pullback, const reverse_step& step) {
  X q(x0.shape());
  fill(q, 0);
  if (!penalty.active(step)) return q;
  add_penalty_gradient(penalty, q, x0, step, -1);
  return pullback(q);
}

}  // namespace equireg::likelihood
