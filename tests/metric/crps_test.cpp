// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/metric/crps.hpp>
#include <equireg/metric/summary.hpp>

#include <numbers>

namespace crps_test {

using namespace equireg;
using metric::ensemble_rule;

TEMPLATE_TEST_CASE("crps of the reference ensemble is 0.103125, and 0.0583333333 by the fair rule", "[metric][crps]",
                   float, double) {
  using X = cpu::tensor<TestType>;
  const X samples({4, 1, 1, 1}, {TestType(0.1), TestType(0.4), TestType(0.35), TestType(0.8)}),
      truth({1, 1, 1, 1}, TestType(0.5));
  const double tolerance = std::is_same_v<TestType, double> ? 1e-14 : 1e-6;
  CHECK(test::close(metric::crps(samples, truth)[0], 0.103125, tolerance));
  CHECK(test::close(metric::crps(samples, truth, ensemble_rule::fair)[0], 0.175 / 3, tolerance));
}

TEST_CASE("crps of a normal law is the closed form, and the integral it stands for", "[metric][crps]") {
  CHECK(test::close(metric::gaussian_crps(0.2, 0.3, 0.5), 0.18073240729, 1e-10));
  CHECK(metric::gaussian_crps(0.2, 0.0, 0.5) == 0.3);
  // int (Phi((z - m) / s) - 1{z >= y})^2 dz by the midpoint rule, whose points do not fall on the step at y.
  for (const double y : {-2.0, 0.1, 1.5}) {
    const double m = 0.25, s = 0.75;
    double integral = 0;
    constexpr double step = 1e-3;
    for (int i = -10000; i < 10000; ++i) {
      const double z = (i + 0.5) * step;
      const double f = 0.5 * std::erfc((m - z) / s / std::numbers::sqrt2) - (z >= y ? 1 : 0);
      integral += f * f * step;
    }
    CHECK(test::close(metric::gaussian_crps(m, s, y), integral, 1e-6));
  }
}

TEST_CASE("crps of ensembles is the mean over all pairs, for each measurement and element", "[metric][crps]") {
  const auto samples = test::golden("metrics_ensemble"), truth = test::golden("metrics_ensemble_truth");
  const auto expected = test::golden("metrics_ensemble_scores");  // rows: plain, fair, ...
  REQUIRE(samples.shape() == shape{12, 1, 3, 4});
  const auto plain = metric::crps(samples, truth), fair = metric::crps(samples, truth, ensemble_rule::fair);
  REQUIRE(plain.size() == 2);
  for (std::size_t b = 0; b < 2; ++b) {
    CHECK(test::close(plain[b], expected.values()[b], 1e-13));
    CHECK(test::close(fair[b], expected.values()[2 + b], 1e-13));
  }
  const auto map = metric::crps_map(samples, truth);
  CHECK(map.shape() == shape{2, 1, 3, 4});
  double sum = 0;
  for (const double v : map.sample(1)) sum += v;
  CHECK(test::close(sum / 12, plain[1], 1e-13));
}

TEST_CASE("crps of one sample is the absolute error, and keeps its digits far from zero", "[metric][crps]") {
  using X = cpu::tensor<double>;
  CHECK(metric::crps(X({1, 1, 1, 2}, {1, 2}), X({1, 1, 1, 2}, {3, 1}))[0] == 1.5);
  // A shift of all numbers by 2^30 changes nothing: differences of these numbers are exact.
  const X near({3, 1, 1, 1}, {0.25, 0.5, 1.0}), far({3, 1, 1, 1}, {0x1p30 + 0.25, 0x1p30 + 0.5, 0x1p30 + 1.0});
  CHECK(metric::crps(far, X({1, 1, 1, 1}, 0x1p30 + 0.75))[0] == metric::crps(near, X({1, 1, 1, 1}, 0.75))[0]);
}

TEST_CASE("the fair crps of small ensembles has the mean of the law's, the plain one is larger", "[metric][crps]") {
  using X = cpu::tensor<double>;
  constexpr std::size_t n = 20000, m = 4;
  const X truth = test::random_tensor<X>({n, 1, 1, 1}, 1), samples = test::random_tensor<X>({n * m, 1, 1, 1}, 2);
  const X mean({n, 1, 1, 1}, 0.0), deviation({n, 1, 1, 1}, 1.0);
  // E over y ~ N(0, 1) of the closed form is 1 / sqrt(pi).
  const double expected = 1 / std::sqrt(std::numbers::pi);
  const auto law = metric::summarize(metric::gaussian_crps(mean, deviation, truth));
  CHECK(test::within_standard_errors(law.mean, expected, law.standard_error));
  const auto fair = metric::summarize(metric::crps(samples, truth, ensemble_rule::fair));
  CHECK(test::within_standard_errors(fair.mean, expected, fair.standard_error));
  const auto plain = metric::summarize(metric::crps(samples, truth));
  CHECK(test::within_standard_errors(plain.mean, expected * (1 + 1.0 / m), plain.standard_error));
  CHECK(plain.mean - expected > 10 * plain.standard_error);
}

TEST_CASE("crps refuses ensembles that do not fit", "[metric][crps]") {
  using X = cpu::tensor<double>;
  const X truth({2, 1, 1, 3}, 0.0);
  REQUIRE_THROWS_WITH(metric::crps(X({5, 1, 1, 3}, 0.0), truth),
                      test::contains("5 samples cannot be shared equally by 2"));
  REQUIRE_THROWS_WITH(metric::crps(X({4, 1, 3, 1}, 0.0), truth), test::contains("the truth (2, 1, 1, 3)"));
  REQUIRE_THROWS_WITH(metric::crps(truth, truth, ensemble_rule::fair),
                      test::contains("at least 2 samples of each measurement, but there are 1"));
  REQUIRE_THROWS_WITH(metric::crps(X({0, 1, 1, 3}, 0.0), truth), test::contains("at least 1 samples"));
  REQUIRE_THROWS_WITH(metric::gaussian_crps(truth, X({2, 1, 1, 3}, -1.0), truth), test::contains("deviations >= 0"));
  REQUIRE_THROWS_WITH(metric::gaussian_crps(truth, X({1, 1, 1, 3}, 1.0), truth),
                      test::contains("the deviation has shape"));
}

}  // namespace crps_test
