// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/slice.hpp>

namespace {

using namespace equireg;

TEMPLATE_TEST_CASE("a slice is a run of each sample's elements, and set_slice puts it back", "[backend][slice]", float,
                   double) {
  using X = cpu::tensor<TestType>;
  const X x({2, 1, 2, 3}, {0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15});
  const X middle = slice(x, 2, 3);
  CHECK(middle.shape() == shape{2, 1, 1, 3});
  CHECK(test::relative_error(middle.values(), std::vector<double>{2, 3, 4, 12, 13, 14}) == 0);
  X back({2, 1, 2, 3}, TestType(0));
  set_slice(back, 0, slice(x, 0, 2));
  set_slice(back, 2, middle);
  set_slice(back, 5, slice(x, 5, 1));
  set_slice(back, 6, slice(x, 6, 0));
  CHECK(test::relative_error(back.values(), x.values()) == 0);
}

TEST_CASE("a slice that leaves the sample is refused", "[backend][slice]") {
  cpu::tensor<double> x({2, 1, 2, 3}, 1.0);
  CHECK_THROWS_WITH(slice(x, 4, 3), test::contains("expected elements 4 to 7 of each sample"));
  CHECK_THROWS_AS(slice(x, 7, 0), error);
  CHECK_THROWS_AS(slice(x, 1, std::size_t(-1)), error);
  CHECK_THROWS_WITH(set_slice(x, 4, cpu::tensor<double>({2, 1, 1, 3}, 0.0)), test::contains("does not fit"));
  CHECK_THROWS_AS(set_slice(x, 0, cpu::tensor<double>({1, 1, 1, 3}, 0.0)), error);
}

}  // namespace
