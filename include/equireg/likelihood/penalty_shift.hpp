// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief What a penalty on x0 adds to the next state where the likelihood adds nothing itself.

#include <equireg/core/tensor.hpp>
#include <equireg/regularizer/penalty.hpp>
#include <equireg/stepper/reverse_step.hpp>

namespace equireg::likelihood {

/// -J^T alpha grad R(x0), where pullback(v) is J^T v; zero at steps where the penalty rests.
template <class Penalty, class X, class Pullback>
X penalty_shift(const Penalty& penalty, const X& x0, const Pullback& pullback, const reverse_step& step) {
  X q(x0.shape());
  fill(q, 0);
  if (!penalty.active(step)) return q;
  X minus_one({x0.shape().batch, 1, 1, 1});
  fill(minus_one, -1);
  penalty.accumulate(q, x0, step, minus_one);
  return pullback(q);
}

}  // namespace equireg::likelihood
