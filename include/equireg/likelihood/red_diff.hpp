// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::red_diff`: one image is fitted to the measurement, with the denoiser as its regulariser.

#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/inner/adam.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/likelihood/measured_shape.hpp>
#include <equireg/likelihood/penalty_shift.hpp>
#include <equireg/likelihood/requirements.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/observed_entries.hpp>
#include <equireg/measurement/pulled_residual.hpp>
#include <equireg/measurement/residual.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

namespace equireg::likelihood {

/// f(sigma) in the weight w_t = w f(sigma_t) of eps_hat - z, sigma_t in units of the data.
enum class red_diff_weighting {
  linear,       ///< sigma: then mu is pulled to x0_hat by w, whatever the noise
  square_root,  ///< sigma^(1/2)
  two_thirds,   ///< sigma^(2/3)
  logarithm,    ///< log(1 + sigma)
  truncated,    ///< min(sigma, 1)
  square,       ///< sigma^2, which has no bound at pure noise
  constant,     ///< 1
};

/// Whether both terms of the objective are means over their entries or sums of them. It decides what a ratio of the
/// weights means: sums weigh the data N_y / N_x times as much. Adam does not see a factor of the whole, as long as its
/// epsilon is small beside the gradients: means of 3 x 256 x 256 numbers come near to the usual 1e-8.
enum class red_diff_scale { means, sums };

/// Where mu starts.
enum class red_diff_start {
  pseudo_inverse,  ///< A^+ y where the operator has it, 0 where it has not
  adjoint,         ///< A^T y, of a linear operator
  zero,
};

/// Settings of `red_diff`. The defaults are those of its code, for 50 steps; its example with 100 steps has rate 0.5.
/// InverseBench takes sums, w = 0.25 and `constant`, v = 2, a rate of 0.02 and starts at 0.
struct red_diff_settings {
  double prior_weight = 0.25;  ///< w
  red_diff_weighting weighting = red_diff_weighting::linear;
  double data_weight = 1;  ///< v
  red_diff_scale scale = red_diff_scale::means;
  red_diff_start start = red_diff_start::pseudo_inverse;
  inner::adam_settings adam = {.rate = 0.1, .beta_2 = 0.99};  ///< the rate is in units of x0

  /// w f(sigma) / sigma: what multiplies mu - x0_hat. Infinite for `square` at pure noise.
  [[nodiscard]] double pull(const noise_level& level) const {
    const double sigma = level.sigma(), inverse = level.signal / level.noise;
    switch (weighting) {
      case red_diff_weighting::linear: return prior_weight;
      case red_diff_weighting::square_root: return prior_weight * std::sqrt(inverse);
      case red_diff_weighting::two_thirds: return prior_weight * std::cbrt(inverse);
      case red_diff_weighting::logarithm: return inverse > 0 ? prior_weight * inverse * std::log1p(sigma) : 0;
      case red_diff_weighting::truncated: return prior_weight * std::min(1.0, inverse);
      case red_diff_weighting::square: return prior_weight * sigma;
      case red_diff_weighting::constant: return prior_weight * inverse;
    }
    return 0;
  }
};

/// Regularisation by denoising diffusion (Mardani et al. 2023, arXiv:2305.04391, Algorithm 1): the state is an image
/// mu, not an x_t, and every step of the schedule is one Adam step along
///
///     w_t (eps_hat(x_t) - z) / N_x - v A'(mu)^T (y - A(mu)) / N_y + alpha grad R(mu),    x_t = a_t mu + b_t z,
///
/// with Adam's memory kept over the whole run, w_t = w f(sigma_t), N_x the entries of mu and N_y the measured entries
/// of y; with `red_diff_scale::sums` N_x = N_y = 1. No derivative of the score is taken. Since eps_hat - z =
/// (mu - x0_hat) / sigma_t, that is how it is computed: nothing cancels, and pure noise is no exception. x_t is a state
/// of the schedule's process, for any process (InverseBench hands a scaled one to a model of the unscaled).
///
///     sampler{prior, red_diff{operator, y}, schedule}
///
/// It makes its own steps, so that the sampler takes no stepper. What it returns is mu, near a mode of the posterior,
/// not a draw: at a single level and for x0 ~ N(m, c I), w_t / (sigma_t (1 + c / sigma_t^2)) (mu - m) / N_x balances
/// the data. Observers see mu as the state, and x0_hat(x_t) as the estimate. A run that goes on with `sample_from` has
/// lost Adam's memory.
///
/// Cost of a step: one score evaluation, one A and one A'^T; A^+ or A^T once more at the start.
template <class Operator, tensor X>
class red_diff {
 public:
  /// y (B, C', H', W') are B measurements; entries that the operator does not observe may hold anything. Throws where a
  /// setting is out of its range, and where `red_diff_start::adjoint` meets an operator without.
  red_diff(Operator measurement, X y, red_diff_settings settings = {})
      : measurement_(std::move(measurement)),
        y_(measurement::observed_part(measurement_, std::move(y))),
        settings_(settings) {
    static_assert(check_differentiable_operator<Operator, X>());
    require(settings_.prior_weight >= 0 && std::isfinite(settings_.prior_weight), name,
            "expected prior_weight >= 0, but it is ", settings_.prior_weight);
    require(settings_.data_weight >= 0 && std::isfinite(settings_.data_weight), name,
            "expected data_weight >= 0, but it is ", settings_.data_weight);
    require(settings_.start != red_diff_start::adjoint || has_adjoint<Operator, X>, name,
            "the operator has no adjoint: choose red_diff_start::pseudo_inverse or red_diff_start::zero");
    settings_.adam.check(name);
    const std::size_t entries = uses_means() ? measurement::observed_entries<X>(measurement_, y_.shape()) : 1;
    data_factor_ = entries > 0 ? settings_.data_weight / static_cast<double>(entries) : 0;
  }

  static constexpr const char* name = "equireg::likelihood::red_diff";

  [[nodiscard]] std::size_t batch() const { return y_.shape().batch; }

  /// Throws unless A maps samples of the prior's shape to the shape of y.
  void check(const shape& sample) const { require_measured_shape(measurement_, y_, sample, name); }

  /// mu as `start` says, in place of noise.
  void begin(X& mu, const noise_level& /*level*/) const {
    if constexpr (has_pseudo_inverse<Operator, X>) {
      if (settings_.start == red_diff_start::pseudo_inverse) return assign(mu, measurement_.pseudo_inverse(y_));
    }
    if constexpr (has_adjoint<Operator, X>) {
      if (settings_.start == red_diff_start::adjoint) return assign(mu, measurement_.adjoint(y_));
    }
    fill(mu, 0);
  }

  /// x0_hat(a mu + b z), and in place of a shift the gradient at mu that `advance` descends.
  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const X& mu, const noise_level& level,
                const reverse_step& step) const {
    X x0 = score.denoise(noised(mu, level, step), level);
    X gradient = measurement::pulled_residual(measurement_, y_, mu).direction;
    const double pull = prior_factor(level, mu.shape());
    const auto [m, d, direction] = entries<3>;
    transform(gradient, pull * (m - d) - data_factor_ * direction, mu, x0, gradient);
    add_penalty_gradient(penalty, gradient, mu, step, 1);
    return guided_estimate{std::move(x0), std::move(gradient)};
  }

  /// Adam, once the shape of mu is known.
  template <class State>
  auto start() const {
    return std::optional<inner::adam<State>>{};
  }

  /// One Adam step of mu. Returns sum |mu_i| of each sample, (B, 1, 1, 1).
  X advance(std::optional<inner::adam<X>>& adam, X& mu, const auto& estimate, const reverse_step& step) const {
    if (!adam) adam.emplace(settings_.adam, mu.shape());
    adam->step(mu, estimate(mu, step.from).shift);
    return reduce(abs(entry<0>{}), mu);
  }

 private:
  [[nodiscard]] bool uses_means() const { return settings_.scale == red_diff_scale::means; }

  static void assign(X& mu, X value) {
    require_shape(value.shape(), mu.shape(), name, "the operator's preimage of y");
    mu = std::move(value);
  }

  static X noised(const X& mu, const noise_level& level, const reverse_step& step) {
    X x(mu.shape());
    const auto [m, z] = entries<2>;
    transform(x, level.signal * m + level.noise * z, mu, normal_noise{step.noise(purpose::likelihood)});
    return x;
  }

  // w_t / (sigma_t N_x).
  [[nodiscard]] double prior_factor(const noise_level& level, const shape& s) const {
    const double pull = settings_.pull(level);
    require(std::isfinite(pull), name,
            "red_diff_weighting::square has no bound at pure noise: begin the schedule at a finite sigma, or choose ",
            "another weighting");
    return uses_means() ? pull / static_cast<double>(s.sample_size()) : pull;
  }

  Operator measurement_;
  X y_;
  red_diff_settings settings_;
  double data_factor_ = 0;  // v / N_y or v
};

}  // namespace equireg::likelihood
