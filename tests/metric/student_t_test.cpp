// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <equireg/metric/student_t.hpp>

#include <cmath>
#include <numbers>

namespace student_t_test {

using namespace equireg::metric;
using equireg::test::close;

TEST_CASE("the incomplete beta function has its closed forms and its symmetry", "[metric][student_t]") {
  for (const double x : {1e-6, 0.1, 0.37, 0.5, 0.81, 0.999}) {
    for (const double a : {0.5, 1.0, 3.5, 40.0}) {
      CAPTURE(x, a);
      CHECK(close(incomplete_beta(a, 1, x), std::pow(x, a), 1e-13));
      CHECK(close(incomplete_beta(1, a, x), -std::expm1(a * std::log1p(-x)), 1e-12));
      CHECK(close(incomplete_beta(a, 2.5, x) + incomplete_beta(2.5, a, 1 - x), 1, 1e-12));
    }
    CHECK(close(incomplete_beta(0.5, 0.5, x), 2 / std::numbers::pi * std::asin(std::sqrt(x)), 1e-12));
  }
  CHECK(incomplete_beta(2, 3, 0) == 0);
  CHECK(incomplete_beta(2, 3, 1) == 1);
}

TEST_CASE("Student's distribution has its closed forms, far into the lower tail", "[metric][student_t]") {
  for (const double t : {1e-3, 0.5, 2.0, 30.0, 1e5}) {
    CAPTURE(t);
    // The tails without cancellation: 1 / 2 - atan(t) / pi = atan(1 / t) / pi.
    CHECK(close(student_t_cdf(-t, 1), std::atan(1 / t) / std::numbers::pi, 1e-12));
    const double root = std::sqrt(2 + t * t);
    CHECK(close(student_t_cdf(-t, 2), 1 / (root * (root + t)), 1e-12));
    CHECK(close(student_t_cdf(t, 2) + student_t_cdf(-t, 2), 1, 1e-15));
  }
  CHECK(student_t_cdf(0, 3) == 0.5);
  // The normal law and the first term by which it differs from that, in powers of 1 / freedom.
  for (const double freedom : {1e4, 1e6}) {
    for (const double t : {0.3, 1.0, 2.5}) {
      CAPTURE(freedom, t);
      const double tail = 0.5 * std::erfc(t / std::sqrt(2.0));
      const double first = (t * t * t + t) * std::exp(-0.5 * t * t) / std::sqrt(2 * std::numbers::pi) / (4 * freedom);
      CHECK(close(student_t_cdf(-t, freedom), tail + first, 100 / (freedom * freedom) + 1e-8));
    }
  }
}

TEST_CASE("quantiles undo the distribution function in the tails", "[metric][student_t]") {
  for (const double freedom : {1.0, 2.0, 3.3, 50.0}) {
    for (const double p : {1e-12, 1e-4, 0.2, 0.4999}) {
      CAPTURE(freedom, p);
      CHECK(close(student_t_cdf(student_t_quantile(p, freedom), freedom), p, 1e-10));
    }
  }
  CHECK_THROWS_WITH(student_t_cdf(1, 0), equireg::test::contains("degrees of freedom > 0, but got 0"));
  CHECK_THROWS_WITH(student_t_quantile(0, 3), equireg::test::contains("probability in (0, 1), but got 0"));
}

}  // namespace student_t_test
