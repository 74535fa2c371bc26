// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/windows.hpp>

namespace windows_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

TEST_CASE("crop takes a window of every plane, and add_at is its transpose", "[backend][windows]") {
  const tensor_d x = test::random_tensor<tensor_d>({2, 3, 5, 7}, 1);
  for (const window& w : {window{0, 0, {5, 7}}, window{1, 2, {3, 4}}, window{4, 6, {1, 1}}}) {
    const tensor_d y = crop(x, w);
    REQUIRE(y.shape() == shape{2, 3, w.size.height, w.size.width});
    CHECK(y(1, 2, 0, 0) == x(1, 2, w.top, w.left));
    CHECK(y(1, 0, w.size.height - 1, w.size.width - 1) ==
          x(1, 0, w.top + w.size.height - 1, w.left + w.size.width - 1));
    tensor_d back(x.shape(), 0.0);
    const tensor_d q = test::random_tensor<tensor_d>(y.shape(), 2);
    add_at(back, w, q);
    CHECK(test::close(test::inner(y, q), test::inner(x, back), 1e-13));
    CHECK(test::norm(back) == test::norm(q));
  }
}

TEST_CASE("support is the smallest window with all that is not zero", "[backend][windows]") {
  tensor_d x({1, 2, 5, 7}, 0.0);
  CHECK(window_of_nonzeros(x) == window{0, 0, {1, 1}});
  x(0, 0, 1, 5) = 1;
  CHECK(window_of_nonzeros(x) == window{1, 5, {1, 1}});
  x(0, 1, 3, 2) = -1;
  CHECK(window_of_nonzeros(x) == window{1, 2, {3, 4}});
}

TEST_CASE("windows that leave the plane are refused", "[backend][windows]") {
  tensor_d x({1, 1, 4, 4}, 1.0);
  REQUIRE_THROWS_WITH(crop(x, {2, 0, {3, 1}}), test::contains("a window of 3 x 1 at row 2, column 0"));
  REQUIRE_THROWS_WITH(add_at(x, {0, 0, {2, 2}}, x), test::contains("v has shape (1, 1, 4, 4)"));
}

}  // namespace windows_test
