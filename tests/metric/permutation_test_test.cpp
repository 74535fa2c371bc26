// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/metric/mmd.hpp>
#include <equireg/metric/permutation_test.hpp>
#include <equireg/metric/sliced_wasserstein.hpp>

namespace permutation_test_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

const auto difference_of_means = [](const tensor_d& a, const tensor_d& b) {
  const auto mean = [](const tensor_d& z) {
    double sum = 0;
    for (const double v : z.values()) sum += v;
    return sum / static_cast<double>(z.size());
  };
  return std::abs(mean(a) - mean(b));
};

TEST_CASE("the p-value of equal laws is below a level as often as the level says", "[metric][permutation_test]") {
  constexpr int repeats = 1000;
  int below = 0;
  for (std::uint32_t r = 0; r < repeats; ++r) {
    const auto x = test::random_tensor<tensor_d>({6, 1, 1, 1}, 2 * r),
               y = test::random_tensor<tensor_d>({9, 1, 1, 1}, 2 * r + 1);
    below += metric::permutation_test(x, y, difference_of_means, seed{r}, 39) <= 0.2;
  }
  CHECK(test::within_standard_errors(below, 0.2 * repeats, std::sqrt(repeats * 0.2 * 0.8)));
}

TEMPLATE_TEST_CASE("relabelling tells two laws apart by any distance", "[metric][permutation_test]", float, double) {
  using X = cpu::tensor<TestType>;
  const X x = test::random_tensor<X>({60, 1, 1, 3}, 1), same = test::random_tensor<X>({80, 1, 1, 3}, 2);
  X wider = same;
  for (auto& v : wider.values()) v *= TestType(2);
  const auto by_mmd = [&](const X& y) {
    return metric::permutation_test(x, y, [kernel = metric::median_kernel(x, y)](const auto& a, const auto& b) {
      return metric::mmd_squared(a, b, kernel).value;
    });
  };
  const auto by_transport = [&](const X& y) {
    return metric::permutation_test(x, y, [](const auto& a, const auto& b) {
      return metric::sliced_wasserstein(a, b, seed{1}, {.directions = 20}).value;
    });
  };
  CHECK(by_mmd(same) > 0.02);
  CHECK(by_transport(same) > 0.02);
  CHECK(by_mmd(wider) == 1.0 / 201);
  CHECK(by_transport(wider) == 1.0 / 201);
}

TEST_CASE("a permutation test needs two sets of one shape", "[metric][permutation_test]") {
  const tensor_d x({3, 1, 1, 2}, 0.0);
  CHECK(metric::permutation_test(x, x, difference_of_means) == 1);
  REQUIRE_THROWS_WITH(metric::permutation_test(x, tensor_d({3, 1, 2, 1}, 0.0), difference_of_means),
                      test::contains("(3, 1, 2, 1)"));
  REQUIRE_THROWS_WITH(metric::permutation_test(x, tensor_d({0, 1, 1, 2}, 0.0), difference_of_means),
                      test::contains("empty"));
  REQUIRE_THROWS_WITH(metric::permutation_test(x, x, difference_of_means, seed{}, 0),
                      test::contains("one relabelling"));
}

}  // namespace permutation_test_test
