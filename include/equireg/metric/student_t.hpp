// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Student's t distribution: `student_t_cdf` and `student_t_quantile`.

#include <equireg/core/error.hpp>

#include <cmath>
#include <limits>

namespace equireg::metric {

/// I_x(a, b), the regularised incomplete beta function; a, b > 0, x in [0, 1]. To about 1e-14 while a and b are small;
/// large ones cost digits, as log Gamma(a) has about a log a in front of the point: 1e-12 at 1000, 1e-7 at 1e8.
/// Lentz's method on the continued fraction of Abramowitz and Stegun, 26.5.8, on the side where it converges fast.
inline double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(b, a, 1 - x);
  constexpr double tiny = 1e-300;
  const auto away_from_zero = [](double v) { return std::abs(v) < tiny ? tiny : v; };
  double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), fraction = d;
  for (int m = 1; m <= 10000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away_from_zero(1 + even * d);
    c = away_from_zero(1 + even / c);
    fraction *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away_from_zero(1 + odd * d);
    c = away_from_zero(1 + odd / c);
    const double factor = d * c;
    fraction *= factor;
    if (std::abs(factor - 1) < 1e-15) break;
  }
  const double log_front = std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x);
  return std::exp(log_front) * fraction / a;
}

/// P(T <= t) with `freedom` > 0 degrees of freedom.
inline double student_t_cdf(double t, double freedom) {
  require(freedom > 0, "equireg::metric::student_t", "expected degrees of freedom > 0, but got ", freedom);
  const double tail = 0.5 * incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t));
  return t > 0 ? 1 - tail : tail;
}

/// The t with P(T <= t) = p, 0 < p < 1. Throws for other p and for freedom <= 0.
inline double student_t_quantile(double p, double freedom) {
  require(p > 0 && p < 1, "equireg::metric::student_t_quantile", "expected a probability in (0, 1), but got ", p);
  require(freedom > 0, "equireg::metric::student_t", "expected degrees of freedom > 0, but got ", freedom);
  if (p == 0.5) return 0;
  if (p > 0.5) return -student_t_quantile(1 - p, freedom);
  double low = -1, high = 0;  // bracket, then halve it: a tail may be too heavy for Newton's steps
  while (student_t_cdf(low, freedom) > p && low > -1e150) {
    high = low;
    low *= 2;
  }
  for (int i = 0; i < 200 && high - low > std::numeric_limits<double>::epsilon() * std::abs(low); ++i) {
    const double middle = 0.5 * (low + high);
    (student_t_cdf(middle, freedom) > p ? high : low) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace equireg::metric
