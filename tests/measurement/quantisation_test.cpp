// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/quantisation.hpp>

#include <cmath>
#include <limits>
#include <vector>

namespace quantisation_test {

using namespace equireg;
using measurement::quantisation;
using measurement::surrogate_gradient;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_differentiable_map<quantisation, tensor_f>() && !has_prox<quantisation, tensor_f>);

template <class X>
std::vector<double> numbers(const X& x) {
  return {x.values().begin(), x.values().end()};
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST_CASE("quantisation gives the nearest level, halves to the even one", "[measurement][quantisation]") {
  const quantisation five{.levels = 5};  // -1, -0.5, 0, 0.5, 1
  const tensor_f y = five(tensor_f({1, 1, 1, 8}, {-2.0F, -0.76F, -0.75F, -0.25F, 0.24F, 0.26F, 0.75F, 7.0F}));
  CHECK(numbers(y) == std::vector<double>{-1, -1, -1, 0, 0, 0.5, 1, 1});
  const quantisation bit{.levels = 2, .low = 0, .high = 3};
  CHECK(numbers(bit(tensor_d({1, 1, 1, 3}, {1.4, 1.6, -8.0}))) == std::vector<double>{0, 3, 0});
  CHECK(std::isnan(five(tensor_d({1, 1, 1, 1}, nan)).data()[0]));
}

template <class X>
void check_levels(std::size_t levels) {
  const shape s{2, 3, 9, 7};
  const quantisation a{.levels = levels};
  const X x = test::random_tensor<X>(s, 4), y = a(x);
  const double step = 2 / static_cast<double>(levels - 1), rounding = test::tolerance<typename X::value_type>::rounding;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double inside = std::min(std::max(static_cast<double>(x.data()[i]), -1.0), 1.0);
    const double index = (static_cast<double>(y.data()[i]) + 1) / step;
    CHECK(std::abs(static_cast<double>(y.data()[i]) - inside) <= 0.5 * step + rounding);
    CHECK(std::abs(index - std::round(index)) <= rounding * static_cast<double>(levels));
  }
  test::check_pseudo_inverse<X>(a, s, 0);
}

TEST_CASE("quantisation errs by half a step at most, and once only", "[measurement][quantisation]") {
  for (const std::size_t levels : {2U, 3U, 16U, 256U}) {
    check_levels<tensor_d>(levels);
    check_levels<tensor_f>(levels);
  }
}

TEST_CASE("quantisation passes cotangents straight through, inside the range or everywhere",
          "[measurement][quantisation]") {
  const tensor_d x({1, 1, 1, 4}, {-1.5, -1.0, 0.3, 1.01}), v({1, 1, 1, 4}, {2.0, 3.0, 4.0, 5.0});
  const auto [value, pullback] = quantisation{.levels = 3}.linearize(x);
  CHECK(numbers(value) == std::vector<double>{-1, -1, 0, 1});
  CHECK(numbers(pullback(v)) == std::vector<double>{0, 3, 4, 0});
  const quantisation through{.levels = 3, .gradient = surrogate_gradient::everywhere};
  CHECK(numbers(through.linearize(x).pullback(v)) == numbers(v));
}

TEST_CASE("quantisation refuses one level and an empty range", "[measurement][quantisation]") {
  const tensor_d x({1, 1, 1, 1}, 0.0);
  REQUIRE_THROWS_WITH(quantisation{.levels = 1}(x), test::contains("levels is 1"));
  REQUIRE_THROWS_WITH((quantisation{.low = 1, .high = 0}(x)), test::contains("high 0"));
}

}  // namespace quantisation_test
