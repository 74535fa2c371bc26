// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>
#include <support/test_maps.hpp>

#include <equireg/measurement/nonlinear_blur.hpp>

#include <cmath>
#include <vector>

namespace nonlinear_blur_test {

using namespace equireg;
using measurement::nonlinear_blur;
using tensor_d = cpu::tensor<double>;

static_assert(check_differentiable_map<nonlinear_blur<test::small_network>, tensor_d>());

TEST_CASE("a learned degradation sees images on [0, 1] and gives images on [-1, 1]", "[measurement][nonlinear_blur]") {
  const tensor_d x({1, 1, 1, 4}, {-1.0, 0.0, 0.5, 3.0});
  const nonlinear_blur a{identity_map{}};
  const tensor_d y = a(x);
  CHECK(std::vector<double>(y.values().begin(), y.values().end()) == std::vector<double>{-1, 0, 0.5, 1});
  const auto [value, pullback] = a.linearize(x);
  CHECK(test::relative_error(value.values(), y.values()) == 0);
  const tensor_d g = pullback(tensor_d({1, 1, 1, 4}, 5.0));
  // Number by number: GCC 12 with AVX-512 makes the list {5, 5, 5, 0} one of four fives.
  for (std::size_t i = 0; i < 3; ++i) CHECK(g.data()[i] == 5);
  CHECK(g.data()[3] == 0);
}

TEST_CASE("a learned degradation is differentiated through its network", "[measurement][nonlinear_blur]") {
  const nonlinear_blur a{test::small_network{.outputs = 2}};
  const auto x = test::random_tensor<tensor_d>({2, 3, 5, 7}, 1);
  std::size_t cut = 0;
  const tensor_d y = a(x);
  for (const double v : y.values()) cut += std::abs(v) == 1 ? 1 : 0;
  REQUIRE((cut > 10 && cut < 120));  // of 140 numbers: both branches are at work
  test::check_pullback(a, x);
  test::check_pullback(nonlinear_blur{test::small_network{.outputs = 1, .stride = 2}}, x);
}

}  // namespace nonlinear_blur_test
