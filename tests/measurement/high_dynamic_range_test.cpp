// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/high_dynamic_range.hpp>

#include <cmath>
#include <limits>
#include <vector>

namespace high_dynamic_range_test {

using namespace equireg;
using measurement::high_dynamic_range;
using measurement::surrogate_gradient;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_differentiable_map<high_dynamic_range, tensor_f>() && has_prox<high_dynamic_range, tensor_f>);

template <class X>
std::vector<double> numbers(const X& x) {
  return {x.values().begin(), x.values().end()};
}

TEST_CASE("high dynamic range doubles and cuts off at -1 and 1", "[measurement][high_dynamic_range]") {
  const tensor_f y = high_dynamic_range{}(tensor_f({1, 1, 1, 6}, {-0.75F, -0.5F, -0.25F, 0.0F, 0.3125F, 2.0F}));
  CHECK(numbers(y) == std::vector<double>{-1, -1, -0.5, 0, 0.625, 1});
  const tensor_d undefined({1, 1, 1, 1}, std::numeric_limits<double>::quiet_NaN());
  CHECK(std::isnan(high_dynamic_range{}(undefined).data()[0]));
}

TEST_CASE("high dynamic range is clipping with its own factor and gradient", "[measurement][high_dynamic_range]") {
  const tensor_d x({1, 1, 1, 5}, {-0.75, -0.5, 0.1, 0.5, 0.75}), v({1, 1, 1, 5}, 3.0);
  CHECK(numbers(high_dynamic_range{}.linearize(x).pullback(v)) == std::vector<double>{0, 6, 6, 6, 0});
  const high_dynamic_range through{.gradient = surrogate_gradient::everywhere};
  CHECK(numbers(through.linearize(x).pullback(v)) == std::vector<double>{6, 6, 6, 6, 6});
  const high_dynamic_range a{.factor = 4};
  const tensor_d noise = test::random_tensor<tensor_d>({2, 3, 5, 7}, 1);
  CHECK(numbers(a.prox(noise, a(noise), 0.5)) == numbers(a.as_clipping().prox(noise, a(noise), 0.5)));
  test::check_pseudo_inverse<tensor_d>(a, {2, 3, 5, 7}, 0);
}

}  // namespace high_dynamic_range_test
