// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::sitcom`: at each step, x_t is moved until the score model's x0 explains the measurement.

#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/inner/adam.hpp>
#include <equireg/inner/equivariance_phase.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/likelihood/measured_shape.hpp>
#include <equireg/likelihood/penalty_shift.hpp>
#include <equireg/likelihood/requirements.hpp>
#include <equireg/likelihood/task.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/observed_entries.hpp>
#include <equireg/measurement/pulled_residual.hpp>
#include <equireg/measurement/residual.hpp>
#include <equireg/regularizer/penalty.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

namespace equireg::likelihood {

/// Where `sitcom` has its penalty.
enum class sitcom_penalty {
  phase,       ///< descents of its own on x0 after those on v, `inner::equivariance_phase`: what EquiReg publishes
  inner_loss,  ///< alpha R(x0_hat(v)) is added to the loss of every iteration; the outer steps count for its schedule
};

/// Settings of `sitcom`. The defaults are those of its code, for 20 steps.
struct sitcom_settings {
  std::size_t iterations = 30;  ///< K >= 1
  double rate = 0.02;           ///< of Adam on v / sqrt(a^2 + b^2), the state as a variance preserving process has it
  double sigma_y = 0.05;        ///< deviation of the measurement's noise, for delta alone
  /// delta: a sample with ||A(x0) - y||^2 < delta is done. By default (sigma_y + 0.001)^2 times the number of measured
  /// entries; with 0 none is ever done.
  std::optional<double> tolerance = {};
  /// The x0 that leaves a step is the one at the last v, for one more evaluation of the score. Without, it is the one
  /// before Adam's last step, as in the published code: K - 1 steps count then, and no other is made.
  bool use_last_step = true;
  double proximal_weight = 0;  ///< lambda of lambda ||v - x_t||^2 / (a^2 + b^2) in the loss; the code has no such term
  /// kappa: at the end x0 <- x0 - kappa grad ||A(x0) - y||^2, which a linear A needs below 1 / ||A||^2. For masks 1/2
  /// puts y in its place.
  double correction = 0;
  sitcom_penalty penalty = sitcom_penalty::phase;
  /// Of `sitcom_penalty::phase`. After the correction, too, x0 is cut to its range.
  inner::equivariance_phase_settings phase = {};

  /// What the authors' code uses for 20 steps and sigma_y = 0.05: a rate and a K of their own for box inpainting and
  /// super-resolution, the defaults of its script elsewhere; kappa = 1/2 for masks. The phase is that of EquiReg's code
  /// with the same rate, and cuts to [-1, 1].
  static sitcom_settings published(task t) {
    sitcom_settings s;
    if (t == task::box_inpainting) {
      s.rate = 0.01;
      s.iterations = 40;
    }
    if (t == task::box_inpainting || t == task::random_inpainting) s.correction = 0.5;
    s.phase = {.iterations = 30, .rate = s.rate, .range = {-1, 1}};
    return s;
  }
};

/// Step-wise triple-consistent sampling (Alkhouri et al. 2024, arXiv:2410.04479, Algorithm 1).
///
///     v_0 = x_t
///     v_k = Adam step on ||A(x0_hat(v)) - y||^2 + lambda ||v - x_t||^2 / (a^2 + b^2),   k = 1 ... K
///     x0  = x0_hat(v_K), then the penalty's phase, then the correction
///
/// and `stepper::renoise` noises x0 to the next level. Adam is fresh at each step. v goes through the score model, and
/// few steps keep it near x_t, where the model knows its way. A sample whose misfit is below delta stays where it is;
/// when all are, the step is over. All is per sample, the threshold too, which counts the entries that A observes; the
/// published code takes one threshold over the batch, and returns the state that is nearest to the ground truth.
///
/// The rate is in units of the variance preserving state, whatever the process: the same x0 follow from x_t / a and
/// sigma.
///
/// Cost of a step: K + 1 evaluations of the score with K pullbacks, K A and K A'^T, or as many as the sample takes that
/// is done last; without `use_last_step` K, K - 1, K - 1 and K - 1. The correction takes one A and one A'^T more.
template <class Operator, tensor X>
class sitcom {
 public:
  /// y (B, C', H', W') are B measurements; entries that the operator does not observe may hold anything. Throws where a
  /// setting is out of its range.
  sitcom(Operator measurement, X y, sitcom_settings settings = {})
      : measurement_(std::move(measurement)),
        y_(measurement::observed_part(measurement_, std::move(y))),
        settings_(settings) {
    static_assert(check_differentiable_operator<Operator, X>());
    const auto require_non_negative = [](double value, const char* what) {
      require(value >= 0 && std::isfinite(value), name, "expected ", what, " >= 0, but it is ", value);
    };
    require(settings_.iterations >= 1, name, "expected at least one iteration, but iterations is 0");
    require_non_negative(settings_.rate, "rate");
    require_non_negative(settings_.sigma_y, "sigma_y");
    require_non_negative(settings_.tolerance.value_or(0), "tolerance");
    require_non_negative(settings_.proximal_weight, "proximal_weight");
    require_non_negative(settings_.correction, "correction");
    settings_.phase.check(name);
    constexpr double margin = 0.001;
    const auto entries = static_cast<double>(measurement::observed_entries<X>(measurement_, y_.shape()));
    tolerance_ = settings_.tolerance.value_or(std::pow(settings_.sigma_y + margin, 2) * entries);
  }

  static constexpr const char* name = "equireg::likelihood::sitcom";
  static constexpr bool changes_x0 = true;

  [[nodiscard]] std::size_t batch() const { return y_.shape().batch; }

  /// delta of a sample.
  [[nodiscard]] double tolerance() const { return tolerance_; }

  /// Throws unless A maps samples of the prior's shape to the shape of y.
  void check(const shape& sample) const { require_measured_shape(measurement_, y_, sample, name); }

  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                const reverse_step& step) const {
    static_assert(check_differentiable_score_model<Score>());
    X x0 = consistent_estimate(score, penalty, x, level, step);
    if (settings_.penalty == sitcom_penalty::phase) inner::equivariance_phase(penalty, x0, step, settings_.phase);
    if (settings_.correction > 0) {
      add_scaled(x0, 2 * settings_.correction, measurement::pulled_residual(measurement_, y_, x0).direction);
      inner::clamp(x0, settings_.phase.range);
    }
    return guided_estimate{std::move(x0), absent{}};
  }

 private:
  // x0_hat at the v to which Adam goes from x.
  template <class Score, class Penalty>
  X consistent_estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                        const reverse_step& step) const {
    const double unit = std::hypot(level.signal, level.noise);
    inner::adam<X> adam{{.rate = settings_.rate * unit, .epsilon = inner::adam_settings{}.epsilon / unit}, x.shape()};
    X v = x;
    X searching({batch(), 1, 1, 1});
    fill(searching, 1);
    const std::size_t steps = settings_.iterations - (settings_.use_last_step ? 0 : 1);
    for (std::size_t k = 0; k < steps; ++k) {
      auto [x0, pullback] = score.linearize(v, level);
      auto [direction, misfit] = measurement::pulled_residual(measurement_, y_, x0);
      const auto [on, loss] = entries<2>;
      transform(searching, select(loss < tolerance_, 0, on), searching, misfit);
      if (all_done(searching)) return std::move(x0);
      transform(direction, -2 * entry<0>{}, direction);
      if (settings_.penalty == sitcom_penalty::inner_loss) add_penalty_gradient(penalty, direction, x0, step, 1);
      X gradient = pullback(direction);
      if (settings_.proximal_weight > 0) add_proximal_gradient(gradient, v, x, unit);
      adam.step(v, gradient, searching);
    }
    return score.denoise(v, level);
  }

  static bool all_done(const X& searching) {
    const auto on = to_host(searching);
    return std::all_of(on.begin(), on.end(), [](double o) { return o == 0; });
  }

  void add_proximal_gradient(X& gradient, const X& v, const X& x, double unit) const {
    const double factor = 2 * settings_.proximal_weight / (unit * unit);
    const auto [g, now, start] = entries<3>;
    transform(gradient, g + factor * (now - start), gradient, v, x);
  }

  Operator measurement_;
  X y_;
  sitcom_settings settings_;
  double tolerance_;
};

}  // namespace equireg::likelihood
