// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief What methods share that put the measured part of the data, noised, in the place of the state's.

#include <equireg/core/arguments.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/likelihood/penalty_shift.hpp>
#include <equireg/regularizer/penalty.hpp>
#include <equireg/stepper/reverse_step.hpp>

#include <utility>

namespace equireg::likelihood {

/// x_s <- x_s + strength B(y_s - A x_s), y_s = a_s y + b_s A z, z ~ N(0, I), at the level s that x has now, `step.to`.
/// A is linear, so that one A does: of b_s z - x_s. B brings what y misses back to x. The noise is A z, and not white
/// as in the published code of DPS, since that is how y_s would be noised; and the level is s, where that code has t.
template <tensor X, class A, class Y, class Back>
void replace_measured_part(X& x, const A& a, const Y& y, const Back& back, const reverse_step& step, double strength) {
  using value_type = typename X::value_type;
  const auto signal = static_cast<value_type>(step.to.signal), noise = static_cast<value_type>(step.to.noise);
  X difference(x.shape());
  if (noise == 0) {
    transform(difference, -entry<0>{}, x);
  } else {
    const auto [v, z] = entries<2>;
    transform(difference, noise * z - v, x, normal_noise{step.noise(purpose::likelihood)});
  }
  Y missing = a(difference);
  add_scaled(missing, signal, y);
  add_scaled(x, strength, back(missing));
}

/// E[x0 | x_t = x] of the prior, after the penalty's step, and no shift: what such a method hands to the stepper.
template <class Score, class Penalty, tensor X>
auto prior_estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                    const reverse_step& step) {
  X x0 = score.denoise(x, level);
  descend_penalty(penalty, x0, step);
  return guided_estimate{std::move(x0), absent{}};
}

}  // namespace equireg::likelihood
