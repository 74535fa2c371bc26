// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <equireg/core/random.hpp>
#include <equireg/metric/summary.hpp>

#include <numbers>

namespace summary_test {

using namespace equireg;

TEST_CASE("the quantiles of Student's t are those of the tables", "[metric][student_t]") {
  // freedom 1 is Cauchy's law, 2 has a closed form.
  for (const double p : {0.6, 0.9, 0.975, 0.9995}) {
    CHECK(test::close(metric::student_t_quantile(p, 1), std::tan(std::numbers::pi * (p - 0.5)), 1e-10));
    CHECK(test::close(metric::student_t_quantile(p, 2), (2 * p - 1) / std::sqrt(2 * p * (1 - p)), 1e-10));
  }
  CHECK(test::close(metric::student_t_quantile(0.975, 5), 2.570581835636314, 1e-12));
  CHECK(test::close(metric::student_t_quantile(0.995, 10), 3.169272672616888, 1e-12));
  CHECK(test::close(metric::student_t_quantile(0.975, 30), 2.042272456301238, 1e-12));
  CHECK(test::close(metric::student_t_quantile(0.975, 1e7), 1.959964, 1e-6));  // the normal law
  CHECK(metric::student_t_quantile(0.5, 3) == 0);
  CHECK(metric::student_t_quantile(0.1, 7) == -metric::student_t_quantile(0.9, 7));
  for (const double t : {-4.0, -0.3, 0.0, 1.2, 9.0}) {
    CHECK(test::close(metric::student_t_quantile(metric::student_t_cdf(t, 4.5), 4.5), t, 1e-9, 1e-6));
  }
  REQUIRE_THROWS_WITH(metric::student_t_quantile(1.0, 3), test::contains("(0, 1)"));
  REQUIRE_THROWS_WITH(metric::student_t_quantile(0.3, 0), test::contains("degrees of freedom"));
}

TEST_CASE("a summary has mean, deviation, error and interval", "[metric][summary]") {
  const std::vector<double> values{1, 2, 3, 4, 5, 6};
  const auto s = metric::summarize(values);
  CHECK(s.count == 6);
  CHECK(s.mean == 3.5);
  CHECK(test::close(s.standard_deviation, std::sqrt(3.5), 1e-14));
  CHECK(test::close(s.standard_error, std::sqrt(3.5 / 6), 1e-14));
  CHECK(test::close(s.high - s.mean, 2.570581835636314 * std::sqrt(3.5 / 6), 1e-12));
  CHECK(test::close(s.mean - s.low, s.high - s.mean, 1e-12));
  REQUIRE_THROWS_WITH(metric::summarize(std::vector<double>{1.0}), test::contains("at least two numbers"));
  REQUIRE_THROWS_WITH(metric::summarize(values, 95), test::contains("but got 95"));
}

TEST_CASE("the interval holds the true mean as often as it says", "[metric][summary]") {
  constexpr int repeats = 20000;
  int held = 0;
  for (int r = 0; r < repeats; ++r) {
    double numbers[8];
    fill_normal(numbers, 0, 8, {3, static_cast<std::uint32_t>(r), purpose::user, 0}, 0);
    const auto s = metric::summarize(std::span<const double>(numbers, 5), 0.9);
    held += s.low <= 0 && 0 <= s.high;
  }
  CHECK(test::within_standard_errors(held, 0.9 * repeats, std::sqrt(repeats * 0.9 * 0.1)));
}

TEST_CASE("a paired difference sees what the spread between images hides", "[metric][summary]") {
  const std::vector<double> a{20.1, 31.2, 25.05, 40.2, 28.15}, b{20.0, 31.0, 25.0, 40.0, 28.0};
  const auto difference = metric::paired_difference(a, b);
  CHECK(test::close(difference.mean, 0.14, 1e-12));
  CHECK(difference.excludes_zero());
  CHECK(metric::paired_difference(b, a).high < 0);
  CHECK_FALSE(metric::paired_difference(std::vector<double>{1, -1, 2, -2}, std::vector<double>(4)).excludes_zero());
  REQUIRE_THROWS_WITH(metric::paired_difference(a, std::vector<double>(4)), test::contains("5 and 4"));
}

}  // namespace summary_test
