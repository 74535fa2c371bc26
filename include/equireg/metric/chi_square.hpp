// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The chi-square distribution: `chi_square_cdf`, `chi_square_tail` and `chi_square_quantile`.

#include <equireg/core/error.hpp>

#include <cmath>
#include <limits>

namespace equireg::metric {

namespace detail {

/// x^a e^-x / Gamma(a), by its logarithm.
inline double incomplete_gamma_front(double a, double x) { return std::exp(a * std::log(x) - x - std::lgamma(a)); }

/// P(a, x) by its series, for x < a + 1: front sum_k x^k / (a (a + 1) ... (a + k)). Abramowitz and Stegun, 6.5.29.
inline double incomplete_gamma_series(double a, double x) {
  double term = 1 / a, sum = term;
  for (int k = 1; k <= 100000 && term > sum * 1e-17; ++k) {
    term *= x / (a + k);
    sum += term;
  }
  return incomplete_gamma_front(a, x) * sum;
}

/// Q(a, x) by Legendre's continued fraction, for x >= a + 1, by Lentz's method. Abramowitz and Stegun, 6.5.31.
inline double incomplete_gamma_fraction(double a, double x) {
  constexpr double tiny = 1e-300;
  const auto away_from_zero = [](double v) { return std::abs(v) < tiny ? tiny : v; };
  double b = x + 1 - a, c = 1 / tiny, d = 1 / away_from_zero(b), fraction = d;
  for (int k = 1; k <= 100000; ++k) {
    const double numerator = -k * (k - a);
    b += 2;
    d = 1 / away_from_zero(numerator * d + b);
    c = away_from_zero(b + numerator / c);
    const double factor = d * c;
    fraction *= factor;
    if (std::abs(factor - 1) < 1e-15) break;
  }
  return incomplete_gamma_front(a, x) * fraction;
}

}  // namespace detail

/// Q(a, x) = Gamma(a, x) / Gamma(a), the regularised upper incomplete gamma function; a > 0. Small values keep their
/// relative accuracy: 1e-13 while a is small, less by log10 of a log a for large ones.
inline double upper_incomplete_gamma(double a, double x) {
  if (x <= 0) return 1;
  if (std::isinf(x)) return 0;
  return x < a + 1 ? 1 - detail::incomplete_gamma_series(a, x) : detail::incomplete_gamma_fraction(a, x);
}

/// P(a, x) = 1 - Q(a, x), with the relative accuracy of Q where it is small.
inline double lower_incomplete_gamma(double a, double x) {
  if (x <= 0) return 0;
  if (std::isinf(x)) return 1;
  return x < a + 1 ? detail::incomplete_gamma_series(a, x) : 1 - detail::incomplete_gamma_fraction(a, x);
}

/// P(X <= x) with `freedom` > 0 degrees of freedom.
inline double chi_square_cdf(double x, double freedom) {
  require(freedom > 0, "equireg::metric::chi_square", "expected degrees of freedom > 0, but got ", freedom);
  return lower_incomplete_gamma(0.5 * freedom, 0.5 * x);
}

/// P(X > x): the p-value of a statistic x.
inline double chi_square_tail(double x, double freedom) {
  require(freedom > 0, "equireg::metric::chi_square", "expected degrees of freedom > 0, but got ", freedom);
  return upper_incomplete_gamma(0.5 * freedom, 0.5 * x);
}

/// The x with P(X <= x) = p, 0 < p < 1. Throws for other p and for freedom <= 0.
inline double chi_square_quantile(double p, double freedom) {
  require(p > 0 && p < 1, "equireg::metric::chi_square_quantile", "expected a probability in (0, 1), but got ", p);
  const auto is_above = [&](double x) {
    // By the smaller of the two: no digits are lost in either tail.
    return p > 0.5 ? chi_square_tail(x, freedom) < 1 - p : chi_square_cdf(x, freedom) > p;
  };
  double low = 0, high = 1;
  while (!is_above(high)) {
    low = high;
    high *= 2;
  }
  for (int i = 0; i < 1100 && high - low > std::numeric_limits<double>::epsilon() * high; ++i) {
    const double middle = 0.5 * (low + high);
    (is_above(middle) ? high : low) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace equireg::metric
