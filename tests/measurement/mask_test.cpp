// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/mask.hpp>

#include <limits>

namespace mask_test {

using namespace equireg;

TEMPLATE_TEST_CASE("a mask's ones are counted, and other numbers refused", "[measurement][mask]", float, double) {
  using X = cpu::tensor<TestType>;
  CHECK(measurement::count_observed(X({1, 2, 1, 3}, {1, 0, 1, 1, 0, 0}), "here") == 3);
  CHECK(measurement::count_observed(X({1, 1, 2, 2}, TestType(0)), "here") == 0);
  REQUIRE_THROWS_WITH(measurement::count_observed(X({1, 1, 1, 3}, {1, TestType(0.5), 2}), "here"),
                      test::contains("2 values are neither"));
  REQUIRE_THROWS_WITH(
      measurement::count_observed(X({1, 1, 1, 1}, std::numeric_limits<TestType>::quiet_NaN()), "here"),
      test::contains("1 values are neither"));
}

}  // namespace mask_test
