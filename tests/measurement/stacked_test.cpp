// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>
#include <support/test_maps.hpp>

#include <equireg/likelihood/dps.hpp>
#include <equireg/measurement/colourisation.hpp>
#include <equireg/measurement/gaussian_blur.hpp>
#include <equireg/measurement/high_dynamic_range.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/masks.hpp>
#include <equireg/measurement/stacked.hpp>
#include <equireg/measurement/super_resolution.hpp>
#include <equireg/noise/gaussian.hpp>

namespace stacked_test {

using namespace equireg;
using measurement::colourisation;
using measurement::gaussian_blur;
using measurement::high_dynamic_range;
using measurement::inpainting;
using measurement::stacked;
using measurement::super_resolution;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

using linear = stacked<super_resolution, colourisation>;
static_assert(check_linear_map<linear, tensor_d>() && !has_pseudo_inverse<linear, tensor_d>);
static_assert(!linear_map<stacked<gaussian_blur, high_dynamic_range>, tensor_d>);
static_assert(check_differentiable_map<stacked<gaussian_blur, high_dynamic_range>, tensor_d>());
static_assert(!measurement::has_observed<linear, tensor_d>);
static_assert(measurement::has_observed<stacked<gaussian_blur, inpainting<tensor_d>>, tensor_d>);

TEST_CASE("stacked linear maps are one linear map, for batches and images of any size", "[measurement][stacked]") {
  for (const shape s : {shape{1, 3, 4, 4}, shape{3, 3, 8, 12}}) {
    test::check_linear<tensor_d>(stacked(tensor_d(s, 0.0), super_resolution{}, colourisation{}), s);
    test::check_linear<tensor_f>(stacked(tensor_f(s, 0.0F), super_resolution{}, colourisation{}), s);
  }
  for (const shape s : {shape{1, 3, 1, 1}, shape{2, 3, 5, 7}}) {
    test::check_linear<tensor_d>(
        stacked(tensor_d(s, 0.0), gaussian_blur{.size = 5, .sigma = 1}, colourisation{}, identity_map{}), s);
    test::check_linear<tensor_d>(stacked(tensor_d(s, 0.0), colourisation{}), s);
  }
}

TEST_CASE("the parts of a stacked measurement are the measurements", "[measurement][stacked]") {
  const shape s{2, 3, 8, 12};
  const auto x = test::random_tensor<tensor_d>(s, 1);
  const stacked both(x, super_resolution{}, colourisation{});
  const tensor_d y = both(x);
  REQUIRE(y.shape() == shape{2, 1, 1, 3 * 2 * 3 + 8 * 12});
  const tensor_d small = both.part<0>(y), grey = both.part<1>(y);
  REQUIRE(small.shape() == shape{2, 3, 2, 3});
  REQUIRE(grey.shape() == shape{2, 1, 8, 12});
  CHECK(test::relative_error(small.values(), super_resolution{}(x).values()) == 0);
  CHECK(test::relative_error(grey.values(), both.block<1>()(x).values()) == 0);
  CHECK(both.block_shape(0) == shape{1, 3, 2, 3});
}

TEST_CASE("stacked differentiable maps are differentiated together", "[measurement][stacked]") {
  const auto x = test::random_tensor<tensor_d>({2, 3, 5, 7}, 1);
  const test::small_network bend{.outputs = 2};
  test::check_pullback(stacked(x, bend, gaussian_blur{.size = 5, .sigma = 1}), x);
  test::check_pullback(stacked(x, bend, test::small_network{.outputs = 1, .stride = 2}, colourisation{}), x);
}

TEST_CASE("a stacked measurement clears what its blocks do not observe, and no more", "[measurement][stacked]") {
  const shape s{2, 3, 5, 7};
  const auto x = test::random_tensor<tensor_d>(s, 1);
  const inpainting mask{measurement::random_mask<tensor_d>(s, 0.5, {4, 0, purpose::mask, 0})};
  const stacked both(x, colourisation{}, mask);
  const noise::gaussian noise{.sigma = 0.1};
  const tensor_d y = measurement::measure(both, x, noise, {9}), noisy = noise.sample(both(x), {9});
  CHECK(test::relative_error(both.part<0>(y).values(), both.part<0>(noisy).values()) == 0);
  CHECK(test::relative_error(both.part<1>(y).values(), mask.observed(both.part<1>(noisy)).values()) == 0);
  CHECK(test::relative_error(both.part<1>(y).values(), both.part<1>(noisy).values()) > 0.01);
}

TEST_CASE("likelihoods take stacked measurements", "[measurement][stacked]") {
  const auto x = test::random_tensor<tensor_f>({2, 3, 8, 8}, 1);
  const stacked both(x, super_resolution{}, colourisation{});
  const likelihood::dps guided{both, both(x), {.step_size = 1}};
  CHECK(guided.batch() == 2);
}

TEST_CASE("a stacked measurement refuses signals and data that do not fit", "[measurement][stacked]") {
  const stacked both(tensor_d({1, 3, 4, 4}, 0.0), super_resolution{}, colourisation{});
  REQUIRE_THROWS_WITH(both(tensor_d({1, 3, 8, 8}, 0.0)), test::contains("a sample of x has shape (1, 3, 8, 8)"));
  REQUIRE_THROWS_WITH(both.adjoint(tensor_d({1, 1, 1, 18}, 0.0)), test::contains("(B, 1, 1, 19)"));
  REQUIRE_THROWS_WITH(both.part<0>(tensor_d({1, 1, 19, 1}, 0.0)), test::contains("(1, 1, 19, 1)"));
}

}  // namespace stacked_test
