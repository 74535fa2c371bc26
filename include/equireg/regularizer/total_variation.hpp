// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `regularizer::total_variation`: the classical penalty on gradients, a control that knows no symmetry.

#include <equireg/core/arguments.hpp>
#include <equireg/core/config.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/pixel_map.hpp>
#include <equireg/regularizer/penalty.hpp>
#include <equireg/regularizer/weight_schedule.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace equireg::regularizer {

/// out[i][j] = in[i + down][j + right], and the last row or column where that is outside.
struct neighbour {
  extent input;
  extent output;
  std::size_t down;
  std::size_t right;

  EQUIREG_HOST_DEVICE constexpr pixel operator()(pixel to) const {
    const std::size_t row = to.row + down, column = to.column + right;
    return {row < input.height ? row : input.height - 1, column < input.width ? column : input.width - 1};
  }
};

/// R(x) = weight * sum_ij sqrt(dx^2 + dy^2 + epsilon^2) for each sample, over all its channels (Rudin, Osher and
/// Fatemi 1992, smoothed). dx and dy are forward differences, zero across the border.
///
///     total_variation{.weight = 0.01, .schedule = {.noise_power = 1}}
///
/// An evaluation takes five passes: the right and the lower neighbours, dx / r and dy / r with r the root, and the sum
/// into q, which reads the latter two shifted.
struct total_variation {
  double weight = 0.01;
  weight_schedule schedule = {};
  /// Differences below it count as none; in the units of x, > 0.
  double epsilon = 1e-3;

  [[nodiscard]] bool active(const reverse_step& step) const { return weight * schedule.factor(step) != 0; }

  /// The weighted penalty of each sample, (B, 1, 1, 1). Throws where a setting is out of range.
  template <class X>
  X value(const X& x, const reverse_step& step) const {
    check();
    if (!active(step)) {
      X nothing({x.shape().batch, 1, 1, 1});
      fill(nothing, 0);
      return nothing;
    }
    const auto [v, r, d] = entries<3>;
    X total = reduce(sqrt(square(r - v) + square(d - v) + epsilon * epsilon), x, gather(x, right_of(x)),
                     gather(x, below(x)));
    transform(total, weight * schedule.factor(step) * entry<0>{}, total);
    return total;
  }

  /// q_b += factor_b * the gradient of the weighted penalty at x, for each sample b; factor is (B, 1, 1, 1).
  /// Throws where a setting is out of range.
  template <class X>
  void accumulate(X& q, const X& x, const reverse_step& step, const X& factor) const {
    check();
    if (!active(step)) return;
    const auto [v, r, d] = entries<3>;
    const auto root = sqrt(square(r - v) + square(d - v) + epsilon * epsilon);
    const X right = gather(x, right_of(x));
    X vertical = gather(x, below(x));
    X horizontal(x.shape());
    transform(horizontal, (r - v) / root, x, right, vertical);
    transform(vertical, (d - v) / root, x, right, vertical);
    // The last column of `horizontal` and the last row of `vertical` are zero: what comes around the border adds none.
    const extent e = x.shape().plane();
    const double w = weight * schedule.factor(step);
    const auto [sum, f, across, down, left, above] = entries<6>;
    transform(
        q, sum + f * w * (left - across + above - down), q, per_sample{factor}, horizontal, vertical, permuted{horizontal, pixel_map::shift(e, 0, 1)},
        permuted{vertical, pixel_map::shift(e, 1, 0)});
  }

 private:
  void check() const {
    constexpr auto where = "equireg::regularizer::total_variation";
    require(std::isfinite(weight), where, "the weight must be finite, but is ", weight);
    require(epsilon > 0, where, "epsilon must be above 0, but is ", epsilon);
    schedule.check(where);
  }

  template <class X>
  static neighbour right_of(const X& x) {
    return {x.shape().plane(), x.shape().plane(), 0, 1};
  }
  template <class X>
  static neighbour below(const X& x) {
    return {x.shape().plane(), x.shape().plane(), 1, 0};
  }
};

}  // namespace equireg::regularizer
