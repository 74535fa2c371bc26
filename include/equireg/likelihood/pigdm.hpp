// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::pigdm`: pseudoinverse-guided diffusion, x0 = N(x0_hat, r_t^2 I) given x_t.

#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/likelihood/measured_shape.hpp>
#include <equireg/likelihood/penalty_shift.hpp>
#include <equireg/likelihood/posterior_variance.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/proximal_point.hpp>
#include <equireg/measurement/residual.hpp>
#include <equireg/regularizer/penalty.hpp>

#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace equireg::likelihood {

/// What `pigdm` does with g = J_D^T v, J_D = d x0_hat / d (x_t / a_t).
namespace correction {

/// As published: g is added to the next state in units of the data, x_s / a_s. x0_hat stays.
struct published {};

/// As Bayes has it: x0_hat + (sigma_t^2 / r_t^2) g takes the place of x0_hat, and nothing is added to the next state.
/// For x0 ~ N(m, c I) this is E[x0 | x_t, y] exactly. At a_t = 0, where J_D / a_t is not to be had, its value for that
/// prior, x0_hat + v, stands in.
struct gaussian {};

}  // namespace correction

/// Settings of `pigdm`.
struct pigdm_settings {
  /// Deviation of the measurement's noise, in units of y. Above 0 and below 1e-4 it counts as 1e-4. At 0, and where A
  /// is not linear, the pseudo-inverse takes the place of the solve.
  double sigma_y = 0.05;
  double prior_variance = 1;  ///< c in r_t^2 = c sigma_t^2 / (c + sigma_t^2), in units of the data's square
  /// For an operator without a `prox` of its own.
  measurement::conjugate_gradients_settings solve = {};
};

/// Explains what `pigdm` asks of an operator that has neither.
template <class Operator, class X>
consteval bool check_operator_for_pigdm() {
  static_assert(linear_map<Operator, X> || has_pseudo_inverse<Operator, X>,
                "pigdm needs a linear operator, with: X adjoint(const Y& y) const, or one with: X pseudo_inverse(const "
                "Y& y) const; dps, lgd, score_ald, daps, sitcom, red_diff, fast_dips take any differentiable one");
  return true;
}

/// Pseudoinverse-guided diffusion: p(x0 | x_t) is taken for N(x0_hat, r_t^2 I), so that y given x_t is Gaussian and the
/// gradient of its likelihood is J_D^T v / r_t^2 with
///
///     v = A^T (A A^T + (sigma_y^2 / r_t^2) I)^-1 (y - A x0_hat),      x_s = x'_s + a_s a_t J^T v,
///
/// J = d x0_hat / d x_t and x'_s the stepper's step: a_s a_t J^T v is J_D^T v in units of x_s. (Song et al. 2023,
/// "Pseudoinverse-guided diffusion models for inverse problems", ICLR.) Without noise, and for an operator that is not
/// linear, v = A^+ y - A^+ A(x0_hat). InverseBench runs it with schedule::ve{.steps = 100, .sigma_min = 0.01,
/// .sigma_max = 100} and stepper::ddim{.eta = 0.2, .rule = eta_rule::simple}; any process does.
///
/// v is the step from x0_hat to argmin_u ||A u - y||^2 + kappa ||u - x0_hat||^2, kappa = sigma_y^2 / r_t^2: an
/// operator's own `prox` makes it, or else conjugate gradients. A penalty enters before the pullback, as v - alpha grad
/// R(x0_hat).
///
/// Cost of a step: one score evaluation with one pullback, and one proximal point, or one A and one A^+.
template <class Operator, tensor X, class Correction = correction::published>
class pigdm {
  static_assert(check_operator_for_pigdm<Operator, X>());

 public:
  static constexpr bool changes_x0 = std::is_same_v<Correction, correction::gaussian>;
  static_assert(changes_x0 || std::is_same_v<Correction, correction::published>,
                "pigdm makes one of two corrections: equireg::likelihood::correction::published or gaussian");

  /// y (B, C', H', W') are B measurements. Throws where a setting is out of its range, or sigma_y = 0 and A has no
  /// pseudo-inverse.
  pigdm(Operator measurement, X y, pigdm_settings settings = {}, Correction = {})
      : measurement_(std::move(measurement)),
        y_(measurement::observed_part(measurement_, std::move(y))),
        settings_(settings) {
    require(settings_.sigma_y >= 0 && std::isfinite(settings_.sigma_y), name, "expected sigma_y >= 0, but it is ",
            settings_.sigma_y);
    require(settings_.prior_variance > 0 && std::isfinite(settings_.prior_variance), name,
            "expected prior_variance > 0, but it is ", settings_.prior_variance);
    if constexpr (has_pseudo_inverse<Operator, X>) {
      if (inverts()) explained_ = measurement_.pseudo_inverse(y_);
    } else {
      require(!inverts(), name, "sigma_y is 0, for which the operator should have a pseudo_inverse: give it one, or ",
              "sigma_y > 0");
    }
  }

  static constexpr const char* name = "equireg::likelihood::pigdm";

  [[nodiscard]] std::size_t batch() const { return y_.shape().batch; }

  /// Throws unless A maps samples of the prior's shape to the shape of y.
  void check(const shape& sample) const { require_measured_shape(measurement_, y_, sample, name); }

  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                const reverse_step& step) const {
    static_assert(check_differentiable_score_model<Score>());
    auto [x0, pullback] = score.linearize(x, level);
    const double r2 = posterior_variance(level, settings_.prior_variance);
    X v = towards_data(x0, r2);
    add_penalty_gradient(penalty, v, x0, step, -1);
    if constexpr (changes_x0) {
      if (level.signal == 0) {
        add_scaled(x0, 1, v);
      } else {  // (sigma^2 / r^2) a J^T = (b^2 / (a r^2)) J^T
        add_scaled(x0, level.noise * level.noise / (level.signal * r2), pullback(v));
      }
      return guided_estimate{std::move(x0), absent{}};
    } else {
      X shift = pullback(v);
      transform(shift, step.to.signal * level.signal * entry<0>{}, shift);
      return guided_estimate{std::move(x0), std::move(shift)};
    }
  }

 private:
  static constexpr bool is_linear = linear_map<Operator, X>;

  [[nodiscard]] bool inverts() const { return !is_linear || settings_.sigma_y == 0; }

  // v: where the data pull x0.
  X towards_data(const X& x0, double r2) const {
    if constexpr (!is_linear) {
      return inverted(x0);
    } else {
      if constexpr (has_pseudo_inverse<Operator, X>) {
        if (inverts()) return inverted(x0);
      }
      const double sigma = floored_sigma_y(settings_.sigma_y);
      X v = measurement::proximal_point(measurement_, x0, y_, sigma * sigma / r2, settings_.solve);
      add_scaled(v, -1, x0);
      return v;
    }
  }

  // A^+ y - A^+ A(x0).
  X inverted(const X& x0) const {
    X v = measurement_.pseudo_inverse(measurement_(x0));
    const auto [known, predicted] = entries<2>;
    transform(v, known - predicted, explained_, v);
    return v;
  }

  Operator measurement_;
  X y_;
  pigdm_settings settings_;
  X explained_;  // A^+ y, where it is needed
};

}  // namespace equireg::likelihood
