// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `inner::equivariance_phase`: EquiReg's own descent on x0, between the data's say and the stepper's.

#include <equireg/core/tensor.hpp>
#include <equireg/core/value_range.hpp>
#include <equireg/inner/adam.hpp>
#include <equireg/regularizer/penalty.hpp>
#include <equireg/stepper/reverse_step.hpp>

#include <cmath>
#include <cstddef>

namespace equireg::inner {

/// Each element of x cut to the range; a NaN stays one, so that the sampler sees it.
template <tensor X>
void clamp(X& x, const value_range& range) {
  if (std::isinf(range.low) && std::isinf(range.high)) return;
  transform(x, clamped_element<typename X::value_type>{range}, x);
}

/// Settings of `equivariance_phase`.
struct equivariance_phase_settings {
  std::size_t iterations = 30;  ///< n
  double rate = 0.02;           ///< of Adam, in units of x0: what the phase can move an element is about n times this
  /// x0 is cut to it after the phase: [-1, 1] for photographs. The published code does not cut.
  value_range range = {};

  /// Throws unless every number is in its range.
  void check(const char* where) const {
    adam_settings{.rate = rate}.check(where);
    range.check(where);
  }
};

/// The step that a penalty is told in iteration i of n of a phase inside `outer`: it counts the phase's iterations, so
/// that a schedule of the penalty's weight does, and has a seed of the phase's own, so that group elements differ from
/// one outer step to the next and from one iteration to the next.
[[nodiscard]] inline reverse_step step_of_phase(const reverse_step& outer, std::size_t i, std::size_t n) {
  reverse_step step = outer;
  step.index = i;
  step.total = n;
  step.seed = outer.chain(purpose::group_element, 0).seed;
  return step;
}

/// n steps of a fresh Adam on alpha R(x0) alone (EquiReg, arXiv:2505.22973, as its code does for SITCOM). Iterations at
/// which the penalty rests are left out, without a step of Adam's; whether one rests is the same for all samples, so
/// that a batch of B is B runs of one.
///
/// Adam does not see by what its objective is multiplied: alpha decides only whether R acts, and rate and n how much.
///
/// Cost: what the penalty's gradient costs, at most n times; nothing without a penalty.
template <class Penalty, tensor X>
void equivariance_phase(const Penalty& penalty, X& x0, const reverse_step& outer,
                        const equivariance_phase_settings& settings = {}) {
  if constexpr (!is_no_penalty<Penalty>) {
    adam<X> descent{{.rate = settings.rate}, x0.shape()};
    X gradient(x0.shape()), one({x0.shape().batch, 1, 1, 1});
    fill(one, 1);
    for (std::size_t i = 0; i < settings.iterations; ++i) {
      const reverse_step step = step_of_phase(outer, i, settings.iterations);
      if (!penalty.active(step)) continue;
      fill(gradient, 0);
      penalty.accumulate(gradient, x0, step, one);
      descent.step(x0, gradient);
    }
    if (descent.count() > 0) clamp(x0, settings.range);
  }
}

}  // namespace equireg::inner
