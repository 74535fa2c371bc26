// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Every tolerance of the tests: by scalar type where rounding decides, by standard error where chance does.

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace equireg::test {

/// Relative tolerances for results in the scalar type T.
template <class T>
struct tolerance;

template <>
struct tolerance<double> {
  static constexpr double rounding = 1e-12;          // the same sum in another order
  static constexpr double adjoint = 1e-12;           // <A x, y> against <x, A^T y>, relative to |A x| |y|
  static constexpr double finite_difference = 1e-6;  // a pullback against central differences
  static constexpr double step = 1e-5;               // their step, about the cube root of the rounding error
};

template <>
struct tolerance<float> {
  static constexpr double rounding = 1e-5;
  static constexpr double adjoint = 1e-5;
  static constexpr double finite_difference = 5e-3;
  static constexpr double step = 5e-3;
};

/// True where a and b differ by at most `relative` times the largest of |a|, |b| and `scale`. False for a NaN.
/// An infinity is close to itself only.
///
/// Without a scale the comparison is purely relative, so that nothing but 0 is close to 0; pass the size of the terms
/// that cancelled where the true value may be 0.
inline bool close(double a, double b, double relative, double scale = 0.0) {
  if (!std::isfinite(a) || !std::isfinite(b)) return a == b;
  return std::abs(a - b) <= relative * std::max({std::abs(a), std::abs(b), scale});
}

/// The norm of a - b over the norm of b, over two ranges of equal length; infinite where the lengths differ or a
/// number is not finite.
template <class A, class B>
double relative_error(const A& a, const B& b) {
  auto ia = std::begin(a);
  auto ib = std::begin(b);
  double difference = 0.0, size = 0.0;
  for (; ia != std::end(a) && ib != std::end(b); ++ia, ++ib) {
    const double d = static_cast<double>(*ia) - static_cast<double>(*ib);
    difference += d * d;
    size += static_cast<double>(*ib) * static_cast<double>(*ib);
  }
  const bool same_length = !(ia != std::end(a)) && !(ib != std::end(b));
  if (!same_length || !std::isfinite(difference) || !std::isfinite(size)) return std::numeric_limits<double>::infinity();
  return difference == 0.0 ? 0.0 : std::sqrt(difference / size);
}

/// True where a Monte-Carlo estimate lies within z standard errors of the truth: the band of a test over random
/// numbers. A right estimate leaves five standard errors about once in two million seeds. False where a number is
/// not finite.
inline bool within_standard_errors(double estimate, double truth, double standard_error, double z = 5.0) {
  return std::isfinite(standard_error) && std::abs(estimate - truth) <= z * standard_error;
}

}  // namespace equireg::test
