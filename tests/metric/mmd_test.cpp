// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/metric/mmd.hpp>

#include <limits>

namespace mmd_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

tensor_d features(const std::string& name) {
  auto x = test::golden(name);
  return std::move(x).reshaped({x.shape().height, 1, 1, x.shape().width});
}

TEST_CASE("the discrepancy and its jackknife are what their definitions give", "[metric][mmd]") {
  const tensor_d f = features("metrics_features_f"), g = features("metrics_features_g");
  const auto expected = test::golden("metrics_feature_distances");
  const auto kernel = metric::median_kernel(f, g);
  CHECK(test::close(kernel.bandwidths()[0], expected.data()[2], 1e-14));
  const auto unbiased = metric::mmd_squared(f, g);
  CHECK(test::close(unbiased.value, expected.data()[3], 1e-12));
  CHECK(test::close(unbiased.standard_error, expected.data()[5], 1e-12));
  CHECK(test::close(metric::mmd_squared(f, g, kernel, metric::pair_rule::biased).value, expected.data()[4], 1e-12));
  CHECK(test::close(metric::mmd_squared(f, g, metric::multi_bandwidth_kernel(f, g)).value, expected.data()[6], 1e-12));
  CHECK(test::close(metric::mmd_squared(g, f, kernel).value, unbiased.value, 1e-12));
}

TEST_CASE("the discrepancy is the same far from the origin, and 0 of a set from itself", "[metric][mmd]") {
  tensor_d x = test::random_tensor<tensor_d>({700, 1, 2, 3}, 1);  // more than one table holds
  tensor_d y = test::random_tensor<tensor_d>({30, 1, 2, 3}, 2);
  const metric::gaussian_kernel kernel(1.5);
  const double near = metric::mmd_squared(x, y, kernel).value;
  for (double& v : x.values()) v += 1e4;
  for (double& v : y.values()) v += 1e4;
  // The numbers themselves lose 1e-12 by the shift; |x|^2, 6e8 there, would lose 1e-7.
  CHECK(std::abs(metric::mmd_squared(x, y, kernel).value - near) < 1e-11);
  CHECK(std::abs(metric::mmd_squared(x, x, kernel, metric::pair_rule::biased).value) < 1e-13);
  CHECK(metric::mmd_squared(x, x, kernel).value < 0);  // without the diagonal it is below
}

TEMPLATE_TEST_CASE("the discrepancy of two normal laws is the closed form", "[metric][mmd]", float, double) {
  using X = cpu::tensor<TestType>;
  // x ~ N(0, I_2), y ~ N((1, 0), diag(2.25, 1)): E k = prod_i (1 + s_i / h^2)^(-1/2) exp(-m_i^2 / (2 (h^2 + s_i))).
  const double h = 1.3;
  const auto expected_kernel = [h](double m, double s1, double s2) {
    return std::exp(-m * m / (2 * (h * h + s1))) / std::sqrt((1 + s1 / (h * h)) * (1 + s2 / (h * h)));
  };
  const double expected = expected_kernel(0, 2, 2) + expected_kernel(0, 4.5, 2) - 2 * expected_kernel(1, 3.25, 2);
  const X x = test::random_tensor<X>({900, 1, 1, 2}, 1);
  X y = test::random_tensor<X>({1200, 1, 1, 2}, 2);
  for (std::size_t i = 0; i < 1200; ++i) y.sample(i)[0] = TestType(1.5) * y.sample(i)[0] + TestType(1);
  const auto mmd = metric::mmd_squared(x, y, metric::gaussian_kernel(h));
  CAPTURE(mmd.value, expected, mmd.standard_error);
  CHECK(test::within_standard_errors(mmd.value, expected, mmd.standard_error));
  CHECK(mmd.standard_error < 0.2 * expected);
}

TEST_CASE("the jackknife's error is the deviation over repetitions, and sqrt(2) too large for equal laws",
          "[metric][mmd]") {
  const metric::gaussian_kernel kernel(1.5);
  for (const double shift : {1.0, 0.0}) {
    constexpr std::uint32_t repeats = 400;
    double sum = 0, squares = 0, variance = 0;
    for (std::uint32_t r = 0; r < repeats; ++r) {
      const tensor_d x = test::random_tensor<tensor_d>({40, 1, 1, 2}, 2 * r);
      tensor_d y = test::random_tensor<tensor_d>({60, 1, 1, 2}, 2 * r + 1);
      for (double& v : y.values()) v += shift;
      const auto mmd = metric::mmd_squared(x, y, kernel);
      sum += mmd.value;
      squares += mmd.value * mmd.value;
      variance += mmd.standard_error * mmd.standard_error / repeats;
    }
    const double true_variance = (squares - sum * sum / repeats) / (repeats - 1);
    CAPTURE(shift, variance, true_variance);
    // A variance over 400 repetitions is known to about 7% for normal numbers, 15% for the skew law of equal sets.
    CHECK(variance / true_variance > (shift > 0 ? 0.75 : 1.3));
    CHECK(variance / true_variance < (shift > 0 ? 1.4 : 2.8));
  }
}

TEST_CASE("the median of many samples is that of some", "[metric][mmd]") {
  const tensor_d x = test::random_tensor<tensor_d>({3000, 1, 1, 3}, 1),
                 y = test::random_tensor<tensor_d>({10, 1, 1, 3}, 2);
  // The median of |z - z'|: sqrt(2) times that of a chi law of 3 freedoms, 1.5382.
  CHECK(test::close(metric::median_distance(x, y), std::sqrt(2.0) * 1.5382, 0.03));
  CHECK(metric::median_distance(tensor_d({2, 1, 1, 1}, {0, 3}), tensor_d({1, 1, 1, 1}, {1})) == 2);       // 1, 2, 3
  CHECK(metric::median_distance(tensor_d({2, 1, 1, 1}, {0, 3}), tensor_d({2, 1, 1, 1}, {1, 7})) == 3.5);  // 1 2 3 4 6 7
}

TEST_CASE("the discrepancy refuses sets and kernels without meaning", "[metric][mmd]") {
  const tensor_d x({3, 1, 1, 2}, 0.0);
  const metric::gaussian_kernel kernel(1.0);
  REQUIRE_THROWS_WITH(metric::mmd_squared(x, tensor_d({2, 1, 1, 2}, 0.0), kernel), test::contains("got 3 and 2"));
  REQUIRE_THROWS_WITH(metric::mmd_squared(x, tensor_d({3, 1, 2, 1}, 0.0), kernel), test::contains("(3, 1, 2, 1)"));
  REQUIRE_THROWS_WITH(metric::median_kernel(x, x), test::contains("more than half of their distances are 0"));
  REQUIRE_THROWS_WITH(metric::gaussian_kernel(0.0), test::contains("bandwidths > 0, but got 0"));
  REQUIRE_THROWS_WITH(metric::gaussian_kernel(std::vector<double>{}), test::contains("at least one bandwidth"));
}

TEST_CASE("the discrepancy refuses a NaN, which would read as no difference", "[metric][mmd]") {
  tensor_d x({3, 1, 1, 2}, 0.0), y({3, 1, 1, 2}, 100.0);
  y.data()[1] = std::numeric_limits<double>::quiet_NaN();
  REQUIRE_THROWS_WITH(metric::mmd_squared(x, y, metric::gaussian_kernel(1.0)), test::contains("finite samples"));
}

}  // namespace mmd_test
