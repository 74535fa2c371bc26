// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/metric/frechet_distance.hpp>

namespace frechet_distance_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

tensor_d features(const std::string& name, std::size_t count = 0) {
  const auto x = test::golden(name);
  const std::size_t n = count == 0 ? x.shape().height : count, d = x.shape().width;
  return {{n, 1, 1, d}, x.values().first(n * d)};
}

TEST_CASE("the Frechet distance is what SciPy's matrix root gives", "[metric][frechet_distance]") {
  const tensor_d f = features("metrics_features_f"), g = features("metrics_features_g");
  const auto expected = test::golden("metrics_feature_distances");
  const auto result = metric::frechet_distance(f, g);
  CHECK(test::close(result.value, expected.data()[0], 1e-10));
  CHECK(test::close(result.value, result.mean_term + result.covariance_term, 1e-14));
  CHECK_FALSE(result.rank_deficient);
  CHECK(test::close(metric::frechet_distance(g, f).value, result.value, 1e-12));
  // Four features of five numbers: SciPy's root of a singular matrix is good to the root of its rounding.
  const auto deficient = metric::frechet_distance(f, features("metrics_features_g", 4));
  CHECK(test::close(deficient.value, expected.data()[1], 1e-6));
  CHECK(deficient.rank_deficient);
  CHECK(metric::frechet_distance(metric::feature_moments(f), metric::feature_moments(g)).value == result.value);
}

TEMPLATE_TEST_CASE("the Frechet distance of laws with known moments is the closed form", "[metric][frechet_distance]",
                   float, double) {
  using X = cpu::tensor<TestType>;
  // Four points with covariance diag(2 a^2 / 3, 2 b^2 / 3): these covariances commute.
  const auto cross = [](double a, double b, double m) {
    return X({4, 1, 1, 2}, {TestType(m + a), TestType(0), TestType(m - a), TestType(0), TestType(m), TestType(b),
                            TestType(m), TestType(-b)});
  };
  const auto result = metric::frechet_distance(cross(1, 2, 0), cross(3, 0.5, 1));
  CHECK(test::close(result.mean_term, 1, 1e-12));
  CHECK(test::close(result.covariance_term, 2.0 / 3 * (4 + 2.25), 1e-6));
  CHECK(std::abs(metric::frechet_distance(cross(1, 2, 0), cross(1, 2, 0)).value) < 1e-7);
}

TEST_CASE("few features are biased upwards, and the result says where a covariance is singular",
          "[metric][frechet_distance]") {
  constexpr std::size_t d = 40;
  const auto of_one_law = [](std::size_t n) {
    return metric::frechet_distance(test::random_tensor<tensor_d>({n, 1, 1, d}, 1),
                                    test::random_tensor<tensor_d>({n, 1, 1, d}, 2));
  };
  const auto few = of_one_law(20), some = of_one_law(400), many = of_one_law(4000);
  CHECK(few.rank_deficient);
  CHECK_FALSE(some.rank_deficient);
  CHECK(few.value > 0.5 * d);  // the traces are 40 each
  // About 1 / N: tenfold, to a fifth.
  CHECK(test::close(some.value / many.value, 10, 0.2));
}

TEST_CASE("a set is at no distance from itself, whichever way its covariance is factored",
          "[metric][frechet_distance]") {
  for (const std::size_t n : {2, 7, 8, 30}) {
    const tensor_d x = test::random_tensor<tensor_d>({n, 1, 1, 7}, 1);
    // The root of a rounding error of 1e-16 for each eigenvalue.
    CHECK(std::abs(metric::frechet_distance(x, x).value) < 1e-6);
  }
}

TEST_CASE("the Frechet distance refuses what are no features", "[metric][frechet_distance]") {
  const tensor_d x({5, 1, 1, 4}, 0.0);
  REQUIRE_THROWS_WITH(metric::frechet_distance(x, tensor_d({5, 1, 1, 3}, 0.0)), test::contains("(5, 1, 1, 3)"));
  REQUIRE_THROWS_WITH(metric::frechet_distance(x, tensor_d({1, 1, 1, 4}, 0.0)), test::contains("at least 2 features"));
  REQUIRE_THROWS_WITH(metric::feature_moments(tensor_d({1, 1, 1, 4}, 0.0)), test::contains("at least 2 features"));
  const metric::feature_moments four(x), three(tensor_d({5, 1, 1, 3}, 0.0));
  REQUIRE_THROWS_WITH(metric::frechet_distance(four, three), test::contains("(1, 1, 1, 3)"));
}

}  // namespace frechet_distance_test
