// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/sparse_product.hpp>

namespace sparse_product_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

sparse_rows rows_of_six() {
  sparse_rows m(6);
  m.add({{0, 1.0}, {5, -2.0}});
  m.add({});
  m.add({{3, 0.5}, {3, 0.25}});  // twice the same column: both count
  return m;
}

struct sparse_map {
  tensor_d operator()(const tensor_d& x) const { return sparse_product(x, rows_of_six()); }
  tensor_d adjoint(const tensor_d& y) const { return sparse_product_adjoint(y, rows_of_six(), {1, 1, 2, 3}); }
};

TEST_CASE("a sparse product multiplies each sample, and has its exact transpose", "[backend][sparse_product]") {
  const tensor_d y = sparse_map{}(tensor_d({2, 1, 2, 3}, {1, 2, 3, 4, 5, 6, 0, 0, 0, 8, 0, 1}));
  const double expected[] = {-11, 0, 3, -2, 0, 6};
  for (std::size_t i = 0; i < 6; ++i) CHECK(y.data()[i] == expected[i]);
  test::check_linear<tensor_d>(sparse_map{}, {3, 1, 2, 3});
}

TEST_CASE("sparse rows outside and images of another size are refused", "[backend][sparse_product]") {
  sparse_rows m(2);
  REQUIRE_THROWS_WITH(m.add({{2, 1.0}}), test::contains("reads column 2"));
  REQUIRE_THROWS_WITH(sparse_product(tensor_d({1, 1, 1, 7}), rows_of_six()), test::contains("6 columns"));
  REQUIRE_THROWS_WITH(sparse_product_adjoint(tensor_d({1, 1, 1, 2}), rows_of_six(), {1, 1, 2, 3}),
                      test::contains("3 x 6"));
}

}  // namespace sparse_product_test
