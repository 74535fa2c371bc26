// SPDX-License-Identifier: BSD-3-Clause
#include <support/calibration_run.hpp>
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/metric/tarp.hpp>

namespace tarp_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

TEST_CASE("Kolmogorov's law is SciPy's exact one to 1% for 4000 numbers, and to 3% for 100", "[metric][tarp]") {
  const auto table = test::golden("metrics_kolmogorov");
  for (std::size_t i = 0; i < table.shape().height; ++i) {
    const auto row = table.values().subspan(3 * i, 3);
    CAPTURE(row[0], row[1], row[2]);
    // Stephens' correction leaves an error of order 1 / sqrt(n).
    const double tolerance = row[1] == 100 ? 0.03 : 0.01;
    CHECK(test::close(metric::kolmogorov_tail(row[0], static_cast<std::size_t>(row[1])), row[2], tolerance));
  }
  CHECK(std::abs(metric::kolmogorov_tail(1.358 / std::sqrt(1e6), 1000000) - 0.05) < 2e-4);
  CHECK(std::abs(metric::kolmogorov_tail(1.628 / std::sqrt(1e6), 1000000) - 0.01) < 1e-4);
  CHECK(metric::kolmogorov_tail(-0.1, 10) == 1);
}

TEST_CASE("coverage is the share of fractions below a level", "[metric][tarp]") {
  const auto c = metric::coverage_of({0.0, 0.25, 0.5, 0.5}, 4, 4);
  CHECK(c.levels == std::vector<double>{0, 0.25, 0.5, 0.75, 1});
  CHECK(c.coverage == std::vector<double>{0, 0.25, 0.5, 1, 1});
  CHECK(c.largest_deviation == 0.25);
  CHECK(c.signed_area.value == 0.5 - 1.25 / 4);
  CHECK(c.p_value == metric::kolmogorov_tail(0.25 - 0.2, 4));
}

TEMPLATE_TEST_CASE("a fraction counts the samples nearer to the reference than the truth", "[metric][tarp]", float,
                   double) {
  using X = cpu::tensor<TestType>;
  const X samples({4, 1, 1, 1}, {1, 2, -4, 7}), truth({2, 1, 1, 1}, {3, 5}), reference({2, 1, 1, 1}, {0, 6});
  const auto c = metric::tarp(samples, truth, reference, seed{1}, 4);
  // Distances 1, 2 < 3; 10, 1 against 1, a tie.
  CHECK(c.fractions[0] == 1);
  CHECK((c.fractions[1] == 0 || c.fractions[1] == 0.5));
}

TEST_CASE("exact posterior samples cover, those 10% too narrow or with a bias do not", "[metric][tarp]") {
  constexpr std::size_t n = 4000, count = 63;
  const test::calibration_run exact(n, count, 1.0, 7), narrow(n, count, 0.9, 7);
  // References from the prior, and around the posterior's mean.
  tensor_d near_mean = test::random_tensor<tensor_d>({n, 1, 1, exact.d}, 2);
  for (std::size_t i = 0; i < near_mean.size(); ++i) near_mean.data()[i] += exact.mean.data()[i];
  const std::vector<tensor_d> references{test::random_tensor<tensor_d>({n, 1, 1, exact.d}, 1), near_mean};
  const auto good = metric::tarp(exact.samples, exact.truth, std::span<const tensor_d>(references));
  const auto bad = metric::tarp(narrow.samples, narrow.truth, std::span<const tensor_d>(references));
  REQUIRE(good.size() == 2);
  for (std::size_t r = 0; r < 2; ++r) {
    CAPTURE(r, good[r].largest_deviation, bad[r].largest_deviation, bad[r].p_value);
    CHECK(good[r].p_value > 1e-4);
    CHECK(good[r].largest_deviation < 1.95 / std::sqrt(4000.0) + 1.0 / (count + 1));  // 0.9990 of Kolmogorov's law
    CHECK(std::abs(good[r].signed_area.value) < 4 * good[r].signed_area.standard_error);
    CHECK(bad[r].p_value < 1e-4);
  }
  // Samples moved away from all truths, with references far off on one side: the area has the sign of the bias.
  tensor_d moved = exact.samples, far_off({n, 1, 1, exact.d}, 0.0);
  for (double& v : moved.values()) v += 0.2;
  for (std::size_t i = 0; i < n; ++i) far_off.sample(i)[0] = 100;
  const auto biased = metric::tarp(moved, exact.truth, far_off);
  CHECK(biased.signed_area.value <
        -5 * biased.signed_area.standard_error);  // samples are nearer: fractions above 1 / 2
}

TEST_CASE("samples of the prior pass with references that do not see y, and fail with those that do",
          "[metric][tarp]") {
  constexpr std::size_t n = 2000, count = 31;
  const test::calibration_run run(n, count, 1.0, 9);
  const tensor_d prior = test::random_tensor<tensor_d>({n * count, 1, 1, run.d}, 3),
                 blind = test::random_tensor<tensor_d>({n, 1, 1, run.d}, 4);
  CHECK(metric::tarp(prior, run.truth, blind).p_value > 1e-3);
  CHECK(metric::tarp(prior, run.truth, run.mean).p_value < 1e-6);
}

TEST_CASE("tarp refuses sets that do not fit", "[metric][tarp]") {
  const tensor_d truth({2, 1, 1, 3}, 0.0), samples({6, 1, 1, 3}, 0.0);
  REQUIRE_THROWS_WITH(metric::tarp(samples, truth, tensor_d({1, 1, 1, 3}, 0.0)),
                      test::contains("the reference has shape"));
  REQUIRE_THROWS_WITH(metric::tarp(tensor_d({5, 1, 1, 3}, 0.0), truth, truth),
                      test::contains("cannot be shared equally"));
  const tensor_d one({1, 1, 1, 3}, 0.0);
  REQUIRE_THROWS_WITH(metric::tarp(samples, one, one), test::contains("at least two truths, but got 1"));
}

}  // namespace tarp_test
