// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/metric/energy_distance.hpp>
#include <equireg/metric/energy_statistic.hpp>

#include <numbers>

namespace energy_statistic_test {

using namespace equireg;
using metric::pair_rule;

TEMPLATE_TEST_CASE("the biased energy statistic is the energy distance", "[metric][energy_statistic]", float, double) {
  using X = cpu::tensor<TestType>;
  const X x = test::random_tensor<X>({40, 1, 2, 3}, 1);
  X y = test::random_tensor<X>({25, 1, 2, 3}, 2);
  for (auto& v : y.values()) v += TestType(0.5);
  CHECK(test::close(metric::energy_statistic(x, y, pair_rule::biased).value, metric::energy_distance(x, y), 1e-5));
}

TEST_CASE("the unbiased energy statistic has the mean of the closed form, and its error",
          "[metric][energy_statistic]") {
  using X = cpu::tensor<double>;
  // d = 1, unit variances, means 0 and m: X - Y ~ N(m, 2).
  for (const double m : {0.0, 1.5}) {
    const double cross = 2 / std::sqrt(std::numbers::pi) * std::exp(-m * m / 4) + m * std::erf(m / 2);
    const double expected = 2 * cross - 4 / std::sqrt(std::numbers::pi);
    constexpr std::uint32_t repeats = 300;
    double sum = 0, squares = 0, variance = 0;
    for (std::uint32_t r = 0; r < repeats; ++r) {
      const X x = test::random_tensor<X>({20, 1, 1, 1}, 2 * r);
      X y = test::random_tensor<X>({30, 1, 1, 1}, 2 * r + 1);
      for (double& v : y.values()) v += m;
      const auto e = metric::energy_statistic(x, y);
      sum += e.value;
      squares += e.value * e.value;
      variance += e.standard_error * e.standard_error / repeats;
    }
    const double true_variance = (squares - sum * sum / repeats) / (repeats - 1);
    CAPTURE(m, variance, true_variance);
    CHECK(test::within_standard_errors(sum / repeats, expected, std::sqrt(true_variance / repeats)));
    // A variance over 300 repetitions is known to about 10%, or 20% where the laws are equal and its own is skew.
    CHECK(variance / true_variance > (m > 0 ? 0.7 : 1.2));
    CHECK(variance / true_variance < (m > 0 ? 1.5 : 3.0));
  }
}

TEST_CASE("the energy statistic needs three samples of one shape in each set", "[metric][energy_statistic]") {
  using X = cpu::tensor<double>;
  const X x({3, 1, 1, 2}, 0.0);
  CHECK(metric::energy_statistic(x, x).value == 0);
  REQUIRE_THROWS_WITH(metric::energy_statistic(x, X({2, 1, 1, 2}, 0.0)), test::contains("got 3 and 2"));
  REQUIRE_THROWS_WITH(metric::energy_statistic(x, X({3, 1, 2, 1}, 0.0)), test::contains("(3, 1, 2, 1)"));
}

}  // namespace energy_statistic_test
