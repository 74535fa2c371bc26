// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/metric/chi_square.hpp>

namespace chi_square_test {

using namespace equireg;

TEST_CASE("the quantiles of chi-square are those of the table", "[metric][chi_square]") {
  const double levels[] = {0.95, 0.99, 0.999, 0.9999};
  const double table[][5] = {{7, 14.067, 18.475, 24.322, 29.878},
                             {9, 16.919, 21.666, 27.877, 33.720},
                             {15, 24.996, 30.578, 37.697, 44.263},
                             {19, 30.144, 36.191, 43.820, 50.795},
                             {31, 44.985, 52.191, 61.098, 69.106}};
  for (const auto& row : table) {
    for (std::size_t k = 0; k < 4; ++k) {
      CAPTURE(row[0], levels[k]);
      CHECK(std::abs(metric::chi_square_quantile(levels[k], row[0]) - row[k + 1]) <= 0.000501);  // three decimals
    }
  }
}

TEST_CASE("tails and quantiles of chi-square are SciPy's, far into both tails", "[metric][chi_square]") {
  const auto tails = test::golden("metrics_chi_square_tail"), quantiles = test::golden("metrics_chi_square_quantile");
  for (std::size_t i = 0; i < tails.shape().height; ++i) {
    const auto row = tails.values().subspan(3 * i, 3);
    CAPTURE(row[0], row[1], row[2]);
    CHECK(test::close(metric::chi_square_tail(row[0], row[1]), row[2], 1e-12));
    CHECK(test::close(metric::chi_square_cdf(row[0], row[1]) + metric::chi_square_tail(row[0], row[1]), 1, 1e-14));
  }
  for (std::size_t i = 0; i < quantiles.shape().height; ++i) {
    const auto row = quantiles.values().subspan(3 * i, 3);
    CAPTURE(row[0], row[1], row[2]);
    CHECK(test::close(metric::chi_square_quantile(row[0], row[1]), row[2], 1e-11));
  }
}

TEST_CASE("the incomplete gamma function has its closed forms", "[metric][chi_square]") {
  for (const double x : {1e-8, 0.3, 1.9, 2.1, 30.0}) {
    CHECK(test::close(metric::upper_incomplete_gamma(1, x), std::exp(-x), 1e-13));
    CHECK(test::close(metric::lower_incomplete_gamma(1, x), -std::expm1(-x), 1e-13));
    CHECK(test::close(metric::upper_incomplete_gamma(0.5, x), std::erfc(std::sqrt(x)), 1e-12));
    CHECK(test::close(metric::upper_incomplete_gamma(3, x), std::exp(-x) * (1 + x + x * x / 2), 1e-12));
  }
  CHECK(metric::upper_incomplete_gamma(2, 0) == 1);
  CHECK(metric::lower_incomplete_gamma(2, -1) == 0);
  CHECK(metric::upper_incomplete_gamma(2, std::numeric_limits<double>::infinity()) == 0);
  REQUIRE_THROWS_WITH(metric::chi_square_tail(1, 0), test::contains("degrees of freedom > 0, but got 0"));
  REQUIRE_THROWS_WITH(metric::chi_square_quantile(1, 3), test::contains("(0, 1), but got 1"));
  REQUIRE_THROWS_WITH(metric::chi_square_quantile(0.5, -1), test::contains("degrees of freedom"));
}

}  // namespace chi_square_test
