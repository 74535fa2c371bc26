// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/metric/kid.hpp>

namespace kid_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

tensor_d features(const std::string& name) {
  auto x = test::golden(name);
  return std::move(x).reshaped({x.shape().height, 1, 1, x.shape().width});
}

TEST_CASE("kid is the unbiased discrepancy of the cubic kernel", "[metric][kid]") {
  const auto expected = test::golden("metrics_feature_distances");
  const auto kid = metric::kid(features("metrics_features_f"), features("metrics_features_g"));
  CHECK(test::close(kid.value, expected.data()[7], 1e-12));
  CHECK(test::close(kid.standard_error, expected.data()[8], 1e-12));
}

TEMPLATE_TEST_CASE("kid of two normal laws is the closed form", "[metric][kid]", float, double) {
  using X = cpu::tensor<TestType>;
  // D = 1, x ~ N(0, 1), y ~ N(m, 1): E (x y + 1)^3 = 1 + 3 E x E y + 3 E x^2 E y^2 + E x^3 E y^3.
  const double m = 0.5, m2 = m * m + 1, m3 = m * m * m + 3 * m;
  const double expected = 3 * m * m + 3 * (1 + m2 * m2 - 2 * m2) + m3 * m3;
  const X x = test::random_tensor<X>({2000, 1, 1, 1}, 1);
  X y = test::random_tensor<X>({1500, 1, 1, 1}, 2);
  for (auto& v : y.values()) v += static_cast<TestType>(m);
  const auto kid = metric::kid(x, y);
  CAPTURE(kid.value, expected, kid.standard_error);
  CHECK(test::within_standard_errors(kid.value, expected, kid.standard_error));
  CHECK(kid.standard_error < 0.2 * expected);
}

TEST_CASE("kid over subsets has the mean of kid, and is the same for a seed", "[metric][kid]") {
  const tensor_d x = test::random_tensor<tensor_d>({120, 1, 1, 4}, 1);
  tensor_d y = test::random_tensor<tensor_d>({90, 1, 1, 4}, 2);
  for (double& v : y.values()) v = 1.2 * v + 0.2;
  const metric::kid_settings settings{.subsets = 200, .subset_size = 30};
  const auto subsets = metric::kid_of_subsets(x, y, seed{3}, settings);
  CHECK(subsets.count == 200);
  CHECK(test::within_standard_errors(subsets.mean, metric::kid(x, y).value, subsets.standard_error));
  CHECK(metric::kid_of_subsets(x, y, seed{3}, settings).mean == subsets.mean);
  CHECK(metric::kid_of_subsets(x, y, seed{4}, settings).mean != subsets.mean);
  // A subset of all features is all of them, in another order.
  const auto whole = metric::kid_of_subsets(x, x, seed{3}, {.subsets = 2, .subset_size = 120});
  CHECK(test::close(whole.mean, metric::kid(x, x).value, 1e-11, 1e-2));
  CHECK(whole.standard_deviation < 1e-12);
}

TEST_CASE("kid refuses what are no features, and too few", "[metric][kid]") {
  const tensor_d x({5, 1, 1, 4}, 0.0);
  REQUIRE_THROWS_WITH(metric::kid(x, tensor_d({5, 1, 2, 2}, 0.0)), test::contains("(N, 1, 1, D)"));
  REQUIRE_THROWS_WITH(metric::kid(tensor_d({5, 2, 1, 4}, 0.0), tensor_d({5, 2, 1, 4}, 0.0)),
                      test::contains("(5, 2, 1, 4)"));
  REQUIRE_THROWS_WITH(metric::kid(x, tensor_d({2, 1, 1, 4}, 0.0)), test::contains("at least 3 features in each set"));
  REQUIRE_THROWS_WITH(metric::kid_of_subsets(x, x),
                      test::contains("at least 1000 features in each set, but there are 5"));
  REQUIRE_THROWS_WITH(metric::kid_of_subsets(x, x, seed{}, {.subsets = 1, .subset_size = 3}),
                      test::contains("got 1 of 3"));
}

}  // namespace kid_test
