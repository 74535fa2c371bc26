// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/metric/posterior_diversity.hpp>
#include <equireg/metric/summary.hpp>

namespace posterior_diversity_test {

using namespace equireg;

TEST_CASE("diversity is the mean distance of pairs and the mean deviation of elements",
          "[metric][posterior_diversity]") {
  const auto samples = test::golden("metrics_ensemble");
  const auto expected = test::golden("metrics_ensemble_scores");
  const auto distance = metric::mean_pairwise_distance(samples, 2), deviation = metric::pixel_deviation(samples, 2);
  REQUIRE(distance.size() == 2);
  for (std::size_t b = 0; b < 2; ++b) {
    CHECK(test::close(distance[b], expected.values()[8 + b], 1e-13));
    CHECK(test::close(deviation[b], expected.values()[10 + b], 1e-13));
  }
  CHECK(metric::pixel_deviation_map(samples, 2).shape() == shape{2, 1, 3, 4});
}

TEMPLATE_TEST_CASE("diversity of normal samples is what their law says", "[metric][posterior_diversity]", float,
                   double) {
  using X = cpu::tensor<TestType>;
  constexpr std::size_t n = 400, m = 8;
  const X samples = test::random_tensor<X>({n * m, 1, 1, 3}, 1);
  // |z - z'| for z, z' ~ N(0, I_3): sqrt(2) times the mean of a chi law of 3 freedoms, 2 sqrt(2 / pi).
  const auto distance = metric::summarize(metric::mean_pairwise_distance(samples, n));
  CHECK(test::within_standard_errors(distance.mean, 4 / std::sqrt(3.14159265358979), distance.standard_error));
  const auto deviation = metric::summarize(metric::pixel_deviation(samples, n));
  const double c4 = std::sqrt(2.0 / (m - 1)) * std::tgamma(0.5 * m) / std::tgamma(0.5 * (m - 1));  // E s / sigma
  CHECK(test::within_standard_errors(deviation.mean, c4, deviation.standard_error));
}

TEST_CASE("equal samples have no diversity, and one sample none that is known", "[metric][posterior_diversity]") {
  using X = cpu::tensor<double>;
  const X same({4, 2, 2, 2}, 0.3);
  CHECK(metric::mean_pairwise_distance(same, 2) == std::vector<double>{0, 0});
  CHECK(metric::pixel_deviation(same, 1)[0] < 1e-15);
  REQUIRE_THROWS_WITH(metric::mean_pairwise_distance(same, 4),
                      test::contains("at least 2 samples of each measurement"));
  REQUIRE_THROWS_WITH(metric::pixel_deviation(same, 3), test::contains("4 samples cannot be shared equally by 3"));
  REQUIRE_THROWS_WITH(metric::pixel_deviation(same, 0), test::contains("by 0 measurements"));
}

}  // namespace posterior_diversity_test
