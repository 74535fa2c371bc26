// SPDX-License-Identifier: BSD-3-Clause
#include <support/calibration_run.hpp>
#include <support/map_laws.hpp>

#include <equireg/metric/interval_coverage.hpp>
#include <equireg/metric/summary.hpp>

#include <limits>

namespace interval_coverage_test {

using namespace equireg;

TEMPLATE_TEST_CASE("an interval is bounded by samples, or counts two intervals in shares",
                   "[metric][interval_coverage]", float, double) {
  using X = cpu::tensor<TestType>;
  // Three samples, 1, 2, 4: level 0.5 is [1, 4], which holds the truth half the time.
  const X samples({3, 1, 1, 5}, {4, 4, 4, 4, 4, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2});
  const X truth({1, 1, 1, 5}, {0, 1, 3, 4, 5});
  CHECK(test::close(metric::interval_coverage(samples, truth, 0.5)[0], 3.0 / 5, 1e-6));
  // Level 0.25: k = 1.5, half of [1, 4] and half of [2, 2].
  CHECK(test::close(metric::interval_coverage(samples, truth, 0.25)[0], 0.5 * 3 / 5, 1e-6));
  CHECK(metric::interval_coverage(X({3, 1, 1, 1}, TestType(2)), X({1, 1, 1, 1}, TestType(2)), 0.5)[0] == 1);
}

TEST_CASE("the share covered is the level for every number of samples", "[metric][interval_coverage]") {
  using X = cpu::tensor<double>;
  constexpr std::size_t n = 20000;
  const X truth = test::random_tensor<X>({n, 1, 1, 1}, 1);
  for (const std::size_t m : {2, 3, 4, 7, 20, 33}) {
    const X samples = test::random_tensor<X>({n * m, 1, 1, 1}, static_cast<std::uint32_t>(m));
    for (const double level : {0.1, 0.5, 0.9}) {
      if (static_cast<double>(m) < 2 / (1 - level) - 1 - 1e-9) continue;
      const auto s = metric::summarize(metric::interval_coverage(samples, truth, level));
      CAPTURE(m, level, s.mean, s.standard_error);
      CHECK(test::within_standard_errors(s.mean, level, s.standard_error));
    }
  }
}

TEST_CASE("posterior samples that are 10% too narrow cover too little", "[metric][interval_coverage]") {
  for (const double shrink : {1.0, 0.9}) {
    const test::calibration_run run(1500, 39, shrink, 3);
    for (const double level : {0.5, 0.9}) {
      const auto s = metric::summarize(metric::interval_coverage(run.samples, run.truth, level));
      CAPTURE(shrink, level, s.mean, s.standard_error);
      CHECK((std::abs(s.mean - level) < 4 * s.standard_error) == (shrink == 1.0));
      if (shrink < 1) CHECK(s.mean < level);
    }
  }
}

TEST_CASE("a level asks for enough samples", "[metric][interval_coverage]") {
  using X = cpu::tensor<double>;
  const X truth({1, 1, 1, 2}, 0.0);
  CHECK(metric::interval_coverage(X({19, 1, 1, 2}, 0.0), truth, 0.9)[0] == 1);
  REQUIRE_THROWS_WITH(metric::interval_coverage(X({18, 1, 1, 2}, 0.0), truth, 0.9),
                      test::contains("at least 19 samples of each measurement, but there are 18"));
  REQUIRE_THROWS_WITH(metric::interval_coverage(X({2, 1, 1, 2}, 0.0), truth, 0.5),
                      test::contains("at least 3 samples"));
  REQUIRE_THROWS_WITH(metric::interval_coverage(X({3, 1, 1, 2}, 0.0), truth, 50), test::contains("(0, 1), but got 50"));
}

TEST_CASE("a sample that is no number is refused, not covered", "[metric][interval_coverage]") {
  using X = cpu::tensor<double>;
  X samples({19, 1, 1, 2}, 0.0);
  samples.data()[3] = std::numeric_limits<double>::quiet_NaN();
  REQUIRE_THROWS_WITH(metric::interval_coverage(samples, X({1, 1, 1, 2}, 0.0), 0.9), test::contains("finite samples"));
}

}  // namespace interval_coverage_test
