// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/karras.hpp>

#include <support/catch.hpp>
#include <support/schedule_laws.hpp>
#include <support/tolerance.hpp>

#include <cmath>

namespace karras_test {

namespace eq = equireg;
using eq::schedule::karras;
using eq::test::close;

TEST_CASE("the default Karras grid is the known one", "[schedule][karras]") {
  const double expected[] = {80,      57.58598, 40.78557, 28.37458, 19.35245, 12.91008, 8.40094, 5.31519, 3.25682,
                             1.92334, 1.08817,  0.58535,  0.29644,  0.13952,  0.05995,  0.02293, 0.00753, 0.002};
  const auto levels = karras{}.levels();
  REQUIRE(eq::test::walks_down_to_clean(levels, 18));
  for (std::size_t i = 0; i < 18; ++i) {
    CAPTURE(i);
    CHECK(std::abs(levels[i].noise - expected[i]) <= 5.1e-6);
    CHECK(levels[i].signal == 1);
    CHECK(levels[i].time == levels[i].noise);
  }
}

TEST_CASE("the annealing grid of DAPS ends above sigma_min", "[schedule][karras]") {
  const auto levels = karras{.steps = 200, .sigma_min = 0.1, .sigma_max = 100, .reaches_sigma_min = false}.levels();
  REQUIRE(eq::test::walks_down_to_clean(levels, 200));
  CHECK(close(levels[0].noise, 100, 1e-12));
  CHECK(close(levels[1].noise, 97.825205, 1e-8));
  CHECK(close(levels[100].noise, 7.177132, 1e-7));
  CHECK(close(levels[198].noise, 0.112390, 5e-6));
  CHECK(close(levels[199].noise, 0.106040, 5e-6));
}

TEST_CASE("one Karras step starts at sigma_max", "[schedule][karras]") {
  const auto levels = karras{.steps = 1}.levels();
  REQUIRE(eq::test::walks_down_to_clean(levels, 1));
  CHECK(close(levels[0].noise, 80, 1e-12));
}

TEST_CASE("Karras settings out of range are refused", "[schedule][karras]") {
  REQUIRE_THROWS_WITH((karras{.steps = 0}.levels()), eq::test::contains("steps >= 1"));
  REQUIRE_THROWS_WITH((karras{.sigma_min = 0}.levels()), eq::test::contains("0 < sigma_min"));
  REQUIRE_THROWS_WITH((karras{.rho = 0}.levels()), eq::test::contains("rho > 0"));
}

}  // namespace karras_test
