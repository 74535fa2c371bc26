// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/cosine.hpp>

#include <support/catch.hpp>
#include <support/schedule_laws.hpp>
#include <support/tolerance.hpp>

namespace cosine_test {

namespace eq = equireg;
using eq::schedule::cosine;
using eq::test::close;

TEST_CASE("the cosine table has the known betas and sigmas", "[schedule][cosine]") {
  const auto table = cosine{}.trained();
  CHECK(close(1 - table.alpha_bar(0), 4.12842e-5, 2e-6));
  CHECK(close(table.sigma(0), 0.00642541, 2e-6));
  CHECK(close(table.sigma(499), 1.01238954, 5e-7));
  CHECK(close(table.sigma(998), 641.66, 1e-5));
  CHECK(close(1 - table.alpha_bar(999) / table.alpha_bar(998), 0.999, 1e-12));  // the cap
  CHECK(close(table.sigma(999), 20291, 3e-5));
}

TEST_CASE("cosine levels walk down to clean, and wrong settings are refused", "[schedule][cosine]") {
  CHECK(eq::test::walks_down_to_clean(cosine{}.levels(), 1000));
  CHECK(eq::test::walks_down_to_clean(cosine{.steps = 20}.levels(), 20));
  REQUIRE_THROWS_WITH((cosine{.offset = 0}.levels()), eq::test::contains("offset > 0"));
  REQUIRE_THROWS_WITH((cosine{.beta_cap = 1}.levels()), eq::test::contains("beta_cap in (0, 1)"));
}

}  // namespace cosine_test
