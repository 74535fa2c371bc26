// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Means of scores with their uncertainty: `summarize` and `paired_difference`.

#include <equireg/core/error.hpp>
#include <equireg/metric/student_t.hpp>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace equireg::metric {

/// The mean of n numbers and what it leaves open.
struct summary {
  std::size_t count = 0;
  double mean = 0;
  double standard_deviation = 0;  ///< of the numbers, with n - 1
  double standard_error = 0;      ///< of the mean
  double low = 0, high = 0;       ///< the confidence interval of the mean

  /// 0 lies outside the interval: for a paired difference, the two methods differ.
  [[nodiscard]] bool excludes_zero() const { return low > 0 || high < 0; }
};

/// Mean, standard error and Student's t interval, which holds the true mean with probability `confidence` if the
/// numbers are independent and normal, and about so for many numbers of any law. Throws for fewer than two numbers, as
/// they have no error, and for a confidence outside (0, 1).
inline summary summarize(std::span<const double> values, double confidence = 0.95) {
  constexpr const char* where = "equireg::metric::summarize";
  require(values.size() >= 2, where, "expected at least two numbers, but got ", values.size());
  require(confidence > 0 && confidence < 1, where, "expected a confidence in (0, 1), but got ", confidence);
  const double n = static_cast<double>(values.size());
  summary result{.count = values.size()};
  for (const double v : values) result.mean += v;
  result.mean /= n;
  double squares = 0;
  for (const double v : values) squares += (v - result.mean) * (v - result.mean);
  result.standard_deviation = std::sqrt(squares / (n - 1));
  result.standard_error = result.standard_deviation / std::sqrt(n);
  const double width = student_t_quantile(0.5 + 0.5 * confidence, n - 1) * result.standard_error;
  result.low = result.mean - width;
  result.high = result.mean + width;
  return result;
}

/// The mean of a_i - b_i, where a_i and b_i score two methods on the same image i: what images have in common drops
/// out. Throws as `summarize` does, and where the numbers of scores differ.
inline summary paired_difference(std::span<const double> a, std::span<const double> b, double confidence = 0.95) {
  require(a.size() == b.size(), "equireg::metric::paired_difference", "expected as many scores of each, but got ",
          a.size(), " and ", b.size());
  std::vector<double> difference(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) difference[i] = a[i] - b[i];
  return summarize(difference, confidence);
}

}  // namespace equireg::metric
