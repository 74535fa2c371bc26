// SPDX-License-Identifier: BSD-3-Clause
#include "support/catch.hpp"

#include <equireg/core/error.hpp>
#include <equireg/core/value_range.hpp>

#include <cmath>
#include <limits>

namespace value_range_test {

namespace eq = equireg;

TEST_CASE("an element is cut to the range, its ends are inside, and a NaN stays one", "[core][value_range]") {
  const eq::clamped_element<float> cut{eq::value_range{-1, 2}};
  CHECK(cut(-3) == -1);
  CHECK(cut(0.5F) == 0.5F);
  CHECK(cut(7) == 2);
  CHECK(std::isnan(cut(std::numeric_limits<float>::quiet_NaN())));
  CHECK(cut.holds(-1));
  CHECK(cut.holds(2));
  CHECK_FALSE(cut.holds(2.5F));
  CHECK_FALSE(cut.holds(std::numeric_limits<float>::quiet_NaN()));
}

TEST_CASE("without bounds nothing is cut, and an empty range is refused", "[core][value_range]") {
  const eq::clamped_element<double> cut{eq::value_range{}};
  CHECK(cut(1e300) == 1e300);
  CHECK(cut(-1e300) == -1e300);
  CHECK_NOTHROW(eq::value_range{}.check("here"));
  CHECK_THROWS_WITH((eq::value_range{1, 1}.check("here")), eq::test::contains("the range [1, 1] is empty"));
}

}  // namespace value_range_test
