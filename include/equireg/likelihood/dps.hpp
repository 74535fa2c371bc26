// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::dps`: diffusion posterior sampling, with the equivariance penalty in its objective.

#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/likelihood/measured_shape.hpp>
#include <equireg/likelihood/task.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/pulled_residual.hpp>
#include <equireg/measurement/residual.hpp>
#include <equireg/noise/gaussian.hpp>
#include <equireg/noise/noise_model.hpp>
#include <equireg/regularizer/penalty.hpp>

#include <cmath>
#include <cstddef>
#include <utility>

namespace equireg::likelihood {

/// What DPS descends: the norm of the residual, as published, its square, or the noise model's own -log p(y | A(x0)).
///
/// For Gaussian noise the last is the square over 2 sigma^2 and a constant, so that a step size of 2 sigma^2 zeta does
/// what zeta does for the square. It serves noise whose likelihood is no weighted square: Laplace, gamma, few counts.
enum class objective { norm, squared_norm, negative_log_likelihood };

/// Settings of `dps`.
struct dps_settings {
  /// zeta, a step in units of x_{t-1}, not a weight of the score: tune it anew when the number of steps changes.
  /// Published values for 1000 steps with `norm`: 0.3 (blur, super-resolution) to 1 (phase retrieval).
  double step_size = 1.0;
  likelihood::objective objective = objective::norm;

  /// The authors' step sizes, for 1000 steps of ancestral sampling, sigma_y = 0.05 and `norm`. Box inpainting and high
  /// dynamic range have none.
  static dps_settings published(task t) {
    switch (t) {
      case task::random_inpainting: return {.step_size = 0.5};
      case task::super_resolution:
      case task::gaussian_blur:
      case task::motion_blur:
      case task::nonlinear_blur: return {.step_size = 0.3};
      case task::phase_retrieval: return {.step_size = 1.0};
      case task::box_inpainting:
      case task::high_dynamic_range: break;
    }
    fail("equireg::likelihood::dps", "the authors publish no step size for ", name_of(t));
  }
};

/// Diffusion posterior sampling: p(y | x_t) is replaced by p(y | x0_hat(x_t)).
///
///     x_{t-1} = x'_{t-1} - zeta J^T grad_{x0} [ sqrt(V(x0_hat)) + alpha R(x0_hat) ],   J = d x0_hat / d x_t,
///
/// where x'_{t-1} is the stepper's unconditional step, V(x0) = sum_i w_i (y_i - A(x0)_i)^2 and w = 1 for Gaussian
/// noise, the noise model's weights(y) where it is `weighted` (1 / y for Poisson noise). Chung et al. 2023,
/// arXiv:2209.14687, Algorithm 1; the penalty alpha R as in arXiv:2505.22973. `objective::squared_norm` descends V
/// itself, `objective::negative_log_likelihood` -log p(y | A(x0)). Norms and steps are per sample, so that a batch of B
/// is B runs of one; the published code takes one norm over the batch. One pullback of the score serves data and
/// penalty alike.
///
/// Cost of a step: one score evaluation with one pullback, one A and one A'^T.
template <class Operator, tensor X, class Noise = noise::gaussian>
class dps {
  static_assert(check_weighted_square<Noise, X>());

 public:
  /// y (B, C', H', W') are B measurements; entries that the operator does not observe may hold anything. Throws where
  /// the noise model refuses y, and where `objective::negative_log_likelihood` meets a noise model whose likelihood has
  /// no gradient or is flat.
  dps(Operator measurement, X y, dps_settings settings = {}, Noise noise = {})
      : measurement_(std::move(measurement)),
        y_(measurement::observed_part(measurement_, std::move(y))),
        settings_(settings),
        noise_(std::move(noise)) {
    require(settings_.step_size >= 0 && std::isfinite(settings_.step_size), name,
            "expected a step size >= 0, but step_size is ", settings_.step_size);
    require(!uses_likelihood() || has_density, name,
            "the noise model lacks log_likelihood or its gradient: choose objective::norm or objective::squared_norm");
    require(!uses_likelihood() || !is_flat<Noise>, name,
            "the noise model's likelihood is flat: choose objective::norm or objective::squared_norm");
    if constexpr (Noise::weighted) {
      if (!uses_likelihood()) weights_ = noise_.weights(y_);
    }
  }

  static constexpr const char* name = "equireg::likelihood::dps";

  [[nodiscard]] std::size_t batch() const { return y_.shape().batch; }

  /// One step size for each measurement, (B, 1, 1, 1), in place of `step_size`.
  dps& with_step_sizes(X step_sizes) {
    require_shape(step_sizes.shape(), {batch(), 1, 1, 1}, name, "step_sizes");
    for (const double size : to_host(step_sizes)) {
      require(size >= 0 && std::isfinite(size), name, "expected step sizes >= 0, but one is ", size);
    }
    step_sizes_ = std::move(step_sizes);
    return *this;
  }

  /// Throws unless A maps samples of the prior's shape to the shape of y.
  void check(const shape& sample) const { require_measured_shape(measurement_, y_, sample, name); }

  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                const reverse_step& step) const {
    static_assert(check_differentiable_score_model<Score>());
    static_assert(check_differentiable_map<Operator, X>());
    auto [x0, pullback] = score.linearize(x, level);
    X q = data_direction(x0);  // zeta A'^T r / ||r||: already the negative gradient
    if constexpr (!is_no_penalty<Penalty>) {
      if (penalty.active(step)) penalty.accumulate(q, x0, step, minus_step_sizes());
    }
    return guided_estimate{std::move(x0), pullback(q)};
  }

  /// sqrt(V(x0)), V(x0) or -log p(y | A(x0)), per sample: (B, 1, 1, 1).
  X misfit(const X& x0) const {
    const auto [v] = entries<1>;
    if constexpr (has_density) {
      if (uses_likelihood()) {
        X value = noise_.log_likelihood(measurement_(x0), y_);
        transform(value, -v, value);
        return value;
      }
    }
    auto [r, value] = residual(measurement_(x0));
    if (settings_.objective == objective::norm) transform(value, sqrt(v), value);
    return value;
  }

 private:
  using value_type = typename X::value_type;

  static constexpr bool has_density = has_log_likelihood<Noise, X> && has_log_likelihood_gradient<Noise, X>;

  [[nodiscard]] bool uses_likelihood() const { return settings_.objective == objective::negative_log_likelihood; }

  // W (y - z), and sum_i w_i (y_i - z_i)^2 of each sample; overwrites z.
  std::pair<X, X> residual(X z) const {
    if constexpr (Noise::weighted) {
      const auto [w, y, v] = entries<3>;
      X value = reduce(w * (y - v) * (y - v), weights_, y_, z);
      transform(z, w * (y - v), weights_, y_, z);
      return {std::move(z), std::move(value)};
    } else {
      const auto [y, v] = entries<2>;
      X value = transform_reduce(z, y - v, square(entry<0>{}), y_, z);
      return {std::move(z), std::move(value)};
    }
  }

  // zeta times the negative gradient of the data term with respect to x0.
  X data_direction(const X& x0) const {
    if constexpr (has_density) {
      if (uses_likelihood()) {
        auto [z, pull] = equireg::linearize(measurement_, x0);
        X unused({batch(), 1, 1, 1});
        fill(unused, 0);
        return scaled(pull(noise_.log_likelihood_gradient(z, y_)), unused);
      }
    }
    if constexpr (!Noise::weighted) {
      auto [direction, value] = measurement::pulled_residual(measurement_, y_, x0);
      return scaled(std::move(direction), value);
    } else {
      auto [z, pull] = equireg::linearize(measurement_, x0);
      auto [r, value] = residual(std::move(z));
      return scaled(pull(r), value);
    }
  }

  // grad sqrt(V) = -A'^T W r / sqrt(V), and grad V = -2 A'^T W r; the gradient of log p needs no factor. A residual of
  // exactly zero has no direction.
  X scaled(X direction, const X& value) const {
    X factor(value.shape());
    const auto set_factor = [&](const auto& size, const auto&... sizes) {
      const auto [v] = entries<1>;
      if (settings_.objective == objective::norm) {
        transform(factor, select(v > 0, size / sqrt(v), 0), value, sizes...);
      } else {
        transform(factor, (uses_likelihood() ? 1 : 2) * size, value, sizes...);
      }
    };
    if (step_sizes_.size() > 0) {
      set_factor(entry<1>{}, step_sizes_);
    } else {
      set_factor(constant<double>{settings_.step_size});
    }
    const auto [v, f] = entries<2>;
    transform(direction, f * v, direction, per_sample{factor});
    return direction;
  }

  X minus_step_sizes() const {
    X result({batch(), 1, 1, 1});
    if (step_sizes_.size() > 0) {
      transform(result, -entry<0>{}, step_sizes_);
    } else {
      fill(result, static_cast<value_type>(-settings_.step_size));
    }
    return result;
  }

  Operator measurement_;
  X y_;
  dps_settings settings_;
  Noise noise_;
  X weights_;     // of Poisson noise, shape of y
  X step_sizes_;  // (B, 1, 1, 1), or empty
};

}  // namespace equireg::likelihood
