// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/gamma_blur.hpp>
#include <equireg/measurement/gaussian_blur.hpp>
#include <equireg/measurement/super_resolution.hpp>

#include <cmath>
#include <vector>

namespace gamma_blur_test {

using namespace equireg;
using measurement::gamma_blur;
using measurement::gaussian_blur;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_differentiable_map<gamma_blur<gaussian_blur>, tensor_f>());
static_assert(!linear_map<gamma_blur<gaussian_blur>, tensor_d>);

// Numbers on (-scale, scale), away from where anything is cut off.
template <class X>
X picture(const shape& s, double scale) {
  X x = test::random_tensor<X>(s, 1);
  for (auto& v : x.values()) v = static_cast<typename X::value_type>(scale * std::tanh(static_cast<double>(v)));
  return x;
}

TEST_CASE("light is blurred, not its root", "[measurement][gamma_blur]") {
  const gaussian_blur blur{.size = 5, .sigma = 1};
  const gamma_blur a{blur};
  // A constant image stays, and a white line on black is brighter than a blur of the image would leave it.
  const tensor_d grey({1, 1, 6, 6}, 0.25);
  CHECK(test::relative_error(a(grey).values(), grey.values()) <= 1e-14);
  tensor_d line({1, 1, 9, 9}, -1.0);
  for (std::size_t i = 0; i < 9; ++i) line(0, 0, i, 4) = 1;
  const double weight = blur.taps()[2];
  CHECK(test::close(a(line)(0, 0, 4, 4), 2 * std::pow(weight, 1 / 2.2) - 1, 1e-5));  // but for 0.001^2.2 of black
  CHECK(a(line)(0, 0, 4, 4) > blur(line)(0, 0, 4, 4) + 0.3);
}

TEST_CASE("a blur of light is differentiated through both powers", "[measurement][gamma_blur]") {
  for (const shape s : {shape{1, 1, 1, 1}, shape{2, 3, 5, 7}}) {
    test::check_pullback(gamma_blur{gaussian_blur{.size = 5, .sigma = 1}}, picture<tensor_d>(s, 0.95));
    test::check_pullback(gamma_blur{gaussian_blur{.size = 5, .sigma = 1}, 1.5}, picture<tensor_d>(s, 0.95));
    test::check_pullback(gamma_blur{gaussian_blur{.size = 5, .sigma = 1}}, picture<tensor_f>(s, 0.8));
  }
  const measurement::super_resolution average{.factor = 2, .filter = measurement::downsampling::average};
  test::check_pullback(gamma_blur{average}, picture<tensor_d>({2, 3, 4, 6}, 0.95));
}

TEST_CASE("the gradient of a blur of light is the formula's, and 0 beyond the range", "[measurement][gamma_blur]") {
  const gamma_blur a{identity_map{}};  // then A is clipping alone
  const tensor_d x({1, 1, 1, 5}, {-2.0, -0.9995, -0.5, 1.0, 1.5});
  const auto [value, pullback] = a.linearize(x);
  const std::vector<double> expected{-0.998, -0.998, -0.5, 1, 1}, slopes{0, 0, 1, 1, 0};
  CHECK(test::relative_error(value.values(), expected) <= 1e-14);
  CHECK(test::relative_error(pullback(tensor_d({1, 1, 1, 5}, 1.0)).values(), slopes) <= 1e-13);
}

TEST_CASE("a kernel with negative weights cannot make the root undefined", "[measurement][gamma_blur]") {
  const gamma_blur a{measurement::super_resolution{.factor = 2}};
  tensor_d step({1, 1, 16, 16}, -1.0);
  for (std::size_t i = 0; i < 8 * 16; ++i) step.data()[i] = 1;
  const auto [value, pullback] = a.linearize(step);
  const tensor_d gradient = pullback(tensor_d(value.shape(), 1.0));
  for (const double v : value.values()) CHECK((v >= 2e-3 - 1 - 1e-12 && v < 1.2));
  for (const double v : gradient.values()) CHECK(std::isfinite(v));
}

TEST_CASE("a blur of light refuses powers below 1 and no least light", "[measurement][gamma_blur]") {
  const tensor_d x({1, 1, 2, 2}, 0.0);
  REQUIRE_THROWS_WITH((gamma_blur{identity_map{}, 0.5}(x)), test::contains("gamma is 0.5"));
  REQUIRE_THROWS_WITH((gamma_blur<identity_map>{.smallest = 0}(x)), test::contains("smallest 0"));
}

}  // namespace gamma_blur_test
