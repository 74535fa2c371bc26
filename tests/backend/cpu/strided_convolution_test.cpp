// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/convolution.hpp>
#include <equireg/backend/cpu/strided_convolution.hpp>

namespace strided_convolution_test {

using namespace equireg;

filter_kernel random_kernel(std::size_t rows, std::size_t columns, std::ptrdiff_t centre_row,
                            std::ptrdiff_t centre_column) {
  const auto numbers = test::random_tensor<cpu::tensor<double>>({1, 1, rows, columns}, 5);
  dense_matrix w(rows, columns);
  w.values.assign(numbers.data(), numbers.data() + numbers.size());
  return {w, centre_row, centre_column};
}

constexpr boundary rules[] = {boundary::reflect, boundary::symmetric, boundary::circular};

struct strided {
  filter_kernel kernel;
  boundary rule;
  std::size_t stride;

  template <class X>
  X operator()(const X& x) const {
    return convolve_strided(x, kernel, rule, stride);
  }
  template <class X>
  X adjoint(const X& y) const {
    return convolve_strided_adjoint(y, kernel, rule, stride);
  }
};

TEMPLATE_TEST_CASE("convolve_strided keeps every s-th row and column of convolve, and has its exact adjoint",
                   "[backend][strided_convolution]", float, double) {
  using X = cpu::tensor<TestType>;
  for (const filter_kernel& kernel : {random_kernel(1, 1, 0, 0), random_kernel(5, 4, 2, 1), random_kernel(2, 3, -3, 8),
                                      random_kernel(19, 16, 9, 9)}) {
    for (const boundary rule : rules) {
      for (const std::size_t stride : {1U, 2U, 3U, 5U}) {
        for (const extent low : {extent{1, 1}, extent{3, 5}, extent{4, 19}}) {
          const shape s{2, 3, low.height * stride, low.width * stride};
          INFO(to_text(kernel.size()) << " on " << to_text(s) << ", stride " << stride << ", border "
                                      << static_cast<int>(rule));
          const X x = test::random_tensor<X>(s, 1);
          const X all = convolve(x, kernel, rule, cpu::convolution_method::direct);
          const X y = convolve_strided(x, kernel, rule, stride);
          REQUIRE(y.shape() == s.with_plane(low));
          X kept(y.shape());
          for (std::size_t k = 0; k < kept.size(); ++k) {
            const std::size_t j = k % low.width, i = k / low.width % low.height, plane = k / low.width / low.height;
            kept.data()[k] = all.data()[(plane * s.height + i * stride) * s.width + j * stride];
          }
          CHECK(test::relative_error(y.values(), kept.values()) < test::tolerance<TestType>::rounding);
          test::check_linear<X>(strided{kernel, rule, stride}, s);
        }
      }
    }
  }
}

TEST_CASE("convolve_strided refuses strides that do not divide the plane", "[backend][strided_convolution]") {
  const cpu::tensor<double> x({1, 1, 4, 6}, 1.0);
  REQUIRE_THROWS_WITH(convolve_strided(x, filter_kernel(), boundary::reflect, 4),
                      test::contains("a stride of 4 does not divide planes of 4 x 6"));
  REQUIRE_THROWS_WITH(convolve_strided(x, filter_kernel(), boundary::reflect, 0), test::contains("a stride of 0"));
}

}  // namespace strided_convolution_test
