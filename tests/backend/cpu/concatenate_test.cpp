// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/concatenate.hpp>

#include <vector>

namespace concatenate_test {

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

TEMPLATE_TEST_CASE("a slice is a run of each sample's elements, and set_slice puts it back",
                   "[backend][concatenate]", float, double) {
  using X = cpu::tensor<TestType>;
  const X x({2, 1, 2, 3}, {0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15});
  const X middle = slice(x, 2, {1, 1, 1, 3});
  CHECK(middle.shape() == shape{2, 1, 1, 3});
  CHECK(test::relative_error(middle.values(), std::vector<double>{2, 3, 4, 12, 13, 14}) == 0);
  X back({2, 1, 2, 3}, TestType(0));
  set_slice(back, 0, slice(x, 0, {1, 1, 2, 1}));
  set_slice(back, 2, middle);
  set_slice(back, 5, slice(x, 5, {1, 1, 1, 1}));
  set_slice(back, 6, slice(x, 6, {1, 1, 1, 0}));
  CHECK(test::relative_error(back.values(), x.values()) == 0);
}

TEST_CASE("a slice that leaves the sample is refused", "[backend][concatenate]") {
  cpu::tensor<double> x({2, 1, 2, 3}, 1.0);
  CHECK_THROWS_WITH(slice(x, 4, {1, 1, 1, 3}), test::contains("end before 7 elements"));
  CHECK_THROWS_AS(slice(x, 7, {1, 1, 1, 0}), error);
  CHECK_THROWS_WITH(set_slice(x, 4, cpu::tensor<double>({2, 1, 1, 3}, 0.0)), test::contains("does not fit"));
  CHECK_THROWS_AS(set_slice(x, 0, cpu::tensor<double>({1, 1, 1, 3}, 0.0)), error);
}

}  // namespace concatenate_test
