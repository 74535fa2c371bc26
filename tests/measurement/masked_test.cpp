// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>
#include <support/test_maps.hpp>

#include <equireg/measurement/gaussian_blur.hpp>
#include <equireg/measurement/masked.hpp>
#include <equireg/measurement/masks.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/super_resolution.hpp>

namespace masked_test {

using namespace equireg;
using measurement::gaussian_blur;
using measurement::masked;
using measurement::super_resolution;
using tensor_d = cpu::tensor<double>;

using blurred = decltype(masked(gaussian_blur{}, tensor_d()));
static_assert(check_linear_map<blurred, tensor_d>() && !has_pseudo_inverse<blurred, tensor_d>);
static_assert(!has_prox<blurred, tensor_d>);
static_assert(measurement::has_observed<blurred, tensor_d> && measurement::has_residual<blurred, tensor_d>);
static_assert(!measurement::has_observed<composition<gaussian_blur, gaussian_blur>, tensor_d>);
static_assert(!measurement::has_residual<composition<gaussian_blur, gaussian_blur>, tensor_d>);

const noise_address address{5, 0, purpose::mask, 0};

TEST_CASE("a masked measurement loses entries and stays a linear map", "[measurement][masked]") {
  for (const shape s : {shape{1, 1, 1, 1}, shape{2, 3, 5, 7}}) {
    const auto mask = measurement::random_mask<tensor_d>(s, 0.4, address);
    const auto a = masked(gaussian_blur{.size = 5, .sigma = 1}, mask);
    test::check_linear<tensor_d>(a, s);
    const auto x = test::random_tensor<tensor_d>(s, 1);
    const tensor_d y = a(x), full = gaussian_blur{.size = 5, .sigma = 1}(x);
    for (std::size_t i = 0; i < y.size(); ++i) {
      CHECK(y.data()[i] == full.data()[i] * mask.data()[i % (s.height * s.width)]);
    }
  }
  const shape s{2, 3, 8, 12};
  const auto mask = measurement::random_mask<tensor_d>({1, 1, 2, 3}, 0.4, address);
  test::check_linear<tensor_d>(masked(super_resolution{}, mask), s);
}

TEST_CASE("a masked measurement observes and leaves a residual where its mask is one", "[measurement][masked]") {
  const shape s{2, 3, 6, 5};
  const auto mask = measurement::random_mask<tensor_d>(s, 0.4, address);
  const auto a = masked(gaussian_blur{.size = 5, .sigma = 1}, mask);
  const auto x = test::random_tensor<tensor_d>(s, 1), y = test::random_tensor<tensor_d>(s, 2);
  const tensor_d expected = test::combination(1, a.observed(y), -1, a(x));
  const auto [r, squared_norm] = measurement::residual(a, y, x);
  CHECK(test::relative_error(r.values(), expected.values()) <= 1e-15);
  CHECK(test::close(squared_norm.data()[0] + squared_norm.data()[1], test::inner(expected, expected), 1e-13));
}

TEST_CASE("a masked nonlinear map is differentiable", "[measurement][masked]") {
  const shape s{2, 3, 5, 7};
  test::check_pullback(masked(test::small_network{.outputs = 2}, measurement::random_mask<tensor_d>(s, 0.4, address)),
                       test::random_tensor<tensor_d>(s, 1));
}

}  // namespace masked_test
