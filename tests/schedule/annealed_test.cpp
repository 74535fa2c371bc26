// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/annealed.hpp>

#include <support/catch.hpp>
#include <support/schedule_laws.hpp>
#include <support/tolerance.hpp>

#include <cmath>

namespace annealed_test {

namespace eq = equireg;
using eq::schedule::annealed;
using eq::test::close;

TEST_CASE("annealed levels fall geometrically to their floor and stay there", "[schedule][annealed]") {
  const auto levels = annealed{}.levels();
  REQUIRE(eq::test::walks_down_to_clean(levels, 100));
  for (std::size_t k = 0; k < 100; ++k) {
    CHECK(levels[k].signal == 1);
    CHECK(levels[k].time == levels[k].noise);
    CHECK(close(levels[k].noise, std::max(0.3, 10 * std::pow(0.9, static_cast<double>(k))), 1e-7));
  }
  CHECK(levels[33].noise > 0.305);  // 10 0.9^33 = 0.309 is the last above the floor
  CHECK(levels[34].noise < 0.3001);
  CHECK(levels[99].noise == 0.3);
  CHECK(eq::test::walks_down_to_clean(annealed{.steps = 1}.levels(), 1));
}

TEST_CASE("annealed settings out of range are refused", "[schedule][annealed]") {
  REQUIRE_THROWS_WITH((annealed{.steps = 0}.levels()), eq::test::contains("steps >= 1"));
  REQUIRE_THROWS_WITH((annealed{.sigma_min = 3, .sigma_max = 2}.levels()), eq::test::contains("got 3 and 2"));
  REQUIRE_THROWS_WITH((annealed{.decay = 1}.levels()), eq::test::contains("decay in (0, 1), got 1"));
}

}  // namespace annealed_test
