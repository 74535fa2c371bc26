// SPDX-License-Identifier: BSD-3-Clause
#include <support/calibration_run.hpp>
#include <support/map_laws.hpp>

#include <equireg/metric/rank_histogram.hpp>

namespace rank_histogram_test {

using namespace equireg;

TEST_CASE("a rank is the number of samples below the truth", "[metric][rank_histogram]") {
  const std::vector<double> samples{1, 2, 3, 4, 5, 6}, truth{2.5, 0};
  CHECK(metric::ranks(samples, truth) == std::vector<std::size_t>{2, 0});
  CHECK(metric::ranks(samples, std::vector<double>{9}) == std::vector<std::size_t>{6});
}

TEST_CASE("ties are broken evenly, at random by the seed", "[metric][rank_histogram]") {
  constexpr std::size_t n = 6000;
  const std::vector<double> samples(3 * n, 1.0), truth(n, 1.0);
  const auto ranks = metric::ranks(samples, truth, seed{1});
  const auto histogram = metric::histogram_of_ranks(ranks, 3, 4);
  CHECK(histogram.chi_square < metric::chi_square_quantile(0.9999, 3));
  CHECK(metric::ranks(samples, truth, seed{1}) == ranks);
  CHECK(metric::ranks(samples, truth, seed{2}) != ranks);
  // Two samples tie, one is below: ranks 1, 2 or 3.
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t r = metric::ranks(std::vector<double>{0, 1, 1}, std::vector<double>{1}, seed{i})[0];
    if (r < 1 || r > 3) FAIL("rank " << r);
  }
}

TEST_CASE("chi-square is counted against equal bins", "[metric][rank_histogram]") {
  std::vector<std::size_t> ranks;
  for (std::size_t i = 0; i < 30; ++i) ranks.push_back(i % 2);      // bin 0
  for (std::size_t i = 0; i < 50; ++i) ranks.push_back(2 + i % 2);  // bin 1
  const auto histogram = metric::histogram_of_ranks(ranks, 3, 2);
  CHECK(histogram.counts == std::vector<std::size_t>{30, 50});
  CHECK(test::close(histogram.chi_square, 5, 1e-14));
  CHECK(histogram.freedom == 1);
  CHECK(test::close(histogram.p_value, std::erfc(std::sqrt(2.5)), 1e-12));
}

TEST_CASE("exact posterior samples are calibrated, those 10% too narrow are found out", "[metric][rank_histogram]") {
  constexpr std::size_t count = 63;
  for (const double shrink : {1.0, 0.9}) {
    const test::calibration_run run(4000, count, shrink, 7);
    double largest = 0;
    for (std::size_t k = 0; k < run.d; ++k) {
      const auto ranks = metric::ranks(run.element(run.samples, k), run.element(run.truth, k), seed{1});
      const auto histogram = metric::histogram_of_ranks(ranks, count, 16);
      largest = std::max(largest, histogram.chi_square);
      if (shrink < 1) CHECK(histogram.counts.front() + histogram.counts.back() > 2 * histogram.counts[7] + 40);  // a U
    }
    CAPTURE(shrink, largest);
    // 44.263 is the 0.9999 quantile of 15 freedoms. Narrow samples of such a problem gave 111.
    if (shrink == 1.0) CHECK(largest < 44.263);
    if (shrink < 1) CHECK(largest > 80);
  }
}

TEST_CASE("ranks refuse what cannot be counted", "[metric][rank_histogram]") {
  const std::vector<double> five(5, 0.0), two(2, 0.0);
  REQUIRE_THROWS_WITH(metric::ranks(five, two), test::contains("5 samples cannot be shared equally by 2 truths"));
  REQUIRE_THROWS_WITH(metric::ranks(std::vector<double>{}, two), test::contains("0 samples"));
  REQUIRE_THROWS_WITH(metric::ranks(std::vector<double>{0, NAN}, two),
                      test::contains("truth 1 or its samples hold a NaN"));
  const std::vector<std::size_t> ranks(100, 3);
  REQUIRE_THROWS_WITH(metric::histogram_of_ranks(ranks, 7, 3), test::contains("divides 8"));
  REQUIRE_THROWS_WITH(metric::histogram_of_ranks(ranks, 7, 8),
                      test::contains("20 ranks for each of 8 bins, but got 100"));
  REQUIRE_THROWS_WITH(metric::histogram_of_ranks(ranks, 1, 2), test::contains("ranks up to 1, but got 3"));
}

}  // namespace rank_histogram_test
