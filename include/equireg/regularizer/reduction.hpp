// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `regularizer::reduction`: how a residual e becomes one number for each sample.

#include <cmath>
#include <cstddef>

namespace equireg::regularizer {

/// rho(e), for each sample by itself.
enum class reduction {
  norm,          ///< ||e||; its gradient is 0 where e = 0
  squared_norm,  ///< ||e||^2
  mean_square    ///< ||e||^2 / n, n the elements of one sample
};

/// weight * rho(e) from ||e||^2, both (B, 1, 1, 1), in place.
template <class X>
void reduce_squares(X& squares, reduction kind, std::size_t n, double weight) {
  using real = typename X::value_type;
  const auto factor = static_cast<real>(kind == reduction::mean_square ? weight / static_cast<double>(n) : weight);
  if (kind == reduction::norm) {
    transform(
        squares, [factor](real s) { return factor * std::sqrt(s); }, squares);
  } else {
    transform(
        squares, [factor](real s) { return factor * s; }, squares);
  }
}

/// c with factor * weight * d rho / d e = c e, from ||e||^2, in place. `squares` and `factor` are (B, 1, 1, 1).
template <class X>
void cotangent_factor(X& squares, reduction kind, std::size_t n, double weight, const X& factor) {
  using real = typename X::value_type;
  if (kind == reduction::norm) {
    const auto w = static_cast<real>(weight);
    const auto over_norm = [w](real s, real f) { return s > real(0) ? f * w / std::sqrt(s) : real(0); };
    transform(squares, over_norm, squares, factor);
  } else {
    const double scale = kind == reduction::mean_square ? 2 * weight / static_cast<double>(n) : 2 * weight;
    transform(
        squares, [w = static_cast<real>(scale)](real f) { return f * w; }, factor);
  }
}

}  // namespace equireg::regularizer
