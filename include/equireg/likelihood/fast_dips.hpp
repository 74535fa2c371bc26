// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::fast_dips`: x0 is projected onto what the measurement allows, by a few steps of ADMM.

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
#include <equireg/likelihood/requirements.hpp>
#include <equireg/measurement/directional_derivative.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/observed_entries.hpp>
#include <equireg/metric/chi_square.hpp>
#include <equireg/regularizer/penalty.hpp>

#include <cmath>
#include <cstddef>
#include <functional>
#include <utility>

namespace equireg::likelihood {

/// Settings of `fast_dips`. K and rho are not the paper's, which were not to be had, but this library's: by the mean
/// PSNR of 16 held-out images of Fashion-MNIST (the test set's from 5,000 on), two seeds, sigma_y = 0.05 and 0.01, 50
/// steps of schedule::karras from 20 to 0.02; for Gaussian blur, super-resolution x4, random inpainting, clipping and
/// phase retrieval. Of rho = 0.1, 1, ... 1e5 no task prefers a smaller one, and 1e7 at K = 3 gains 0.02 dB over 1e5 at
/// most. From K = 3 to 10 blur gains 0.5 to 0.7 dB, phase retrieval 1 and others nothing; K = 20 adds 0.3 dB at most.
struct fast_dips_settings {
  double sigma_y = 0.05;        ///< deviation of the measurement's noise, in units of y; 0 asks for A(x0) = y
  double confidence = 0.95;     ///< 1 - delta: the share of noise whose norm is below epsilon
  std::size_t iterations = 10;  ///< K, steps of ADMM in each step of the sampler
  double rho = 1e5;             ///< weight of ||A(x) - b||^2 in ADMM, against 1 / gamma; in units of x over y, squared
  /// gamma of a noise level. Empty: sigma_t^2. The solution does not depend on it, only the way there, by rho gamma.
  std::function<double(const noise_level&)> gamma = {};
  /// Backtracking where the first step is not sure to fall: A is not linear, or there is a penalty.
  inner::line_search_settings search = {};
  /// Root mean square of the probe of J_A where A is not linear, in units of x: this library's, for data in [-1, 1].
  /// float keeps three digits of a difference over it, and backtracking forgives the rest. Not tuned.
  double probe = 1e-3;
};

/// Measurement-consistent estimates without a derivative of the score: with x0_hat = E[x0 | x_t], K steps of scaled
/// ADMM towards
///
///     x0 = argmin_x ||x - x0_hat||^2 / (2 gamma)   such that   ||A(x) - y|| <= epsilon,
///
/// after which stepper::renoise{} draws the next state from x0 (FAST-DIPS, arXiv:2603.01591; no code is public, this
/// follows the description). epsilon = sigma_y sqrt(q), q the quantile at `confidence` of a chi-square variable with as
/// many degrees of freedom as y has observed entries. From x = x0_hat and u = 0, each iteration is, with
/// F(x) = ||x - x0_hat||^2 / (2 gamma) + rho ||A(x) - b||^2 / 2:
///
///     v = projection of A(x) + u onto the ball of radius epsilon around y
///     b = v - u,   g = grad F(x) = (x - x0_hat) / gamma + rho A'(x)^T (A(x) - b)
///     p = A'(x) g,   alpha = ||g||^2 / (||g||^2 / gamma + rho ||p||^2),   halved until F falls enough
///     x <- x - alpha g,   u <- u + A(x) - v
///
/// An x0_hat within epsilon is returned as it is, where there is no penalty. For a linear A, alpha is the exact minimum
/// along g, which nothing has to try. A penalty adds alpha_R R(x) to F, and its gradient to g; alpha knows nothing of
/// it, and is tried. Steps are as short as rho makes them, about 1 / (rho ||A||^2): for the penalty to be felt in K of
/// them its weight has to be large, 1e4 to 1e5 at the default rho for box inpainting in the experiment of the settings
/// (25.1 dB in place of 24.1, equivariance under reflection), 1e3 at rho = 1e3.
///
/// Cost of a step: one score evaluation and no pullback of it. Linear A: 1 + K of A and K of A^T. Else K linearisations
/// with one pullback each, K probes and K to `search.tries` K trials of A: 3 K evaluations where the first step is
/// accepted, 2 K with `search.tries` = 0. With a penalty K gradients, and a value more than there are trials.
template <class Operator, tensor X>
class fast_dips {
  static_assert(check_differentiable_operator<Operator, X>());

 public:
  static constexpr const char* name = "equireg::likelihood::fast_dips";
  static constexpr bool changes_x0 = true;

  /// y (B, C', H', W') are B measurements. Throws where a setting is out of its range.
  fast_dips(Operator measurement, X y, fast_dips_settings settings = {})
      : measurement_(std::move(measurement)),
        y_(measurement::observed_part(measurement_, std::move(y))),
        settings_(std::move(settings)) {
    require(settings_.sigma_y >= 0 && std::isfinite(settings_.sigma_y), name, "expected sigma_y >= 0, but it is ",
            settings_.sigma_y);
    require(settings_.confidence > 0 && settings_.confidence < 1, name, "expected confidence in (0, 1), but it is ",
            settings_.confidence);
    require(settings_.iterations > 0, name, "expected iterations > 0, but it is ", settings_.iterations);
    require(settings_.rho > 0 && std::isfinite(settings_.rho), name, "expected rho > 0, but it is ", settings_.rho);
    require(settings_.probe > 0 && std::isfinite(settings_.probe), name, "expected probe > 0, but it is ",
            settings_.probe);
    settings_.search.check(name);
    const std::size_t entries = measurement::observed_entries<X>(measurement_, y_.shape());
    if (settings_.sigma_y > 0 && entries > 0) {
      epsilon_ = settings_.sigma_y *
                 std::sqrt(metric::chi_square_quantile(settings_.confidence, static_cast<double>(entries)));
    }
  }

  [[nodiscard]] std::size_t batch() const { return y_.shape().batch; }

  /// The largest ||A(x) - y|| that is put down to noise.
  [[nodiscard]] double epsilon() const { return epsilon_; }

  /// Throws unless A maps samples of the prior's shape to the shape of y.
  void check(const shape& sample) const { require_measured_shape(measurement_, y_, sample, name); }

  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                const reverse_step& step) const {
    return guided_estimate{consistent(score.denoise(x, level), penalty, level, step), absent{}};
  }

 private:
  using value_type = typename X::value_type;

  static constexpr bool is_linear = linear_map<Operator, X>;

  // 1 / gamma: 0 where sigma_t is infinite.
  [[nodiscard]] double inverse_gamma(const noise_level& level) const {
    if (!settings_.gamma) return 1 / (level.sigma() * level.sigma());
    const double gamma = settings_.gamma(level);
    require(gamma > 0, name, "expected gamma > 0, but at a = ", level.signal, ", b = ", level.noise, " it is ", gamma);
    return 1 / gamma;
  }

  // What an iteration knows of its point x: F is ||x - anchor||^2 / (2 gamma) + rho ||A(x) - b||^2 / 2.
  struct descent {
    const X &anchor, &x;
    const X& image;      // A(x)
    X residual, misfit;  // A(x) - b, and its square, (B, 1, 1, 1)
    X gradient, slope;   // g, and its square
    X derivative;        // A'(x) g
    value_type w, rho;   // 1 / gamma
  };

  // K iterations from the anchor. A(x) is carried along by a linear A; another's comes with its linearisation, so that
  // the dual variable u moves when the next iteration knows A(x).
  template <class Penalty>
  X consistent(const X& anchor, const Penalty& penalty, const noise_level& level, const reverse_step& step) const {
    const auto w = static_cast<value_type>(inverse_gamma(level)), rho = static_cast<value_type>(settings_.rho);
    X x = anchor, image, u(y_.shape()), v(y_.shape());
    if constexpr (is_linear) image = measurement_(x);
    fill(u, 0);
    for (std::size_t k = 0; k < settings_.iterations; ++k) {
      auto pull = pullback_at(x, image);
      if (k > 0) {
        const auto [dual, z, inside] = entries<3>;
        transform(u, dual + z - inside, u, image, v);
      }
      project(v, image, u);
      X r(y_.shape());
      const auto [z, inside, dual] = entries<3>;
      X misfit = transform_reduce(r, z - inside + dual, square(entry<0>{}), image, v, u);
      X g = pull(r);
      const auto [d, now, from] = entries<3>;
      transform(g, w * (now - from) + rho * d, g, x, anchor);
      add_penalty_gradient(penalty, g, x, step, 1);
      X slope = squared_norm(g);
      X p = measurement::directional_derivative(measurement_, x, image, g, slope, settings_.probe);
      const descent at{anchor,       x, image, std::move(r), std::move(misfit), std::move(g), std::move(slope),
                       std::move(p), w, rho};
      const X alpha = step_length(at, penalty, step);
      if constexpr (is_linear) image = moved(image, alpha, at.derivative);
      x = moved(x, alpha, at.gradient);
    }
    return x;
  }

  // Along -g: the minimum of F with A linearised, tried where that may not be where F falls.
  template <class Penalty>
  X step_length(const descent& at, const Penalty& penalty, const reverse_step& step) const {
    X alpha = inner::model_step(at.slope, squared_norm(at.derivative), at.w, at.rho);
    if (is_linear && !is_active(penalty, step)) return alpha;
    const auto along = [&](const X& length) {
      const X there = moved(at.x, length, at.gradient);
      return objective(at, there, squared_residual(at, there, length), penalty, step);
    };
    const X here = objective(at, at.x, at.misfit, penalty, step);
    return inner::line_search(along, here, at.slope, std::move(alpha), settings_.search).step;
  }

  // F + alpha_R R at a point whose ||A - b||^2 is known.
  template <class Penalty>
  static X objective(const descent& at, const X& there, const X& misfit, const Penalty& penalty,
                     const reverse_step& step) {
    const auto [v, from] = entries<2>;
    X value = reduce(square(v - from), there, at.anchor);
    const auto [s, e] = entries<2>;
    transform(value, (at.w * s + at.rho * e) / 2, value, misfit);
    if constexpr (!is_no_penalty<Penalty>) {
      if (penalty.active(step)) add_scaled(value, 1, penalty.value(there, step));
    }
    return value;
  }

  // ||A(x - length g) - b||^2.
  X squared_residual(const descent& at, const X& there, const X& length) const {
    if constexpr (is_linear) {
      return squared_norm(moved(at.residual, length, at.derivative));
    } else {
      const auto [z, before, e] = entries<3>;
      return reduce(square(z - before + e), measurement_(there), at.image, at.residual);
    }
  }

  template <class Penalty>
  static bool is_active(const Penalty& penalty, const reverse_step& step) {
    if constexpr (is_no_penalty<Penalty>) {
      return false;
    } else {
      return penalty.active(step);
    }
  }

  // A'(x)^T, and A(x) where it is not known yet.
  auto pullback_at(const X& x, X& image) const {
    if constexpr (is_linear) {
      return [this](const X& r) { return X(measurement_.adjoint(r)); };
    } else {
      auto [value, pullback] = equireg::linearize(measurement_, x);
      image = std::move(value);
      return std::move(pullback);
    }
  }

  // v = the point of the ball around y that is nearest to image + u.
  void project(X& v, const X& image, const X& u) const {
    const auto [z, dual, y, c] = entries<4>;
    X shrink = transform_reduce(v, z + dual - y, square(entry<0>{}), image, u, y_);
    const auto distance = sqrt(entry<0>{});
    transform(shrink, select(distance > epsilon_, epsilon_ / distance, 1), shrink);
    const auto w = z + dual;  // inside of the ball to the bit
    transform(v, select(c < 1, y + c * (w - y), w), image, u, y_, per_sample{shrink});
  }

  static X moved(const X& from, const X& length, const X& direction) {
    X to(from.shape());
    const auto [v, a, d] = entries<3>;
    transform(to, v - a * d, from, per_sample{length}, direction);
    return to;
  }

  Operator measurement_;
  X y_;
  fast_dips_settings settings_;
  double epsilon_ = 0;
};

}  // namespace equireg::likelihood
