// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/separable_fourier.hpp>

#include <complex>

namespace separable_fourier_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

TEST_CASE("a separable transform is the sum over rows and columns, and has its exact adjoint",
          "[backend][separable_fourier]") {
  constexpr std::size_t height = 3, width = 4, count = 5;
  const tensor_d e = test::random_tensor<tensor_d>({2, 1, height, count}, 1);
  const tensor_d f = test::random_tensor<tensor_d>({2, 1, count, width}, 2);
  const tensor_d x = test::random_tensor<tensor_d>({2, 1, height, width}, 3), v = separable_fourier(x, e, f);
  for (std::size_t b = 0; b < 2; ++b) {
    for (std::size_t m = 0; m < count; ++m) {
      std::complex<double> sum = 0;
      for (std::size_t i = 0; i < height; ++i) {
        for (std::size_t j = 0; j < width; ++j) {
          sum += x(b, 0, i, j) * std::complex<double>(e(0, 0, i, m), e(1, 0, i, m)) *
                 std::complex<double>(f(0, 0, m, j), f(1, 0, m, j));
        }
      }
      CHECK(std::abs(sum - std::complex<double>(v(b, 0, 0, m), v(b, 1, 0, m))) < 1e-13);
    }
  }
  const tensor_d q = test::random_tensor<tensor_d>(v.shape(), 4), back = separable_fourier_adjoint(q, e, f);
  CHECK(test::close(test::inner(v, q), test::inner(x, back), 1e-12, test::norm(v) * test::norm(q)));
}

TEST_CASE("factors that do not fit are refused", "[backend][separable_fourier]") {
  const tensor_d e({2, 1, 3, 5}, 1.0), f({2, 1, 5, 4}, 1.0);
  REQUIRE_THROWS_WITH(separable_fourier(tensor_d({1, 1, 4, 3}), e, f), test::contains("(B, 1, 3, 4)"));
  REQUIRE_THROWS_WITH(separable_fourier(tensor_d({1, 1, 3, 4}), e, e), test::contains("expected factors"));
  REQUIRE_THROWS_WITH(separable_fourier_adjoint(tensor_d({1, 2, 1, 4}), e, f), test::contains("(1, 2, 1, 5)"));
}

}  // namespace separable_fourier_test
