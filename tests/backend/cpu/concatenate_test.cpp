// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/concatenate.hpp>

#include <vector>

namespace {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

TEST_CASE("concatenated samples stand one after the other, and slices take them apart", "[backend][concatenate]") {
  const tensor_d a({2, 1, 2, 1}, {1.0, 2.0, 3.0, 4.0}), b({2, 3, 1, 1}, {5.0, 6.0, 7.0, 8.0, 9.0, 10.0});
  const tensor_d y = concatenate(a, b, a);
  REQUIRE(y.shape() == shape{2, 1, 1, 7});
  CHECK(std::vector<double>(y.values().begin(), y.values().end()) ==
        std::vector<double>{1, 2, 5, 6, 7, 1, 2, 3, 4, 8, 9, 10, 3, 4});
  const tensor_d back = slice(y, 2, b.shape());
  CHECK(back.shape() == b.shape());
  CHECK(test::relative_error(back.values(), b.values()) == 0);
  CHECK(test::relative_error(concatenate(a).values(), a.values()) == 0);
}

TEST_CASE("parts of other batches and slices beyond the end are refused", "[backend][concatenate]") {
  const tensor_d a({2, 1, 2, 1}, 1.0), b({3, 1, 2, 1}, 1.0);
  REQUIRE_THROWS_WITH(concatenate(a, b), test::contains("(3, 1, 2, 1)"));
  REQUIRE_THROWS_WITH(slice(a, 1, {1, 1, 1, 2}), test::contains("end before 3 elements"));
}

}  // namespace
