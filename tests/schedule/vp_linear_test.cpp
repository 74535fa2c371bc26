// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/vp_linear.hpp>

#include <support/catch.hpp>
#include <support/schedule_laws.hpp>
#include <support/tolerance.hpp>

#include <map>

namespace vp_linear_test {

namespace eq = equireg;
using eq::schedule::vp_linear;
using eq::test::close;

TEST_CASE("the linear table has the known alpha-bars and sigmas", "[schedule][vp_linear]") {
  const auto table = vp_linear{}.trained();
  for (const auto& [k, value] : std::map<std::size_t, double>{{0, 0.9999},
                                                              {1, 0.99978009207},
                                                              {99, 0.89701814567},
                                                              {499, 0.07858724288},
                                                              {749, 0.00335055044},
                                                              {999, 4.03582977e-5}}) {
    CAPTURE(k);
    CHECK(close(table.alpha_bar(k), value, 2e-9));
  }
  for (const auto& [k, value] : std::map<std::size_t, double>{{0, 0.01000050},
                                                              {9, 0.04357054},
                                                              {99, 0.33882835},
                                                              {249, 0.95293550},
                                                              {499, 3.42413662},
                                                              {749, 17.2469830},
                                                              {999, 157.407281}}) {
    CAPTURE(k);
    CHECK(close(table.sigma(k), value, 5e-7));
  }
}

TEST_CASE("the betas scale with the number of trained steps", "[schedule][vp_linear]") {
  struct row {
    std::size_t steps;
    double first, last, alpha_bar;
  };
  for (const row r :
       {row{100, 0.001, 0.2, 2.0390e-5}, row{250, 4e-4, 0.08, 3.2644e-5}, row{4000, 2.5e-5, 0.005, 4.2467e-5}}) {
    const auto table = vp_linear{.steps = 1, .trained_steps = r.steps}.trained();
    CAPTURE(r.steps);
    CHECK(close(1 - table.alpha_bar(0), r.first, 1e-10));
    CHECK(close(1 - table.alpha_bar(r.steps - 1) / table.alpha_bar(r.steps - 2), r.last, 1e-10));
    CHECK(close(table.alpha_bar(r.steps - 1), r.alpha_bar, 5e-5 / 2));
  }
}

TEST_CASE("linear levels walk down to clean", "[schedule][vp_linear]") {
  CHECK(eq::test::walks_down_to_clean(vp_linear{}.levels(), 1000));
  CHECK(eq::test::walks_down_to_clean(vp_linear{.steps = 100}.levels(), 100));
  CHECK(eq::test::walks_down_to_clean(vp_linear{.steps = 50, .spacing = eq::schedule::respacing::ddim}.levels(), 50));
  CHECK(eq::test::walks_down_to_clean(vp_linear{.trained_steps = 300, .section_counts = {10, 15, 20}}.levels(), 45));
  const auto levels = vp_linear{.steps = 100}.levels();
  CHECK(levels.front().time == 999);
  CHECK(close(levels.front().sigma(), 157.407281, 5e-7));
}

TEST_CASE("linear settings out of range are refused", "[schedule][vp_linear]") {
  REQUIRE_THROWS_WITH((vp_linear{.steps = 1001}.levels()), eq::test::contains("cannot keep 1001 of 1000"));
  REQUIRE_THROWS_WITH((vp_linear{.steps = 5, .trained_steps = 10}.levels()),
                      eq::test::contains("expected betas in (0, 1), got 0.01 ... 2 for 10 trained steps"));
  REQUIRE_THROWS_WITH((vp_linear{.trained_steps = 0}.trained()), eq::test::contains("trained_steps >= 1"));
}

}  // namespace vp_linear_test
