// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/complex_pairs.hpp>

#include <cmath>
#include <complex>
#include <vector>

namespace complex_pairs_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

struct by_maps {
  tensor_d maps;
  tensor_d operator()(const tensor_d& x) const { return multiply_by_maps(x, maps); }
  tensor_d adjoint(const tensor_d& y) const { return sum_over_maps(y, maps); }
};

struct real_by_maps {
  tensor_d maps;
  tensor_d operator()(const tensor_d& x) const { return multiply_real_by_maps(x, maps); }
  tensor_d adjoint(const tensor_d& y) const { return real_parts(sum_over_maps(y, maps)); }
};

std::complex<double> at(const tensor_d& z, std::size_t b, std::size_t pair, std::size_t i, std::size_t j) {
  return {z(b, 2 * pair, i, j), z(b, 2 * pair + 1, i, j)};
}

TEST_CASE("products with maps are complex products, pair by pair, and have their adjoints",
          "[backend][complex_pairs]") {
  for (const extent e : {extent{1, 1}, extent{5, 7}, extent{40, 33}}) {
    const tensor_d maps = test::random_tensor<tensor_d>({1, 6, e.height, e.width}, 1);
    const tensor_d x = test::random_tensor<tensor_d>({2, 4, e.height, e.width}, 2);
    const tensor_d y = multiply_by_maps(x, maps), real = multiply_real_by_maps(x, maps);
    REQUIRE(y.shape() == shape{2, 12, e.height, e.width});
    REQUIRE(real.shape() == shape{2, 24, e.height, e.width});
    const std::size_t i = e.height - 1, j = e.width / 2;
    for (std::size_t m = 0; m < 3; ++m) {
      CHECK(std::abs(at(y, 1, 3 + m, i, j) - at(x, 1, 1, i, j) * at(maps, 0, m, i, j)) < 1e-14);
      CHECK(std::abs(at(real, 1, 9 + m, i, j) - x(1, 3, i, j) * at(maps, 0, m, i, j)) < 1e-14);
    }
    test::check_linear<tensor_d>(by_maps{maps}, {2, 4, e.height, e.width});
    test::check_linear<tensor_d>(real_by_maps{maps}, {2, 3, e.height, e.width});
  }
}

TEST_CASE("functions of pairs see the real and the imaginary part", "[backend][complex_pairs]") {
  const tensor_d z({1, 4, 1, 2}, {3, 0, 4, -2, 5, 1, 12, 0});
  const tensor_d size = transform_pairs(z, [](double re, double im) { return std::hypot(re, im); });
  REQUIRE(size.shape() == shape{1, 2, 1, 2});
  CHECK(size.data()[0] == 5);
  CHECK(size.data()[1] == 2);
  CHECK(size.data()[2] == 13);
  CHECK(real_parts(z).data()[2] == 5);
  CHECK(test::relative_error(magnitude(z).values(), size.values()) < 1e-15);
  const tensor_d w({1, 2, 1, 2}, {10, 3, 26, 0});
  const tensor_d scaled = scale_pairs(z, w), phases = scale_phases(z, w);
  const std::vector<double> expected{30, 0, 40, -6, 130, 0, 312, 0}, expected_phases{6, 0, 8, -3, 10, 0, 24, 0};
  CHECK(test::relative_error(scaled.values(), expected) < 1e-15);
  CHECK(test::relative_error(phases.values(), expected_phases) < 1e-15);
  CHECK(scale_phases(tensor_d({1, 2, 1, 1}, 0.0), tensor_d({1, 1, 1, 1}, 1.0)).data()[1] == 0);
  const tensor_d root = root_sum_of_squares(z, 4);
  REQUIRE(root.shape() == shape{1, 1, 1, 2});
  CHECK(std::abs(root.data()[0] - std::sqrt(9.0 + 16 + 25 + 144)) < 1e-14);
}

TEST_CASE("verbs of pairs refuse shapes that do not fit", "[backend][complex_pairs]") {
  const tensor_d maps({1, 2, 4, 4}, 1.0);
  REQUIRE_THROWS_WITH(multiply_by_maps(tensor_d({1, 2, 4, 5}, 1.0), maps), test::contains("(1, 2, 4, 5)"));
  REQUIRE_THROWS_WITH(multiply_by_maps(tensor_d({1, 3, 4, 4}, 1.0), maps), test::contains("(1, 3, 4, 4)"));
  REQUIRE_THROWS_WITH(sum_over_maps(tensor_d({1, 2, 4, 4}, 1.0), tensor_d({1, 4, 4, 4}, 1.0)),
                      test::contains("(1, 4, 4, 4)"));
  REQUIRE_THROWS_WITH(scale_phases(tensor_d({1, 2, 4, 4}, 1.0), tensor_d({1, 2, 4, 4}, 1.0)),
                      test::contains("(1, 2, 4, 4)"));
  REQUIRE_THROWS_WITH(scale_pairs(tensor_d({1, 2, 4, 4}, 1.0), tensor_d({1, 1, 4, 5}, 1.0)),
                      test::contains("(1, 2, 4, 5)"));
  REQUIRE_THROWS_WITH(real_parts(tensor_d({1, 3, 4, 4}, 1.0)), test::contains("(1, 3, 4, 4)"));
  REQUIRE_THROWS_WITH(root_sum_of_squares(tensor_d({1, 3, 4, 4}, 1.0), 2), test::contains("each 2"));
}

}  // namespace complex_pairs_test
