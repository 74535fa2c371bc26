// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/listed.hpp>

#include <cstdint>
#include <vector>

namespace listed_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

TEST_CASE("picked elements stand in the order of the list, and placing puts them back", "[backend][listed]") {
  const std::vector<std::uint32_t> list{5, 0, 3};
  const tensor_d x({1, 2, 2, 3}, {0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0});
  const tensor_d y = pick(x, list);
  REQUIRE(y.shape() == shape{1, 2, 1, 3});
  CHECK(std::vector<double>(y.values().begin(), y.values().end()) == std::vector<double>{5, 0, 3, 15, 10, 13});
  const tensor_d back = place(y, list, {2, 3});
  REQUIRE(back.shape() == x.shape());
  CHECK(std::vector<double>(back.values().begin(), back.values().end()) ==
        std::vector<double>{0, 0, 0, 3, 0, 5, 10, 0, 0, 13, 0, 15});
  REQUIRE_THROWS_WITH(place(x, list, {2, 3}), test::contains("the list has 3 entries"));
}

TEST_CASE("placing is the adjoint of picking, for lists longer than one run", "[backend][listed]") {
  const extent e{97, 101};
  std::vector<std::uint32_t> list;
  for (std::uint32_t i = 0; i < e.height * e.width; i += 2) list.push_back(i);
  const auto x = test::random_tensor<tensor_d>({2, 3, e.height, e.width}, 1);
  const auto y = pick(x, list);
  const auto q = test::random_tensor<tensor_d>(y.shape(), 2);
  CHECK(test::close(test::inner(y, q), test::inner(x, place(q, list, e)), 1e-12, test::norm(y) * test::norm(q)));
  CHECK(test::norm(y) > 0);
}

}  // namespace listed_test
