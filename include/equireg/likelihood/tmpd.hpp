// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::tmpd`: Tweedie moment projection, x0 = N(x0_hat, C) given x_t with C from the score's Jacobian.

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
#include <equireg/measurement/conjugate_gradients.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/residual.hpp>
#include <equireg/regularizer/penalty.hpp>

#include <cmath>
#include <cstddef>
#include <utility>

namespace equireg::likelihood {

/// How `tmpd` solves with A C A^T + sigma_y^2 I.
enum class moment_solve {
  conjugate_gradients,  ///< as it is: a pullback of the score for each iteration
  row_sums,             ///< with diag(A C A^T 1) for A C A^T, as the authors do for images: one pullback in all
};

/// Settings of `tmpd`.
struct tmpd_settings {
  /// Deviation of the measurement's noise, in units of y. Below 1e-4 it counts as 1e-4.
  double sigma_y = 0.05;
  moment_solve solve = moment_solve::conjugate_gradients;
  /// The authors solve by `row_sums` and give none: these are this library's, not tuned. The limit is what a step may
  /// cost; for a network, whose Jacobian is symmetric only about, more buy little.
  measurement::conjugate_gradients_settings iterations = {.tolerance = 1e-3, .max_iterations = 20};
};

/// Tweedie moment projected diffusion: p(x0 | x_t) is taken for the Gaussian with its own mean and covariance, which
/// follow from the denoiser's value and Jacobian,
///
///     E[x0 | x_t] = x0_hat,     Cov[x0 | x_t] = C = (b_t^2 / a_t) J^T,     J = d x0_hat / d x_t,
///     x0_hat' = x0_hat + C A^T w,     (A C A^T + sigma_y^2 I) w = y - A x0_hat,
///
/// so that J^T A^T w is the gradient of log p(y | x_t), J held fixed, and x0_hat' is E[x0 | x_t, y]. (Boys et al. 2023,
/// arXiv:2310.06721.) It is exact for every Gaussian prior; no step size is to be tuned. An exact denoiser's J is
/// symmetric; a network's is nearly so, and a curvature that is not positive ends the sample's iterations.
///
/// The penalty is an energy beside -log p(y | x0): A^T w - alpha grad R(x0_hat) is what C multiplies, so that its pull
/// fades as x_t tells more of x0. At a_t = 0 the state says nothing of x0 and J nothing of C: x0_hat stays as it is.
///
/// Cost of a step: one score evaluation, and as many pullbacks, A and A^T each: k + 1 for k iterations of conjugate
/// gradients, 2 for `row_sums`.
template <class Operator, tensor X>
class tmpd {
  static_assert(check_linear_operator<Operator, X>());

 public:
  /// y (B, C', H', W') are B measurements; entries that the operator does not observe may hold anything. Throws where a
  /// setting is out of its range.
  tmpd(Operator measurement, X y, tmpd_settings settings = {})
      : measurement_(std::move(measurement)),
        y_(measurement::observed_part(measurement_, std::move(y))),
        settings_(settings) {
    require(settings_.sigma_y >= 0 && std::isfinite(settings_.sigma_y), name, "expected sigma_y >= 0, but it is ",
            settings_.sigma_y);
    require(settings_.iterations.tolerance >= 0 && settings_.iterations.tolerance < 1, name,
            "expected a tolerance in [0, 1), but iterations.tolerance is ", settings_.iterations.tolerance);
  }

  static constexpr const char* name = "equireg::likelihood::tmpd";
  static constexpr bool changes_x0 = true;

  [[nodiscard]] std::size_t batch() const { return y_.shape().batch; }

  /// Throws unless A maps samples of the prior's shape to the shape of y.
  void check(const shape& sample) const { require_measured_shape(measurement_, y_, sample, name); }

  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                const reverse_step& step) const {
    static_assert(check_differentiable_score_model<Score>());
    if (level.signal == 0) return guided_estimate{X(score.denoise(x, level)), absent{}};
    auto [x0, pullback] = score.linearize(x, level);
    const auto variance = level.noise * level.noise / level.signal;  // C = variance J^T
    X q = measurement_.adjoint(solve(measurement::residual(measurement_, y_, x0).value, pullback, variance));
    add_penalty_gradient(penalty, q, x0, step, -1);
    add_scaled(x0, variance, pullback(q));
    return guided_estimate{std::move(x0), absent{}};
  }

 private:
  // w of (A C A^T + sigma_y^2 I) w = r.
  template <class Pullback>
  X solve(X r, const Pullback& pullback, double variance) const {
    const double sigma = floored_sigma_y(settings_.sigma_y);
    const double noise = sigma * sigma;
    const auto [first, second] = entries<2>;
    const auto product_with = variance * first + noise * second;
    const auto product = [&](const X& w) {  // A C A^T w + sigma_y^2 w
      X m = measurement_(pullback(measurement_.adjoint(w)));
      transform(m, product_with, m, w);
      return m;
    };
    X w(r.shape());
    if (settings_.solve == moment_solve::row_sums) {
      fill(w, 1);
      // A variance below 0 is no variance: it counts as 0.
      transform(w, first / select(second > noise, second, noise), r, product(w));
      return w;
    }
    fill(w, 0);
    bool at_start = true;  // where conjugate gradients ask for the product with 0: no pullback for that
    const auto product_from_zero = [&](const X& v) { return std::exchange(at_start, false) ? X(v) : product(v); };
    return measurement::conjugate_gradients(product_from_zero, r, std::move(w), settings_.iterations).value;
  }

  Operator measurement_;
  X y_;
  tmpd_settings settings_;
};

}  // namespace equireg::likelihood
