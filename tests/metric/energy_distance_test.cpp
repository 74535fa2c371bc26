// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/metric/energy_distance.hpp>

#include <numbers>

namespace energy_distance_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

TEST_CASE("the energy distance of small sets is what the definition gives", "[metric][energy_distance]") {
  const tensor_d x({2, 1, 1, 2}, {0.0, 0.0, 3.0, 4.0}), y({1, 1, 1, 2}, {0.0, 4.0});
  // |x_i - y| = 4, 3; |x_i - x_j| = 0, 5, 5, 0; |y - y| = 0.
  CHECK(test::close(metric::energy_distance(x, y), 2 * 3.5 - 2.5, 1e-14));
  CHECK(test::close(metric::energy_distance(y, x), 2 * 3.5 - 2.5, 1e-14));
  CHECK(metric::energy_distance(x, x) == 0);
  REQUIRE_THROWS_WITH(metric::energy_distance(x, tensor_d({1, 1, 1, 3}, 0.0)), test::contains("(1, 1, 1, 3)"));
  REQUIRE_THROWS_WITH(metric::energy_distance(x, tensor_d({0, 1, 1, 2}, 0.0)), test::contains("empty"));
}

TEST_CASE("the energy distance of two normal laws is the closed form, over more samples than one table holds",
          "[metric][energy_distance]") {
  // d = 1, unit variances, means 0 and 1.5: E|X - Y| has X - Y ~ N(m, 2).
  const double m = 1.5, s = std::numbers::sqrt2;
  const double cross = s * std::sqrt(2 / std::numbers::pi) * std::exp(-m * m / (2 * s * s)) +
                       m * std::erf(m / (s * std::numbers::sqrt2));
  const double own = 2 / std::sqrt(std::numbers::pi);
  constexpr std::size_t n = 600;
  std::vector<double> values;
  for (std::uint32_t repeat = 0; repeat < 12; ++repeat) {
    const tensor_d x = test::random_tensor<tensor_d>({n, 1, 1, 1}, 2 * repeat);
    tensor_d y = test::random_tensor<tensor_d>({n, 1, 1, 1}, 2 * repeat + 1);
    for (double& v : y.values()) v += m;
    values.push_back(metric::energy_distance(x, y));
  }
  double mean = 0, squares = 0;
  for (const double v : values) mean += v / 12;
  for (const double v : values) squares += (v - mean) * (v - mean);
  const double expected = 2 * cross - 2 * own * (1 - 1.0 / n);  // the diagonals count as zeros
  CHECK(test::within_standard_errors(mean, expected, std::sqrt(squares / 11 / 12)));
}

TEST_CASE("relabelled samples tell two laws apart and leave one law alone", "[metric][energy_distance]") {
  constexpr std::size_t n = 80, d = 3;
  // The share of relabellings with a distance at least as large: a p-value.
  const auto p_value = [](const tensor_d& x, const tensor_d& y) {
    const double observed = metric::energy_distance(x, y);
    std::vector<double> pool(x.values().begin(), x.values().end());
    pool.insert(pool.end(), y.values().begin(), y.values().end());
    int larger = 0;
    constexpr std::uint32_t relabellings = 199;
    for (std::uint32_t r = 0; r < relabellings; ++r) {
      for (std::uint32_t i = 2 * n - 1; i > 0; --i) {
        const std::size_t j = uniform_index(i + 1, {17, r, purpose::user, 0}, 0, i);
        std::swap_ranges(pool.begin() + i * d, pool.begin() + (i + 1) * d,
                         pool.begin() + static_cast<std::ptrdiff_t>(j * d));
      }
      const std::span<const double> all(pool);
      larger += metric::energy_distance(tensor_d({n, 1, 1, d}, all.first(n * d)),
                                        tensor_d({n, 1, 1, d}, all.last(n * d))) >= observed;
    }
    return (larger + 1.0) / (relabellings + 1.0);
  };
  const tensor_d x = test::random_tensor<tensor_d>({n, 1, 1, d}, 100),
                 same = test::random_tensor<tensor_d>({n, 1, 1, d}, 101);
  tensor_d wider = same;
  for (double& v : wider.values()) v *= 2;
  CHECK(p_value(x, same) > 0.01);
  CHECK(p_value(x, wider) < 0.01);
}

}  // namespace energy_distance_test
