// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/function.hpp>
#include <equireg/measurement/residual.hpp>

#include <cmath>

namespace function_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

// A camera whose response is tanh, in two functions.
const auto camera = measurement::from_functions(
    [](const tensor_d& x) {
      tensor_d y(x.shape());
      transform(y, [](double v) { return std::tanh(v); }, x);
      return y;
    },
    [](const tensor_d& x, const tensor_d& v) {
      tensor_d g(x.shape());
      transform(g, [](double t, double u) { return u / (std::cosh(t) * std::cosh(t)); }, x, v);
      return g;
    });

// The sum of each row, and its transpose.
const auto row_sums = measurement::linear_from_functions(
    [](const tensor_d& x) {
      const shape s = x.shape();
      tensor_d y({s.batch, s.channels, s.height, 1}, 0.0);
      for (std::size_t i = 0; i < x.size(); ++i) y.data()[i / s.width] += x.data()[i];
      return y;
    },
    [](const tensor_d& y) {
      const shape s = y.shape();
      tensor_d x({s.batch, s.channels, s.height, 6});
      for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = y.data()[i / 6];
      return x;
    });

static_assert(check_differentiable_map<decltype(camera), tensor_d>() && !linear_map<decltype(camera), tensor_d>);
static_assert(check_linear_map<decltype(row_sums), tensor_d>());

TEST_CASE("a function and its pullback make a differentiable map", "[measurement][function]") {
  const auto x = test::random_tensor<tensor_d>({2, 3, 5, 7}, 1);
  test::check_pullback(camera, x);
  CHECK(camera(x).data()[0] == std::tanh(x.data()[0]));
}

TEST_CASE("a function and its transpose make a linear map, which composes with others", "[measurement][function]") {
  test::check_linear<tensor_d>(row_sums, {2, 3, 5, 6});
  test::check_pullback(compose(camera, row_sums), test::random_tensor<tensor_d>({2, 1, 4, 6}, 1));
}

}  // namespace function_test
