// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/cosine.hpp>
#include <equireg/schedule/trained_levels.hpp>
#include <equireg/schedule/vp_continuous.hpp>
#include <equireg/schedule/vp_linear.hpp>

#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <cmath>
#include <vector>

namespace trained_levels_test {

namespace eq = equireg;
using eq::schedule::trained_levels;
using eq::test::close;

TEST_CASE("a sigma of the table has its own index", "[schedule][trained_levels]") {
  for (const auto& table : {eq::schedule::vp_linear{}.trained(), eq::schedule::cosine{}.trained()}) {
    for (std::size_t k = 0; k < table.size(); ++k) {
      REQUIRE(close(table.index_of(table.sigma(k)), static_cast<double>(k), 1e-10, 1.0));
    }
  }
}

TEST_CASE("between entries the index follows ln sigma, and outside it stays at the ends",
          "[schedule][trained_levels]") {
  const trained_levels table({0.9, 0.5, 0.1});
  const double middle = std::sqrt(table.sigma(1) * table.sigma(2));
  CHECK(close(table.index_of(middle), 1.5, 1e-12));
  CHECK(table.index_of(0) == 0);
  CHECK(table.index_of(table.sigma(0) / 2) == 0);
  CHECK(table.index_of(table.sigma(2) * 2) == 2);
  CHECK(table.index_of(INFINITY) == 2);
}

TEST_CASE("the linear table and the continuous formula give the known indices", "[schedule][trained_levels]") {
  struct row {
    double sigma, continuous, shifted, table;  // 999 t(sigma), 1000 t(sigma) - 1, by interpolation
  };
  const auto table = eq::schedule::vp_linear{}.trained();
  const eq::schedule::vp_continuous formula;
  for (const row r :
       {row{0.01, 0.915, -0.084, 0.000}, row{0.05, 11.582, 10.594, 10.947}, row{0.3, 88.087, 87.175, 87.580},
        row{1, 258.701, 257.960, 258.093}, row{10, 675.369, 675.045, 673.666}, row{30, 821.072, 820.894, 818.711},
        row{100, 956.150, 956.107, 953.053}, row{150, 997.566, 997.565, 994.219}}) {
    CAPTURE(r.sigma);
    CHECK(std::abs(table.index_of(r.sigma) - r.table) <= 5.1e-4);
    CHECK(std::abs(999 * formula.time_of(r.sigma) - r.continuous) <= 5.1e-4);
    CHECK(std::abs(1000 * formula.time_of(r.sigma) - 1 - r.shifted) <= 5.1e-4);
  }
}

TEST_CASE("a level of the table is variance preserving and remembers its index", "[schedule][trained_levels]") {
  const auto table = eq::schedule::vp_linear{}.trained();
  const eq::noise_level level = table.level(749);
  CHECK(level.time == 749);
  CHECK(close(level.signal * level.signal, table.alpha_bar(749), 1e-12));
  CHECK(close(level.sigma(), table.sigma(749), 1e-12));
}

TEST_CASE("a table that does not fall is refused", "[schedule][trained_levels]") {
  REQUIRE_THROWS_WITH(trained_levels({}), eq::test::contains("at least one level"));
  REQUIRE_THROWS_WITH(trained_levels({0.9, 0.9}), eq::test::contains("entry 1 is 0.9 after 0.9"));
  REQUIRE_THROWS_WITH(trained_levels({1.0}), eq::test::contains("entry 0 is 1"));
  REQUIRE_THROWS_WITH(trained_levels({0.5, 0.0}), eq::test::contains("entry 1 is 0"));
}

}  // namespace trained_levels_test
