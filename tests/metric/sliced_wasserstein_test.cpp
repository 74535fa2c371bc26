// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/metric/energy_distance.hpp>
#include <equireg/metric/sliced_wasserstein.hpp>

#include <numbers>

namespace sliced_wasserstein_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

tensor_d line(const std::string& name) {
  auto x = test::golden(name);
  return std::move(x).reshaped({x.size(), 1, 1, 1});
}

TEST_CASE("on a line the distances are SciPy's, for sets of unequal size", "[metric][sliced_wasserstein]") {
  const tensor_d x = line("metrics_line_x"), y = line("metrics_line_y");
  REQUIRE(x.size() == 13);
  REQUIRE(y.size() == 20);
  const auto expected = test::golden("metrics_line_distances");  // W_1, W_2^2, energy distance
  // Every direction of a line is the line.
  const auto first = metric::sliced_wasserstein(x, y, seed{1}, {.p = 1}), second = metric::sliced_wasserstein(x, y);
  CHECK(test::close(first.value, expected.data()[0], 1e-13));
  CHECK(test::close(second.value, std::sqrt(expected.data()[1]), 1e-13));
  CHECK(first.standard_error < 1e-14);
  CHECK(second.standard_error < 1e-14);
  CHECK(test::close(metric::sliced_wasserstein(y, x).value, second.value, 1e-13));
  CHECK(test::close(metric::energy_distance(x, y), expected.data()[2], 1e-12));
}

TEST_CASE("transport between sorted sets pairs quantiles", "[metric][sliced_wasserstein]") {
  const std::vector<double> x{0, 1, 4}, y{1, 3, 4}, twice{0, 0, 1, 1, 4, 4}, one{2};
  CHECK(metric::sorted_transport(x, y, 1) == 1);
  CHECK(test::close(metric::sorted_transport(x, y, 2), 5.0 / 3, 1e-15));
  CHECK(metric::sorted_transport(x, twice, 2) == 0);
  CHECK(test::close(metric::sorted_transport(twice, y, 1), 1, 1e-15));
  CHECK(test::close(metric::sorted_transport(one, x, 1), 5.0 / 3, 1e-15));
}

TEMPLATE_TEST_CASE("a shift has the distance of its mean projection", "[metric][sliced_wasserstein]", float, double) {
  using X = cpu::tensor<TestType>;
  // t . m for a shift m = (3, 4, 0): E (t . m)^2 = |m|^2 / 3, E |t . m| = |m| / 2 on the sphere in R^3.
  const X x = test::random_tensor<X>({50, 1, 1, 3}, 1);
  X y = x;
  for (std::size_t b = 0; b < 50; ++b) {
    y.sample(b)[0] += TestType(3);
    y.sample(b)[1] += TestType(4);
  }
  for (const std::size_t directions : {500, 2000}) {
    const auto one = metric::sliced_wasserstein(x, y, seed{2}, {.p = 1, .directions = directions});
    const auto two = metric::sliced_wasserstein(x, y, seed{2}, {.p = 2, .directions = directions});
    CHECK(test::within_standard_errors(one.value, 2.5, one.standard_error));
    CHECK(test::within_standard_errors(two.value, 5 / std::sqrt(3.0), two.standard_error));
    CHECK(one.standard_error < 3 / std::sqrt(static_cast<double>(directions)));
    CHECK(two.standard_error > 0.3 / std::sqrt(static_cast<double>(directions)));
  }
  CHECK(metric::sliced_wasserstein(x, x).value == 0);
  CHECK(metric::sliced_wasserstein(x, x).standard_error == 0);
  CHECK(metric::sliced_wasserstein(x, y, seed{2}).value != metric::sliced_wasserstein(x, y, seed{3}).value);
}

TEST_CASE("the distance of two normal laws is the closed form", "[metric][sliced_wasserstein]") {
  // Projections are normal: W_2^2 = E (t . m)^2 + (sqrt(t . C1 t) - sqrt(t . C2 t))^2 over angles in R^2.
  constexpr std::size_t n = 40000;
  const tensor_d x = test::random_tensor<tensor_d>({n, 1, 1, 2}, 1);
  tensor_d y = test::random_tensor<tensor_d>({n, 1, 1, 2}, 2);
  for (std::size_t i = 0; i < n; ++i) {
    y.sample(i)[0] = 3 * y.sample(i)[0] + 1;
    y.sample(i)[1] *= 0.5;
  }
  double expected = 0;
  constexpr int angles = 1000;
  for (int k = 0; k < angles; ++k) {
    const double a = 2 * std::numbers::pi * k / angles, c = std::cos(a), s = std::sin(a);
    expected += (c * c + std::pow(1 - std::hypot(3 * c, 0.5 * s), 2)) / angles;
  }
  const auto distance = metric::sliced_wasserstein(x, y, seed{5}, {.directions = 400});
  // Over samples the distance moves by about sqrt((9 + 1) / n) = 0.016.
  CHECK(std::abs(distance.value - std::sqrt(expected)) < 5 * distance.standard_error + 0.05);
  CHECK(distance.standard_error < 0.05);
}

TEST_CASE("the sliced distance refuses sets and settings without meaning", "[metric][sliced_wasserstein]") {
  const tensor_d x({2, 1, 1, 3}, 0.0);
  REQUIRE_THROWS_WITH(metric::sliced_wasserstein(x, tensor_d({2, 1, 3, 1}, 0.0)), test::contains("(2, 1, 3, 1)"));
  REQUIRE_THROWS_WITH(metric::sliced_wasserstein(x, tensor_d({0, 1, 1, 3}, 0.0)), test::contains("empty"));
  REQUIRE_THROWS_WITH(metric::sliced_wasserstein(x, tensor_d({2, 1, 1, 3}, NAN)), test::contains("finite"));
  REQUIRE_THROWS_WITH(metric::sliced_wasserstein(x, x, seed{}, {.p = 3}), test::contains("p = 1 or 2, but got 3"));
  REQUIRE_THROWS_WITH(metric::sliced_wasserstein(x, x, seed{}, {.directions = 1}), test::contains("two directions"));
}

}  // namespace sliced_wasserstein_test
