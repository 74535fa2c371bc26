// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/field_product.hpp>

#include <complex>

namespace field_product_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

std::complex<double> at(const tensor_d& fields, std::size_t k, std::size_t p) {
  const std::size_t pixels = fields.shape().height * fields.shape().width;
  return {fields.data()[2 * k * pixels + p], fields.data()[(2 * k + 1) * pixels + p]};
}

TEST_CASE("a product of fields is the sum over pixels for each pair", "[backend][field_product]") {
  const tensor_d u = test::random_tensor<tensor_d>({3, 2, 4, 5}, 1), g = test::random_tensor<tensor_d>({7, 2, 4, 5}, 2);
  for (const std::size_t batch : {1, 4, 6}) {  // samples are worked on by fours
    const tensor_d x = test::random_tensor<tensor_d>({batch, 1, 4, 5}, 3), y = field_product(x, u, g);
    const tensor_d q = test::random_tensor<tensor_d>(y.shape(), 4), back = field_product_adjoint(q, u, g);
    REQUIRE(y.shape() == shape{batch, 2, 3, 7});
    for (std::size_t b = 0; b < batch; ++b) {
      for (std::size_t t = 0; t < 3; ++t) {
        for (std::size_t r = 0; r < 7; ++r) {
          std::complex<double> sum = 0;
          for (std::size_t p = 0; p < 20; ++p) sum += x.sample(b)[p] * at(u, t, p) * at(g, r, p);
          CHECK(std::abs(sum - std::complex<double>(y(b, 0, t, r), y(b, 1, t, r))) < 1e-12);
        }
      }
      for (std::size_t p = 0; p < 20; ++p) {
        double sum = 0;
        for (std::size_t t = 0; t < 3; ++t) {
          for (std::size_t r = 0; r < 7; ++r) {
            sum += (std::conj(at(u, t, p) * at(g, r, p)) * std::complex<double>(q(b, 0, t, r), q(b, 1, t, r))).real();
          }
        }
        CHECK(std::abs(sum - back.sample(b)[p]) < 1e-12);
      }
    }
  }
}

TEST_CASE("fields of other sizes are refused", "[backend][field_product]") {
  const tensor_d u({3, 2, 4, 5}, 1.0), g({7, 2, 4, 5}, 1.0);
  REQUIRE_THROWS_WITH(field_product(tensor_d({1, 1, 5, 4}), u, g), test::contains("(1, 1, 5, 4)"));
  REQUIRE_THROWS_WITH(field_product(tensor_d({1, 1, 4, 5}), u, tensor_d({7, 1, 4, 5})), test::contains("(7, 1, 4, 5)"));
  REQUIRE_THROWS_WITH(field_product_adjoint(tensor_d({1, 2, 7, 3}), u, g), test::contains("3 x 7 pairs"));
}

}  // namespace field_product_test
