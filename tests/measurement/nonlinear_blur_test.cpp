// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>
#include <support/test_maps.hpp>

#include <equireg/measurement/gaussian_blur.hpp>
#include <equireg/measurement/nonlinear_blur.hpp>
#include <equireg/measurement/super_resolution.hpp>

#include <cmath>

namespace {

using namespace equireg;
using measurement::gamma_blur;
using measurement::gaussian_blur;
using measurement::nonlinear_blur;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_differentiable_map<nonlinear_blur<test::small_network>, tensor_d>());
static_assert(check_differentiable_map<gamma_blur<gaussian_blur>, tensor_f>());
static_assert(!linear_map<gamma_blur<gaussian_blur>, tensor_d>);

// Numbers on (-scale, scale), away from where anything is cut off.
template <class X>
X picture(const shape& s, double scale) {
  X x = test::random_tensor<X>(s, 1);
  for (auto& v : x.values()) v = static_cast<typename X::value_type>(scale * std::tanh(static_cast<double>(v)));
  return x;
}

TEST_CASE("a learned degradation sees images on [0, 1] and gives images on [-1, 1]", "[measurement][nonlinear_blur]") {
  const tensor_d x({1, 1, 1, 4}, {-1.0, 0.0, 0.5, 3.0});
  const nonlinear_blur a{identity_map{}};
  const tensor_d y = a(x);
  CHECK(std::vector<double>(y.values().begin(), y.values().end()) == std::vector<double>{-1, 0, 0.5, 1});
  const auto [value, pullback] = a.linearize(x);
  CHECK(test::relative_error(value.values(), y.values()) == 0);
  const tensor_d g = pullback(tensor_d({1, 1, 1, 4}, 5.0));
  CHECK(std::vector<double>(g.values().begin(), g.values().end()) == std::vector<double>{5, 5, 5, 0});
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

TEST_CASE("light is blurred, not its root", "[measurement][nonlinear_blur]") {
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

TEST_CASE("a blur of light is differentiated through both powers", "[measurement][nonlinear_blur]") {
  for (const shape s : {shape{1, 1, 1, 1}, shape{2, 3, 5, 7}}) {
    test::check_pullback(gamma_blur{gaussian_blur{.size = 5, .sigma = 1}}, picture<tensor_d>(s, 0.95));
    test::check_pullback(gamma_blur{gaussian_blur{.size = 5, .sigma = 1}, 1.5}, picture<tensor_d>(s, 0.95));
    test::check_pullback(gamma_blur{gaussian_blur{.size = 5, .sigma = 1}}, picture<tensor_f>(s, 0.8));
  }
  test::check_pullback(gamma_blur{measurement::super_resolution{.factor = 2, .filter = measurement::downsampling::average}},
                       picture<tensor_d>({2, 3, 4, 6}, 0.95));
}

TEST_CASE("the gradient of a blur of light is the formula's, and 0 beyond the range", "[measurement][nonlinear_blur]") {
  const gamma_blur a{identity_map{}};  // then A is clipping alone
  const tensor_d x({1, 1, 1, 5}, {-2.0, -0.9995, -0.5, 1.0, 1.5});
  const auto [value, pullback] = a.linearize(x);
  const std::vector<double> expected{-0.998, -0.998, -0.5, 1, 1}, slopes{0, 0, 1, 1, 0};
  CHECK(test::relative_error(value.values(), expected) <= 1e-14);
  CHECK(test::relative_error(pullback(tensor_d({1, 1, 1, 5}, 1.0)).values(), slopes) <= 1e-13);
}

TEST_CASE("a kernel with negative weights cannot make the root undefined", "[measurement][nonlinear_blur]") {
  const gamma_blur a{measurement::super_resolution{.factor = 2}};
  tensor_d step({1, 1, 16, 16}, -1.0);
  for (std::size_t i = 0; i < 8 * 16; ++i) step.data()[i] = 1;
  const auto [value, pullback] = a.linearize(step);
  const tensor_d gradient = pullback(tensor_d(value.shape(), 1.0));
  for (const double v : value.values()) CHECK((v >= 2e-3 - 1 - 1e-12 && v < 1.2));
  for (const double v : gradient.values()) CHECK(std::isfinite(v));
}

TEST_CASE("a blur of light refuses powers below 1 and no least light", "[measurement][nonlinear_blur]") {
  const tensor_d x({1, 1, 2, 2}, 0.0);
  REQUIRE_THROWS_WITH((gamma_blur{identity_map{}, 0.5}(x)), test::contains("gamma is 0.5"));
  REQUIRE_THROWS_WITH((gamma_blur<identity_map>{.smallest = 0}(x)), test::contains("smallest 0"));
}

}  // namespace
