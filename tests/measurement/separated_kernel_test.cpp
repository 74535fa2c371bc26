// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/strided_convolution.hpp>
#include <equireg/measurement/separated_kernel.hpp>

namespace separated_kernel_test {

using namespace equireg;
using equireg::measurement::separated_kernel;
using tensor_d = cpu::tensor<double>;

filter_kernel product(std::ptrdiff_t centre_row, std::ptrdiff_t centre_column) {
  dense_matrix w(4, 3);
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 3; ++b) w(a, b) = static_cast<double>((a + 1) * (b * b + 2));
  }
  return {w, centre_row, centre_column};
}

TEST_CASE("a kernel that is a column times a row convolves as the two do, for any centre, border and stride",
          "[measurement][separated_kernel]") {
  for (const filter_kernel& kernel : {product(1, 2), product(-2, 5)}) {
    for (const boundary rule : {boundary::reflect, boundary::symmetric, boundary::circular}) {
      for (const std::size_t stride : {1U, 2U, 3U}) {
        const tensor_d x = test::random_tensor<tensor_d>({2, 1, 6, 12}, 1);
        const auto map = separated_kernel(kernel, {6, 12}, stride, rule, "here");
        CHECK(test::relative_error((*map)(x).values(), convolve_strided(x, kernel, rule, stride).values()) < 1e-14);
        CHECK(map == separated_kernel(kernel, {6, 12}, stride, rule, "here"));
      }
    }
  }
}

TEST_CASE("a kernel of higher rank is not separated", "[measurement][separated_kernel]") {
  dense_matrix w(2, 2);
  w(0, 0) = w(1, 1) = 1;
  REQUIRE_THROWS_WITH(separated_kernel(filter_kernel(w), {4, 4}, 1, boundary::reflect, "here"),
                      test::contains("here: a kernel of 2 x 2"));
}

}  // namespace separated_kernel_test
