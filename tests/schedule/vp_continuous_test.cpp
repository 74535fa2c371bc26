// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/vp_continuous.hpp>

#include <support/catch.hpp>
#include <support/schedule_laws.hpp>
#include <support/tolerance.hpp>

namespace vp_continuous_test {

namespace eq = equireg;
using eq::schedule::vp_continuous;
using eq::test::close;

TEST_CASE("the continuous process has the known sigmas, and time_of is their inverse", "[schedule][vp_continuous]") {
  const vp_continuous process;
  CHECK(close(process.sigma(1), 152.16697, 5e-8));
  CHECK(close(process.sigma(1e-3), 0.01048599, 5e-7));
  CHECK(close(process.sigma(1e-5), 0.00100050, 1e-5 / 2));
  for (const double t : {1e-5, 1e-3, 0.1, 0.5, 1.0}) CHECK(close(process.time_of(process.sigma(t)), t, 1e-9));
}

TEST_CASE("continuous levels preserve variance and walk down to clean", "[schedule][vp_continuous]") {
  const vp_continuous process{.steps = 40};
  const auto levels = process.levels();
  REQUIRE(eq::test::walks_down_to_clean(levels, 40));
  for (std::size_t i = 0; i < 40; ++i) {
    CHECK(close(levels[i].signal * levels[i].signal + levels[i].noise * levels[i].noise, 1, 1e-12));
    CHECK(close(levels[i].sigma(), process.sigma(levels[i].time), 1e-12));
  }
  CHECK(close(levels[39].time, 1e-3, 1e-12));
  REQUIRE_THROWS_WITH((vp_continuous{.last_time = 0}.levels()), eq::test::contains("0 < last_time < first_time"));
}

}  // namespace vp_continuous_test
