// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>
#include <support/test_maps.hpp>

#include <equireg/measurement/colourisation.hpp>
#include <equireg/measurement/gaussian_blur.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/scaled.hpp>

namespace scaled_test {

using namespace equireg;
using measurement::colourisation;
using measurement::scaled;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_linear_map<scaled<colourisation>, tensor_d>() && has_prox<scaled<colourisation>, tensor_d>);
static_assert(has_pseudo_inverse<scaled<colourisation>, tensor_f>);
static_assert(!linear_map<scaled<test::small_network>, tensor_d>);
static_assert(!has_prox<scaled<test::small_network>, tensor_d>);
static_assert(check_differentiable_map<scaled<test::small_network>, tensor_d>());
static_assert(measurement::has_observed<scaled<measurement::inpainting<tensor_d>>, tensor_d>);
static_assert(!measurement::has_observed<scaled<colourisation>, tensor_d>);

TEST_CASE("a scaled linear map keeps the laws of its map", "[measurement][scaled]") {
  for (const double factor : {20.0, -0.3}) {
    const scaled a{colourisation{}, factor};
    for (const shape s : {shape{1, 3, 1, 1}, shape{2, 3, 5, 7}}) {
      test::check_linear<tensor_d>(a, s);
      test::check_pseudo_inverse<tensor_d>(a, s, 1e-14);
      for (const double rho : {1e-3, 1.0, 50.0}) test::check_prox<tensor_d>(a, s, rho, 1e-13);
      const auto x = test::random_tensor<tensor_d>(s, 1);
      const tensor_d y = a(x), expected = test::combination(factor, colourisation{}(x), 0, y);
      CHECK(test::relative_error(y.values(), expected.values()) <= 1e-15);
    }
  }
  const scaled blur{measurement::gaussian_blur{.size = 5, .sigma = 1}, 3.0};
  test::check_linear<tensor_f>(blur, {2, 1, 9, 6});
  test::check_prox<tensor_f>(blur, {2, 1, 9, 6}, 0.5, test::tolerance<float>::rounding);
}

TEST_CASE("a scaled map is differentiated with its factor", "[measurement][scaled]") {
  test::check_pullback(scaled{test::small_network{.outputs = 2}, -2.5},
                       test::random_tensor<tensor_d>({2, 3, 5, 7}, 1));
}

}  // namespace scaled_test
