// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/ve.hpp>

#include <support/catch.hpp>
#include <support/schedule_laws.hpp>
#include <support/tolerance.hpp>

namespace ve_test {

namespace eq = equireg;
using eq::schedule::ve;
using eq::test::close;

TEST_CASE("variance exploding levels are geometric and walk down to clean", "[schedule][ve]") {
  const auto levels = ve{.steps = 5, .sigma_min = 0.01, .sigma_max = 100}.levels();
  REQUIRE(eq::test::walks_down_to_clean(levels, 5));
  const double expected[] = {100, 10, 1, 0.1, 0.01};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(levels[i].signal == 1);
    CHECK(close(levels[i].noise, expected[i], 1e-12));
    CHECK(levels[i].time == levels[i].noise);
  }
  CHECK(eq::test::walks_down_to_clean(ve{.steps = 1}.levels(), 1));
}

TEST_CASE("variance exploding settings out of range are refused", "[schedule][ve]") {
  REQUIRE_THROWS_WITH((ve{.steps = 0}.levels()), eq::test::contains("steps >= 1"));
  REQUIRE_THROWS_WITH((ve{.sigma_min = 3, .sigma_max = 2}.levels()), eq::test::contains("got 3 and 2"));
}

}  // namespace ve_test
