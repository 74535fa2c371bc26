// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::tarp`: whether balls around random points hold the truth as often as they hold samples.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/metric/ensemble.hpp>
#include <equireg/metric/estimate.hpp>
#include <equireg/metric/rank_histogram.hpp>
#include <equireg/metric/summary.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace equireg::metric {

/// P(sqrt(n) sup |F_n - F| > sqrt(n) d) of Kolmogorov's law, with Stephens' correction for finite n (1970, JRSS B 32):
/// 2 sum_k (-1)^(k - 1) exp(-2 k^2 t^2).
inline double kolmogorov_tail(double d, std::size_t n) {
  const double root = std::sqrt(static_cast<double>(n)), t = std::max(0.0, d) * (root + 0.12 + 0.11 / root);
  if (t < 0.2) return 1;  // to 1e-12, where the series no longer converges
  double sum = 0;
  for (int k = 1; k <= 100; ++k) sum += (k % 2 == 1 ? 2 : -2) * std::exp(-2 * t * t * k * k);
  return std::clamp(sum, 0.0, 1.0);
}

/// Expected coverage against credibility, for one way to choose references.
struct tarp_coverage {
  std::vector<double> fractions;  ///< f_i, one for each truth: the share of samples nearer to the reference than it
  std::vector<double> levels;     ///< alpha = 0, 1 / K, ..., 1
  std::vector<double> coverage;   ///< mean 1{f_i < alpha}, at each level; 1 at the last
  double largest_deviation = 0;   ///< sup |coverage - alpha| over the levels
  double p_value = 0;             ///< the chance of so large a deviation, less 1 / (L + 1), if f is uniform
  estimate signed_area;           ///< the integral of coverage - alpha, 1 / 2 - mean f, and its error
};

/// The coverage of `fractions` (at least two) of L samples, on K + 1 levels.
inline tarp_coverage coverage_of(std::vector<double> fractions, std::size_t samples, std::size_t intervals = 100) {
  require(intervals >= 1, "equireg::metric::tarp", "expected at least one interval of levels");
  tarp_coverage result;
  result.fractions = std::move(fractions);
  std::vector<double> sorted = result.fractions;
  std::sort(sorted.begin(), sorted.end());
  const double n = static_cast<double>(sorted.size());
  for (std::size_t k = 0; k <= intervals; ++k) {
    const double alpha = static_cast<double>(k) / static_cast<double>(intervals);
    const auto below = std::lower_bound(sorted.begin(), sorted.end(), alpha) - sorted.begin();
    result.levels.push_back(alpha);
    result.coverage.push_back(k == intervals ? 1 : static_cast<double>(below) / n);
    result.largest_deviation = std::max(result.largest_deviation, std::abs(result.coverage.back() - alpha));
  }
  result.p_value =
      kolmogorov_tail(result.largest_deviation - 1 / static_cast<double>(samples + 1), result.fractions.size());
  const summary area = summarize(result.fractions);
  result.signed_area = {0.5 - area.mean, area.standard_error};
  return result;
}

/// f_i = (1 / L) #{l: |x_il - r_i| < |x_i - r_i|}, ties at random, is uniform if truths and samples have one law given
/// y and r. Lemos et al. 2023, arXiv:2302.03026, Algorithm 2. The distance is Euclidean: scale fields of different
/// units before. Coverage is an empirical distribution on fixed levels, where the authors' code fills a histogram
/// between the least and the largest f.
///
/// One kind of reference is a necessary test only; all kinds are a sufficient one. So call it with several, some of
/// which depend on y (A^+ y plus noise): a sampler that ignores y and returns the prior passes with references that do
/// not. References must not depend on the truth but through y.
///
/// samples: (B L, C, H, W), those of measurement b at b L ... (b + 1) L - 1; truth and reference: (B, C, H, W), B >= 2.
/// Throws where the shapes do not fit.
template <tensor X>
tarp_coverage tarp(const X& samples, const X& truth, const X& reference, seed s = {}, std::size_t intervals = 100) {
  constexpr const char* where = "equireg::metric::tarp";
  const std::size_t count = ensemble_size(samples.shape(), truth.shape(), 1, where);
  require_shape(reference.shape(), truth.shape(), where, "the reference");
  const std::size_t n = truth.shape().batch;
  require(n >= 2, where, "expected at least two truths, but got ", n);
  X to_samples({n, 1, 1, count}), to_truth({n, 1, 1, 1});
  for (std::size_t i = 0; i < n; ++i) {
    const auto centre = rows_of(reference).rows_at(i, 1);
    squared_distances(rows_of(to_samples).rows_at(i, 1), centre, rows_of(samples).rows_at(i * count, count), 1.0);
    squared_distances(rows_of(to_truth).rows_at(i, 1), centre, rows_of(truth).rows_at(i, 1), 1.0);
  }
  std::vector<double> fractions;
  for (const std::size_t r : ranks(to_host(to_samples), to_host(to_truth), s)) {
    fractions.push_back(static_cast<double>(r) / static_cast<double>(count));
  }
  return coverage_of(std::move(fractions), count, intervals);
}

/// The same for several kinds of reference. Compare the smallest p-value with the level over their number.
template <tensor X>
std::vector<tarp_coverage> tarp(const X& samples, const X& truth, std::span<const X> references, seed s = {},
                                std::size_t intervals = 100) {
  std::vector<tarp_coverage> result;
  for (const X& reference : references) result.push_back(tarp(samples, truth, reference, s, intervals));
  return result;
}

}  // namespace equireg::metric
