// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `inner::line_search`: how far to go along a direction, by Armijo's rule, for a batch of problems.

#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/tensor.hpp>

#include <cstddef>
#include <utility>

namespace equireg::inner {

/// Settings of `line_search`.
struct line_search_settings {
  double decrease = 1e-4;  ///< c: the share of the decrease alpha ||g||^2 that a slope promises which is enough
  double shrink = 0.5;     ///< what a step that was too long is multiplied with
  std::size_t tries = 5;   ///< evaluations of F; 0 takes the first step unseen

  /// Throws unless every number is in its range.
  void check(const char* where) const {
    require(decrease >= 0 && decrease < 1, where, "expected decrease of a line search in [0, 1), but it is ", decrease);
    require(shrink > 0 && shrink < 1, where, "expected shrink of a line search in (0, 1), but it is ", shrink);
  }
};

/// alpha = ||g||^2 / (prior ||g||^2 + data ||J g||^2) of each sample, (B, 1, 1, 1), from both norms: where along
/// -g a quadratic is least with gradient g and curvature prior I + data J^T J. 0 where there is no curvature.
template <tensor X>
X model_step(const X& slope, X image_slope, double prior, double data) {
  const auto [gg, pp] = entries<2>;
  const auto curvature = prior * gg + data * pp;
  transform(image_slope, select(curvature > 0, gg / curvature, 0), slope, image_slope);
  return image_slope;
}

/// What each sample came to, (B, 1, 1, 1).
template <class X>
struct line_search_result {
  X step;                     ///< alpha, or 0 where no try was accepted
  X value;                    ///< F there
  std::size_t evaluations{};  ///< of F for the whole batch: the tries of the slowest sample
};

/// The first alpha of step, shrink step, shrink^2 step, ... with
///
///     F(x - alpha g) <= F(x) - c alpha ||g||^2,
///
/// sample by sample (Armijo 1966). `along(alpha)` is F(x_b - alpha_b g_b), `value` F(x), `slope` ||g||^2 and `step` the
/// first alpha, all (B, 1, 1, 1); for another direction d than the gradient, `slope` is <d, g>. A sample that has
/// accepted keeps its alpha while others go on. One that accepts none, or meets a NaN, stays where it is. Not evaluated
/// where `tries` is 0: `value` is then F(x).
template <tensor X, class Along>
line_search_result<X> line_search(const Along& along, const X& value, const X& slope, X step,
                                  const line_search_settings& settings = {}) {
  if (settings.tries == 0) return {std::move(step), value, 0};
  X accepted(step.shape()), reached = value;
  fill(accepted, 0);
  const auto all_accepted = [&] {  // of a number for each sample, on the host
    for (const double on : to_host(accepted)) {
      if (on == 0) return false;
    }
    return true;
  };
  std::size_t evaluations = 0;
  while (true) {
    const X tried = along(step);
    ++evaluations;
    const auto [on, there, here, alpha, gg] = entries<5>;
    const auto enough = there <= here - settings.decrease * alpha * gg;
    transform(accepted, select(on != 0, 1, select(enough, 1, 0)), accepted, tried, value, step, slope);
    transform(reached, select(on != 0, there, here), accepted, tried, value);
    if (all_accepted() || evaluations == settings.tries) break;
    const auto [kept, length] = entries<2>;
    transform(step, select(kept != 0, length, settings.shrink * length), accepted, step);
  }
  const auto [alpha, on] = entries<2>;
  transform(step, select(on != 0, alpha, 0), step, accepted);
  return {std::move(step), std::move(reached), evaluations};
}

}  // namespace equireg::inner
