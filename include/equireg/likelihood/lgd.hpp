// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::lgd`: loss-guided diffusion, whose loss is averaged over draws around x0_hat.

#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/likelihood/measured_shape.hpp>
#include <equireg/likelihood/penalty_shift.hpp>
#include <equireg/likelihood/posterior_variance.hpp>
#include <equireg/likelihood/requirements.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/pulled_residual.hpp>
#include <equireg/measurement/residual.hpp>
#include <equireg/regularizer/penalty.hpp>

#include <cmath>
#include <cstddef>
#include <utility>

namespace equireg::likelihood {

/// How `lgd` makes one loss L of the l_i = ||y - A(x_i)||^2 at its draws x_i.
enum class draw_average {
  mean,     ///< L = mean_i l_i, whose gradient weighs all draws alike
  softmax,  ///< L = -2 sigma_y^2 log mean_i exp(-l_i / (2 sigma_y^2)), whose gradient weighs as Bayes does
};

/// Settings of `lgd`. The defaults are those of InverseBench for 1000 steps.
struct lgd_settings {
  std::size_t draws = 3;      ///< n
  double step_size = 3e-3;    ///< w, in units of x_{t-1} as that of `dps`: tune it anew for other steps and scales of A
  double prior_variance = 1;  ///< c in r_t^2 = c sigma_t^2 / (c + sigma_t^2); with 0 and one draw this is `dps`
  draw_average average = draw_average::mean;
  double sigma_y = 0.05;  ///< deviation of the measurement's noise; read by `softmax` alone
};

/// Loss-guided diffusion: DPS with its loss averaged over a Gaussian around x0_hat instead of taken at the one point.
///
///     x_i = x0_hat + r_t z_i, z_i ~ N(0, I), i = 1 ... n,      l_i = ||y - A(x_i)||^2
///     x_{t-1} = x'_{t-1} - w J^T grad_{x0} [ sqrt(L(x0_hat)) + alpha R(x0_hat) ],   J = d x0_hat / d x_t,
///
/// where x'_{t-1} is the stepper's step and L the average of the l_i, see `draw_average`. (Song et al. 2023,
/// "Loss-guided diffusion models for plug-and-play controllable generation", ICML.) InverseBench divides by the root of
/// the sum of the l_i instead of their mean, so that its step shrinks with sqrt(n), and shares its draws and its sum
/// between the samples of a batch; here all of it is per sample. A loss of 0 has no direction.
///
/// Cost of a step: one score evaluation with one pullback, n A and n A'^T.
template <class Operator, tensor X>
class lgd {
 public:
  /// y (B, C', H', W') are B measurements; entries that the operator does not observe may hold anything. Throws where a
  /// setting is out of its range.
  lgd(Operator measurement, X y, lgd_settings settings = {})
      : measurement_(std::move(measurement)),
        y_(measurement::observed_part(measurement_, std::move(y))),
        settings_(settings) {
    require(settings_.draws >= 1, name, "expected at least one draw, but draws is ", settings_.draws);
    require(settings_.step_size >= 0 && std::isfinite(settings_.step_size), name,
            "expected a step size >= 0, but step_size is ", settings_.step_size);
    require(settings_.prior_variance >= 0 && std::isfinite(settings_.prior_variance), name,
            "expected prior_variance >= 0, but it is ", settings_.prior_variance);
    require(!is_softmax() || (settings_.sigma_y > 0 && std::isfinite(settings_.sigma_y)), name,
            "draw_average::softmax expects sigma_y > 0, but it is ", settings_.sigma_y);
  }

  static constexpr const char* name = "equireg::likelihood::lgd";

  [[nodiscard]] std::size_t batch() const { return y_.shape().batch; }

  /// Throws unless A maps samples of the prior's shape to the shape of y.
  void check(const shape& sample) const { require_measured_shape(measurement_, y_, sample, name); }

  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                const reverse_step& step) const {
    static_assert(check_differentiable_score_model<Score>());
    static_assert(check_differentiable_operator<Operator, X>());
    auto [x0, pullback] = score.linearize(x, level);
    X q = data_direction(x0, std::sqrt(posterior_variance(level, settings_.prior_variance)), step);
    add_penalty_gradient(penalty, q, x0, step, -settings_.step_size);
    return guided_estimate{std::move(x0), pullback(q)};
  }

 private:
  [[nodiscard]] bool is_softmax() const { return settings_.average == draw_average::softmax; }

  // -w grad sqrt(L) = w (average of A'^T r_i) / sqrt(L).
  X data_direction(const X& x0, double deviation, const reverse_step& step) const {
    auto [direction, loss] = pull_of_draw(0, x0, deviation, step);
    X total(loss.shape());
    fill(total, 1);
    for (std::size_t i = 1; i < settings_.draws; ++i) {
      const auto [pull, misfit] = pull_of_draw(i, x0, deviation, step);
      if (is_softmax()) {
        add_by_likelihood(direction, loss, total, pull, misfit);
      } else {
        add_scaled(direction, 1, pull);
        add_scaled(loss, 1, misfit);
        transform(total, entry<0>{} + 1, total);
      }
    }
    const auto [l, weights] = entries<2>;
    const std::size_t n = settings_.draws;
    if (is_softmax()) {
      transform(loss, l - 2 * settings_.sigma_y * settings_.sigma_y * log(weights / n), loss, total);
    } else {
      transform(loss, l / n, loss);
    }
    transform(total, select(l > 0, settings_.step_size / (weights * sqrt(l)), 0), loss, total);
    const auto [v, f] = entries<2>;
    transform(direction, f * v, direction, per_sample{total});
    return direction;
  }

  // A'^T r and ||r||^2 at x0 + deviation z_i.
  auto pull_of_draw(std::size_t i, const X& x0, double deviation, const reverse_step& step) const {
    X draw(x0.shape());
    const auto [v, z] = entries<2>;
    transform(draw, v + deviation * z, x0, normal_noise{step.chain(purpose::likelihood, i)});
    return measurement::pulled_residual(measurement_, y_, draw);
  }

  // One more term of sum_i exp((least - l_i) / (2 sigma_y^2)) (A'^T r_i, 1), where `least` is the smallest l_i so far:
  // no exponential overflows, and none of the largest is lost.
  void add_by_likelihood(X& direction, X& least, X& total, const X& pull, const X& misfit) const {
    const double rate = 1 / (2 * settings_.sigma_y * settings_.sigma_y);
    X kept(least.shape()), added(least.shape());
    const auto [old, l] = entries<2>;
    transform(kept, select(l < old, exp(rate * (l - old)), 1), least, misfit);
    transform(added, select(l < old, 1, exp(rate * (old - l))), least, misfit);
    const auto [v, u, k, a] = entries<4>;
    transform(direction, k * v + a * u, direction, pull, per_sample{kept}, per_sample{added});
    transform(total, u * v + k, total, kept, added);
    transform(least, select(l < old, l, old), least, misfit);
  }

  Operator measurement_;
  X y_;
  lgd_settings settings_;
};

}  // namespace equireg::likelihood
