// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/rectified_flow.hpp>

#include <support/catch.hpp>
#include <support/schedule_laws.hpp>
#include <support/tolerance.hpp>

namespace rectified_flow_test {

namespace eq = equireg;
using eq::schedule::rectified_flow;
using eq::test::close;

TEST_CASE("flow times are uniform from pure noise to clean", "[schedule][rectified_flow]") {
  const auto levels = rectified_flow{.steps = 4}.levels();
  REQUIRE(eq::test::walks_down_to_clean(levels, 4));
  for (std::size_t i = 0; i < 4; ++i) {
    const double t = 1 - 0.25 * static_cast<double>(i);
    CHECK(levels[i] == eq::rectified(t));
  }
  CHECK(levels[0].signal == 0);
}

TEST_CASE("a flow may begin below pure noise", "[schedule][rectified_flow]") {
  const auto levels = rectified_flow{.steps = 10, .first_time = 0.99}.levels();
  REQUIRE(eq::test::walks_down_to_clean(levels, 10));
  CHECK(close(levels[0].noise, 0.99, 1e-12));
  CHECK(close(levels[5].noise, 0.495, 1e-12));
  CHECK(close(levels[0].sigma(), 99, 1e-12));
}

TEST_CASE("flow settings out of range are refused", "[schedule][rectified_flow]") {
  REQUIRE_THROWS_WITH((rectified_flow{.steps = 0}.levels()), eq::test::contains("steps >= 1"));
  REQUIRE_THROWS_WITH((rectified_flow{.first_time = 1.5}.levels()), eq::test::contains("(0, 1], got 1.5"));
}

}  // namespace rectified_flow_test
