// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `regularizer::reduction`: how a residual e becomes one number for each sample.

#include <equireg/core/expression.hpp>

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
  const double factor = kind == reduction::mean_square ? weight / static_cast<double>(n) : weight;
  const auto [s] = entries<1>;
  if (kind == reduction::norm) {
    transform(squares, factor * sqrt(s), squares);
  } else {
    transform(squares, factor * s, squares);
  }
}

/// c with factor * weight * d rho / d e = c e, from ||e||^2, in place. `squares` and `factor` are (B, 1, 1, 1).
template <class X>
void cotangent_factor(X& squares, reduction kind, std::size_t n, double weight, const X& factor) {
  if (kind == reduction::norm) {
    const auto [s, f] = entries<2>;
    transform(squares, select(s > 0, f * weight / sqrt(s), 0), squares, factor);
  } else {
    const auto [f] = entries<1>;
    const double scale = kind == reduction::mean_square ? 2 * weight / static_cast<double>(n) : 2 * weight;
    transform(squares, f * scale, factor);
  }
}

}  // namespace equireg::regularizer
