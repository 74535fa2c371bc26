// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::mcg`: the manifold constrained gradient, a gradient step beside the data and a projection onto
/// them.

#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/likelihood/measured_shape.hpp>
#include <equireg/likelihood/penalty_shift.hpp>
#include <equireg/likelihood/replacement.hpp>
#include <equireg/likelihood/requirements.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/residual.hpp>

#include <cmath>
#include <cstddef>
#include <utility>

namespace equireg::likelihood {

/// Settings of `mcg`.
struct mcg_settings {
  /// w; the gradient is taken w a_t times. 1 leaves the gradient as it stands above. This library's search by
  /// the energy distance to the posterior (examples/posterior_table) finds 1 for three modes of 4 x 4, and 0.03 for
  /// clothes under box, super-resolution and blur alike.
  double step_size = 1;
};

/// Manifold constrained gradients: with P = A^+ A and J = d x0_hat / d x_t,
///
///     x_s = (I - P) (x'_s - w a_t J^T grad_{x0} [ ||A^+ y - P x0_hat||^2 + alpha R(x0_hat) ]) + A^+ y_s,
///     y_s = a_s y + b_s A z,
///
/// where x'_s is the stepper's step: `projection` finds the measured part, and the gradient moves the rest with it.
/// (Chung et al. 2022, arXiv:2206.00941, in the form of RED-diff's code, arXiv:2305.04391: the misfit is measured by
/// A^+, the gradient weighted by a_t and kept to the null space.) a_t J is the Jacobian in units of the data. The code
/// of DPS takes the gradient in all directions, the level t for y_s, white noise in the place of A z, and a projector
/// that is none.
///
/// grad ||A^+ y - P x0||^2 = -2 A^+ (y - A x0), since P is symmetric and P A^+ = A^+. The shift is handed on whole, for
/// `correct` removes the part of it that is not in the null space.
///
/// As with `projection`, noise of y ends up in x. For a prior of independent elements and a mask, J mixes nothing and
/// both are the same.
///
/// Cost of a step: one score evaluation with one pullback, two A and two A^+.
template <class Operator, tensor X>
class mcg {
  static_assert(check_operator_with_pseudo_inverse<Operator, X>());
  static_assert(check_linear_operator<Operator, X>());

 public:
  /// y (B, C', H', W') are B measurements; entries that the operator does not observe may hold anything. Throws where
  /// the step size is negative or no number.
  mcg(Operator measurement, X y, mcg_settings settings = {})
      : measurement_(std::move(measurement)),
        y_(measurement::observed_part(measurement_, std::move(y))),
        settings_(settings) {
    require(settings_.step_size >= 0 && std::isfinite(settings_.step_size), name,
            "expected a step size >= 0, but step_size is ", settings_.step_size);
  }

  static constexpr const char* name = "equireg::likelihood::mcg";

  [[nodiscard]] std::size_t batch() const { return y_.shape().batch; }

  /// Throws unless A maps samples of the prior's shape to the shape of y.
  void check(const shape& sample) const { require_measured_shape(measurement_, y_, sample, name); }

  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                const reverse_step& step) const {
    static_assert(check_differentiable_score_model<Score>());
    auto [x0, pullback] = score.linearize(x, level);
    const double weight = settings_.step_size * level.signal;
    X q = missing(x0);
    transform(q, 2 * weight * entry<0>{}, q);
    add_penalty_gradient(penalty, q, x0, step, -weight);
    return guided_estimate{std::move(x0), pullback(q)};
  }

  void correct(X& x, const reverse_step& step) const {
    const auto back = [this](const X& r) { return inverted(r); };
    replace_measured_part(x, measurement_, y_, back, step, 1);
  }

 private:
  X inverted(const X& r) const { return measurement_.pseudo_inverse(r); }
  // A^+ y - P x0.
  X missing(const X& x0) const { return inverted(measurement::residual(measurement_, y_, x0).value); }

  Operator measurement_;
  X y_;
  mcg_settings settings_;
};

}  // namespace equireg::likelihood
