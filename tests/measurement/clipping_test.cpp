// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/clipping.hpp>

#include <cmath>
#include <vector>

namespace clipping_test {

using namespace equireg;
using measurement::clipping;
using measurement::surrogate_gradient;
using tensor_d = cpu::tensor<double>;

static_assert(check_differentiable_map<clipping, cpu::tensor<float>>() && has_prox<clipping, tensor_d>);
static_assert(!linear_map<clipping, tensor_d>);

template <class X>
std::vector<double> numbers(const X& x) {
  return {x.values().begin(), x.values().end()};
}

constexpr clipping exposed{.factor = 2};

// Normal numbers moved away from the ends of the range, where clipping has no derivative.
tensor_d away_from(const shape& s, double factor, double low, double high) {
  tensor_d x = test::random_tensor<tensor_d>(s, 1);
  for (double& v : x.values()) {
    if (std::abs(factor * v - low) < 0.01 || std::abs(factor * v - high) < 0.01) v += 0.05;
  }
  return x;
}

TEST_CASE("the pullback of clipping is its derivative where it has one", "[measurement][clipping]") {
  for (const shape s : {shape{1, 1, 1, 1}, shape{2, 3, 5, 7}}) {
    test::check_pullback(exposed, away_from(s, 2, -1, 1));
    test::check_pullback(clipping{.factor = 0.7, .low = -0.4, .high = 0.9}, away_from(s, 0.7, -0.4, 0.9));
  }
}

TEST_CASE("the surrogate gradients of clipping differ beyond the range alone, whose ends belong to it",
          "[measurement][clipping]") {
  const tensor_d x({1, 1, 1, 5}, {-0.75, -0.5, 0.1, 0.5, 0.75}), v({1, 1, 1, 5}, 3.0);
  CHECK(numbers(exposed.linearize(x).pullback(v)) == std::vector<double>{0, 6, 6, 6, 0});
  const clipping through{.factor = 2, .gradient = surrogate_gradient::everywhere};
  CHECK(numbers(through.linearize(x).pullback(v)) == std::vector<double>{6, 6, 6, 6, 6});
}

TEST_CASE("the pseudo-inverse of clipping gives a signal with the same data", "[measurement][clipping]") {
  for (const shape s : {shape{1, 1, 1, 1}, shape{2, 3, 5, 7}}) {
    test::check_pseudo_inverse<tensor_d>(exposed, s, 0);
    test::check_pseudo_inverse<tensor_d>(clipping{.factor = 0.5, .low = -0.25, .high = 2}, s, 0);
  }
}

TEST_CASE("the proximal point of clipping is the best on a fine grid", "[measurement][clipping]") {
  const clipping a{.factor = 2, .low = -1, .high = 0.5};
  for (const double rho : {0.01, 0.7, 30.0}) {
    const shape s{1, 2, 5, 8};
    const tensor_d x = test::random_tensor<tensor_d>(s, 1), y = test::random_tensor<tensor_d>(s, 2);
    const tensor_d u = a.prox(x, y, rho);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto cost = [&](double t) {
        const double z = std::min(std::max(2 * t, -1.0), 0.5);
        return (z - y.data()[i]) * (z - y.data()[i]) + rho * (t - x.data()[i]) * (t - x.data()[i]);
      };
      double best = cost(-5);
      for (double t = -5; t < 5; t += 1e-3) best = std::min(best, cost(t));
      CHECK(cost(u.data()[i]) <= best + 1e-12);
    }
  }
}

TEST_CASE("clipping refuses an empty range and a factor that is not positive", "[measurement][clipping]") {
  const tensor_d x({1, 1, 1, 1}, 0.0);
  REQUIRE_THROWS_WITH((clipping{.low = 1, .high = 1}(x)), test::contains("low < high"));
  REQUIRE_THROWS_WITH(clipping{.factor = 0}(x), test::contains("factor 0"));
}

}  // namespace clipping_test
