// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The `likelihood_approximation` concept: a solver is one of these, a way from a measurement to a better x0.

#include <equireg/core/noise_level.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/score/score_model.hpp>
#include <equireg/stepper/reverse_step.hpp>
#include <equireg/stepper/reverse_stepper.hpp>

#include <concepts>
#include <cstddef>

namespace equireg {

/// `l.batch()` is the number of measurements: the sampler draws one sample for each.
template <class L>
concept has_batch = requires(const L& l) {
  { l.batch() } -> std::convertible_to<std::size_t>;
};

/// `l.estimate(score, penalty, x, level, step)` is a `guided_estimate`: E[x0 | x_t = x] made better by the measurement
/// and the penalty, and the shift that they add to the next state (a tensor, or `absent`).
template <class L, class S, class R>
concept has_estimate = has_tensor_type<S> && requires(const L& l, const S& score, const R& penalty,
                                                      const typename S::tensor_type& x, const noise_level& level,
                                                      const reverse_step& step) {
  { l.estimate(score, penalty, x, level, step).x0 } -> std::convertible_to<typename S::tensor_type>;
  l.estimate(score, penalty, x, level, step).shift;
};

// ---- what a likelihood may offer besides; the sampler calls what is there ----

/// `l.check(sample_shape)` throws unless the operator maps samples of that shape to the shape of y.
template <class L>
concept checks_shapes = requires(const L& l, const shape& sample) { l.check(sample); };

/// `l.begin(x, level)` turns the pure noise x = b z of the first level into the state that the method starts from.
template <class L, class X>
concept makes_initial_states = requires(const L& l, X& x, const noise_level& level) { l.begin(x, level); };

/// `l.correct(x, step)` changes the state that the stepper made, at level `step.to`: a projection onto the data, say.
template <class L, class X>
concept corrects_states = requires(const L& l, X& x, const reverse_step& step) { l.correct(x, step); };

/// A likelihood whose steps are its own, since the noise that it adds depends on the measurement. It is a
/// `reverse_stepper` itself, and its sampler takes no other.
template <class L, class X>
concept makes_steps = reverse_stepper<L, X>;

/// A way to condition score models of type S on a measurement, with a penalty of type R.
template <class L, class S, class R = regularizer::none>
concept likelihood_approximation = has_batch<L> && has_estimate<L, S, R>;

/// Explains, one line for each missing member, why L is not a `likelihood_approximation`.
template <class L, class S, class R = regularizer::none>
consteval bool check_likelihood_approximation() {
  static_assert(has_batch<L>, "a likelihood approximation needs: std::size_t batch() const, the number of measurements");
  static_assert(has_estimate<L, S, R>,
                "a likelihood approximation needs: guided_estimate<X, Shift> estimate(const Score& score, const "
                "Penalty& penalty, const X& x, const equireg::noise_level& level, const equireg::reverse_step& step) "
                "const, where Shift is X or equireg::absent");
  return true;
}

}  // namespace equireg
