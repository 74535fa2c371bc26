// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::score_ald`: the likelihood of the noisy state itself, as annealed Langevin dynamics takes it.

#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/likelihood/measured_shape.hpp>
#include <equireg/likelihood/penalty_shift.hpp>
#include <equireg/likelihood/requirements.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/pulled_residual.hpp>

#include <cmath>
#include <cstddef>
#include <utility>

namespace equireg::likelihood {

/// How far `score_ald` goes along d = A'^T (y - A(x~)).
enum class ald_weight {
  likelihood,  ///< d / (sigma_y^2 + gamma_t^2), the gradient of the likelihood's logarithm
  of_score,    ///< share |score| d / |d|, a fixed share of the prior's score, whatever the noise of y
};

/// Settings of `score_ald`.
struct score_ald_settings {
  double sigma_y = 0.05;  ///< deviation of the measurement's noise, in units of y; read by `likelihood` alone
  /// gamma_t = gamma sigma_t, in units of y: the noise of x~ as y sees it. The norm of A makes it as large as that
  /// noise can look, and an Euler step stable at every level. 0 trusts noisy states as if they were data. 1 stands for a
  /// norm of 1 and follows from that alone; of the energy distance to posteriors of clothes and of three modes, 0.1
  /// (super-resolution) to 0.3 is better (examples/posterior_table).
  double gamma = 1;
  ald_weight weight = ald_weight::likelihood;
  double share = 0.3;  ///< lambda; read by `of_score` alone

  /// Those of InverseBench for CSGM-MRI. They go with schedule::ve{.steps = 1156, .sigma_min =
  /// 0.0066, .sigma_max = 1.237}, the lower half of 2311 levels from 232, and with `stepper::annealed_langevin{}`.
  static score_ald_settings csgm_mri() { return {.weight = ald_weight::of_score, .share = 0.3}; }
};

/// Score-based annealed Langevin dynamics: p(y | x_t) is taken for N(y; A(x~), (sigma_y^2 + gamma_t^2) I), where
/// x~ = x / a = x0 + sigma_t eps is the state in units of the data. With g = grad_x log p(y | x_t) in the score, x0_hat
/// becomes
///
///     x0' = x0_hat + (b^2 / a) g = x0_hat + sigma_t^2 A'(x~)^T (y - A(x~)) / (sigma_y^2 + gamma_t^2).
///
/// (Jalal et al. 2021, "Robust compressed sensing MRI with deep generative priors", arXiv:2108.01368.) For a flat prior
/// and A = c I, gamma = c makes x0' = E[x0 | x_t, y]; for any prior it is right in the limit of clean states. Pure
/// noise, a = 0, says nothing about y: x0' = x0_hat there. `ald_weight::of_score` is the step of InverseBench's code,
/// x0' = x0_hat + share |x0_hat - x~| d / |d|, with norms per sample.
///
/// Any stepper serves; with `stepper::annealed_langevin` it is the method of the paper. The penalty makes one explicit
/// step on x0', after the data.
///
/// Cost of an estimate: one score evaluation, one A and one A'^T; no pullback of the score.
template <class Operator, tensor X>
class score_ald {
  static_assert(check_differentiable_operator<Operator, X>());

 public:
  /// y (B, C', H', W') are B measurements; entries that the operator does not observe may hold anything. Throws where a
  /// setting is out of its range.
  score_ald(Operator measurement, X y, score_ald_settings settings = {})
      : measurement_(std::move(measurement)),
        y_(measurement::observed_part(measurement_, std::move(y))),
        settings_(settings) {
    const bool exact = settings_.weight == ald_weight::likelihood && settings_.sigma_y == 0 && settings_.gamma == 0;
    require(settings_.sigma_y >= 0 && std::isfinite(settings_.sigma_y), name, "expected sigma_y >= 0, but it is ",
            settings_.sigma_y);
    require(settings_.gamma >= 0 && std::isfinite(settings_.gamma), name, "expected gamma >= 0, but it is ",
            settings_.gamma);
    require(!exact, name,
            "expected sigma_y > 0 or gamma > 0, but both are 0: such a likelihood has no finite gradient");
    require(settings_.share >= 0 && std::isfinite(settings_.share), name, "expected share >= 0, but it is ",
            settings_.share);
  }

  static constexpr const char* name = "equireg::likelihood::score_ald";
  static constexpr bool changes_x0 = true;

  [[nodiscard]] std::size_t batch() const { return y_.shape().batch; }

  /// Throws unless A maps samples of the prior's shape to the shape of y.
  void check(const shape& sample) const { require_measured_shape(measurement_, y_, sample, name); }

  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                const reverse_step& step) const {
    X x0 = score.denoise(x, level);
    if (level.signal > 0) follow_data(x0, x, level);
    descend_penalty(penalty, x0, step);
    return guided_estimate{std::move(x0), absent{}};
  }

 private:
  void follow_data(X& x0, const X& x, const noise_level& level) const {
    X unscaled(x.shape());
    transform(unscaled, entry<0>{} / level.signal, x);
    const X direction = measurement::pulled_residual(measurement_, y_, unscaled).direction;
    if (settings_.weight == ald_weight::likelihood) {
      const double ratio = settings_.sigma_y / level.sigma();
      add_scaled(x0, 1 / (ratio * ratio + settings_.gamma * settings_.gamma), direction);
      return;
    }
    const auto [u, v] = entries<2>;
    X factor = reduce(square(u - v), x0, unscaled);
    const auto [score, size] = entries<2>;
    transform(factor, select(size > 0, settings_.share * sqrt(score / size), 0), factor, squared_norm(direction));
    const auto [x0_hat, f, d] = entries<3>;
    transform(x0, x0_hat + f * d, x0, per_sample{factor}, direction);
  }

  Operator measurement_;
  X y_;
  score_ald_settings settings_;
};

}  // namespace equireg::likelihood
