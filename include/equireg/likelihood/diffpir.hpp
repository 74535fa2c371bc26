// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::diffpir`: half-quadratic splitting. x0 moves to the proximal point of the data.

#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/inner/line_search.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/likelihood/measured_shape.hpp>
#include <equireg/likelihood/penalty_shift.hpp>
#include <equireg/likelihood/posterior_variance.hpp>
#include <equireg/likelihood/task.hpp>
#include <equireg/measurement/conjugate_gradients.hpp>
#include <equireg/measurement/directional_derivative.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/proximal_point.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace equireg::likelihood {

/// The image x_init from which `diffpir` makes its first state a_T x_init + b_T z.
enum class initial_image {
  none,            ///< 0: pure noise, as other methods start
  pseudo_inverse,  ///< A^+ y; the published code enlarges y for super-resolution, and takes y itself for inpainting
  adjoint,         ///< A^T y; for a blur the published code takes y itself
};

/// How far `diffpir` goes along d = A'(x0)^T (y - A(x0)) where the operator has no proximal point. A(x0) is not linear
/// then, and x0 + d / rho is the first step towards it.
enum class first_order_length {
  model,      ///< ||d||^2 / (||J_A d||^2 + rho ||d||^2), which minimises the linearised objective along d: for a large
              ///< rho it is 1 / rho, for a small one it is bounded. J_A d by a probe, one more A
  published,  ///< 1 / rho, which is sigma_t^2 / (lambda sigma_y^2): it diverges where rho < ||J_A||^2 / 2
};

/// Settings of `diffpir`.
struct diffpir_settings {
  /// The weight of the prior, in rho_t = lambda sigma_y^2 / sigma_t^2. The authors' code mixes sigma_y of images in
  /// [0, 1] with sigma_t of images in [-1, 1], so that a lambda that was published is 4 times this one.
  double lambda = 1.75;
  /// Deviation of the measurement's noise, in units of y and of an x in [-1, 1]: twice that of images in [0, 1]. Below
  /// 1e-4 it counts as 1e-4.
  double sigma_y = 0.05;
  double guidance = 1;  ///< x0 moves this share of its way to the proximal point; >= 0
  initial_image start = initial_image::none;
  /// For a linear operator without a `prox` of its own.
  measurement::conjugate_gradients_settings solve = {};
  first_order_length length = first_order_length::model;
  double probe = 1e-3;  ///< root mean square of the probe of J_A, in units of x: that of `fast_dips`

  /// Zhu et al. 2023, FFHQ 256 x 256, lambda / 4 of their code's; the other half of the setting is the stepper's zeta,
  /// stepper::renoise{.fresh = zeta}, and the number of steps:
  ///
  ///     super-resolution           lambda 15    zeta 0.25    100 steps    (ImageNet: lambda 35, zeta 0.35)
  ///     Gaussian and motion blur   lambda 7     zeta 0.3     100 steps
  ///     inpainting, no noise       lambda 1     zeta 1       20 steps     sigma_y counts as 0.001 in [0, 1]
  ///
  /// sigma_y is that of the data at hand, here left at 0.05; theirs is 12.75 / 255 in [0, 1] for super-resolution, 0.1
  /// in these units, and for inpainting 0.002 is returned. Throws for tasks of which they give nothing.
  [[nodiscard]] static diffpir_settings published(task t) {
    switch (t) {
      case task::super_resolution: return {.lambda = 15.0 / 4, .start = initial_image::pseudo_inverse};
      case task::gaussian_blur:
      case task::motion_blur: return {.lambda = 7.0 / 4, .start = initial_image::adjoint};
      case task::box_inpainting:
      case task::random_inpainting:
        return {.lambda = 1.0 / 4, .sigma_y = 2 * 0.001, .start = initial_image::pseudo_inverse};
      default: break;
    }
    fail("equireg::likelihood::diffpir", "no settings were published for ", name_of(t));
  }
};

/// Explains what `diffpir` asks of an operator that has none of it.
template <class Operator, class X>
consteval bool check_operator_for_diffpir() {
  static_assert(
      measurement::has_proximal_point<Operator, X> || differentiable_map<Operator, X>,
      "diffpir needs an operator with: X prox(const X& x, const Y& y, double rho) const, or, if it is linear, "
      "X adjoint(const Y& y) const, or linearization<Y, Pullback> linearize(const X& x) const; daps and pnp_dm with "
      "Metropolis steps take one that only evaluates");
  return true;
}

/// Plug-and-play restoration by a diffusion: with x0_hat = E[x0 | x_t],
///
///     x0 = argmin_u ||y - A u||^2 + rho_t ||u - x0_hat||^2,      rho_t = lambda sigma_y^2 / sigma_t^2,
///
/// sigma_t = b_t / a_t, and the stepper goes on from x0, whose noise is (x_t - a_t x0) / b_t: Zhu et al. 2023,
/// arXiv:2305.08995, with stepper::renoise{.fresh = zeta}. All is in units of x in [-1, 1]. The operator's `prox` makes
/// the step, also for a clipped measurement; else conjugate gradients for a linear operator; else one step along
/// A'(x0)^T (y - A(x0)). A penalty then moves x0 by -alpha grad R(x0).
///
/// Against the authors' code: units are consistent (`lambda`); the step to data makes its data step too and its x0 is
/// the result, where the code drops the last x0 and returns a state with noise. rho_t is at least 1e-8, so that a first
/// level without signal has a solution: where sigma_t is infinite, x0_hat weighs nothing but where A sees nothing.
///
/// Cost of a step: one score evaluation and one proximal point; without one, an A, an A'^T and, for
/// `first_order_length::model`, one more A.
template <class Operator, tensor X>
class diffpir {
  static_assert(check_operator_for_diffpir<Operator, X>());

 public:
  static constexpr const char* name = "equireg::likelihood::diffpir";
  static constexpr bool changes_x0 = true;

  /// y (B, C', H', W') are B measurements. Throws where a setting is out of its range, or `start` wants what the
  /// operator lacks.
  diffpir(Operator measurement, X y, diffpir_settings settings = {})
      : measurement_(std::move(measurement)),
        y_(measurement::observed_part(measurement_, std::move(y))),
        settings_(settings) {
    const auto check_size = [](const char* what, double value) {
      require(value >= 0 && std::isfinite(value), name, "expected ", what, " >= 0, but it is ", value);
    };
    check_size("lambda", settings_.lambda);
    check_size("sigma_y", settings_.sigma_y);
    check_size("guidance", settings_.guidance);
    require(settings_.probe > 0 && std::isfinite(settings_.probe), name, "expected probe > 0, but it is ",
            settings_.probe);
    require(settings_.start != initial_image::pseudo_inverse || has_pseudo_inverse<Operator, X>, name,
            "a start at A^+ y needs an operator with a pseudo_inverse: choose initial_image::none or adjoint");
    require(settings_.start != initial_image::adjoint || has_adjoint<Operator, X>, name,
            "a start at A^T y needs a linear operator: choose initial_image::none or pseudo_inverse");
  }

  [[nodiscard]] std::size_t batch() const { return y_.shape().batch; }

  /// Throws unless A maps samples of the prior's shape to the shape of y.
  void check(const shape& sample) const { require_measured_shape(measurement_, y_, sample, name); }

  /// rho_t.
  [[nodiscard]] double prior_weight(const noise_level& level) const {
    const double ratio = floored_sigma_y(settings_.sigma_y) * level.signal / level.noise;
    return std::max(settings_.lambda * ratio * ratio, 1e-8);
  }

  /// x = b_T z becomes a_T x_init + b_T z.
  void begin(X& x, const noise_level& level) const {
    if constexpr (has_pseudo_inverse<Operator, X>) {
      if (settings_.start == initial_image::pseudo_inverse) {
        add_scaled(x, level.signal, measurement_.pseudo_inverse(y_));
      }
    }
    if constexpr (has_adjoint<Operator, X>) {
      if (settings_.start == initial_image::adjoint) add_scaled(x, level.signal, measurement_.adjoint(y_));
    }
  }

  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                const reverse_step& step) const {
    X x0 = score.denoise(x, level);
    X nearest = data_step(x0, prior_weight(level));
    if (settings_.guidance == 1) {
      x0 = std::move(nearest);
    } else {
      const auto [v, u] = entries<2>;
      transform(x0, v + settings_.guidance * (u - v), x0, nearest);
    }
    descend_penalty(penalty, x0, step);
    return guided_estimate{std::move(x0), absent{}};
  }

 private:
  using value_type = typename X::value_type;

  X data_step(const X& x0, double rho) const {
    if constexpr (measurement::has_proximal_point<Operator, X>) {
      return measurement::proximal_point(measurement_, x0, y_, rho, settings_.solve);
    } else {
      return first_order_step(x0, rho);
    }
  }

  X first_order_step(const X& x0, double rho) const {
    auto [z, pull] = equireg::linearize(measurement_, x0);
    X r(z.shape());
    const auto [measured, image] = entries<2>;
    transform(r, measured - image, y_, z);
    X u = pull(r);
    const X length = step_length(x0, z, u, rho);
    const auto [v, c, d] = entries<3>;
    transform(u, v + c * d, x0, per_sample{length}, u);
    return u;
  }

  // Of each sample, along d, where A(x0) = z.
  X step_length(const X& x0, const X& z, const X& d, double rho) const {
    if (settings_.length == first_order_length::published) {
      X length({batch(), 1, 1, 1});
      fill(length, 1 / static_cast<value_type>(rho));
      return length;
    }
    const X size = squared_norm(d);
    const X image = measurement::directional_derivative(measurement_, x0, z, d, size, settings_.probe);
    return inner::model_step(size, squared_norm(image), rho, 1);
  }

  Operator measurement_;
  X y_;
  diffpir_settings settings_;
};

}  // namespace equireg::likelihood
