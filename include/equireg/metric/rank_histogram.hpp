// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Simulation-based calibration: `ranks` of truths among posterior samples, and their `rank_histogram`.

#include <equireg/core/error.hpp>
#include <equireg/core/random.hpp>
#include <equireg/metric/chi_square.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace equireg::metric {

/// The rank of each truth's number among those of its samples: r_i = #{l: samples[i L + l] < truth[i]}, 0 ... L, where
/// ties are broken at random. Uniform if truth and samples have one law: the truths are drawn from the prior, each with
/// a measurement of its own and L samples of that measurement's posterior. Talts et al. 2018, arXiv:1804.06788.
///
/// The numbers are any test quantity of samples (B L) and truths (B): a pixel, a norm, log p(y | x). Ties are those of
/// (seed, purpose::metric). Throws where B does not divide the number of samples, there are none, or a number is a NaN.
inline std::vector<std::size_t> ranks(std::span<const double> samples, std::span<const double> truth, seed s = {}) {
  constexpr const char* where = "equireg::metric::ranks";
  require(!truth.empty() && !samples.empty() && samples.size() % truth.size() == 0, where, samples.size(),
          " samples cannot be shared equally by ", truth.size(), " truths");
  const std::size_t count = samples.size() / truth.size();
  std::vector<std::size_t> result(truth.size());
  for (std::size_t i = 0; i < truth.size(); ++i) {
    std::size_t below = 0, equal = 0, above = 0;
    for (const double v : samples.subspan(i * count, count)) {
      below += v < truth[i];
      equal += v == truth[i];
      above += v > truth[i];
    }
    require(below + equal + above == count, where, "the numbers of truth ", i, " or its samples hold a NaN");
    result[i] = below + (equal == 0 ? 0 : uniform_index(equal + 1, {s.value, 1, purpose::metric, 0}, i));
  }
  return result;
}

/// How ranks fall into bins, and whether that could be chance.
///
/// A U says that the samples are too narrow, a hill that they are too wide, a slope that they are biased.
struct rank_histogram {
  std::vector<std::size_t> counts;
  double chi_square = 0;  ///< sum_b (n_b - N / B)^2 / (N / B)
  double freedom = 0;     ///< B - 1
  double p_value = 0;     ///< the chance of so large a number if the ranks are uniform
};

/// Counts N ranks 0 ... L in B bins of (L + 1) / B ranks. Of several test quantities take the smallest p-value times
/// their number. Throws unless B >= 2 divides L + 1, N / B >= 20, as the law of chi-square asks, and all ranks are at
/// most L.
inline rank_histogram histogram_of_ranks(std::span<const std::size_t> ranks, std::size_t samples, std::size_t bins) {
  constexpr const char* where = "equireg::metric::histogram_of_ranks";
  require(bins >= 2 && (samples + 1) % bins == 0, where, "expected a number of bins, at least 2, that divides ",
          samples + 1, ", the possible ranks among ", samples, " samples, but got ", bins);
  require(ranks.size() >= 20 * bins, where, "expected at least 20 ranks for each of ", bins, " bins, but got ",
          ranks.size());
  const std::size_t width = (samples + 1) / bins;
  rank_histogram result{.counts = std::vector<std::size_t>(bins), .freedom = static_cast<double>(bins - 1)};
  for (const std::size_t r : ranks) {
    require(r <= samples, where, "expected ranks up to ", samples, ", but got ", r);
    ++result.counts[r / width];
  }
  const double expected = static_cast<double>(ranks.size()) / static_cast<double>(bins);
  for (const std::size_t n : result.counts) {
    const double difference = static_cast<double>(n) - expected;
    result.chi_square += difference * difference / expected;
  }
  result.p_value = chi_square_tail(result.chi_square, result.freedom);
  return result;
}

}  // namespace equireg::metric
