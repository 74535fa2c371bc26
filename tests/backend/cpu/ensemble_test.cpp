// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/ensemble.hpp>

#include <algorithm>
#include <span>

namespace ensemble_test {

using namespace equireg;

TEMPLATE_TEST_CASE("an ensemble's function sees one element of a measurement's samples, in order",
                   "[backend][ensemble]", float, double) {
  using X = cpu::tensor<TestType>;
  for (const shape& s : {shape{1, 1, 1, 1}, shape{3, 2, 5, 7}, shape{2, 1, 4, 4}}) {
    for (const std::size_t m : {1, 5}) {
      const X samples = test::random_tensor<X>(s.with_batch(s.batch * m), 1), other = test::random_tensor<X>(s, 2);
      X out(s);
      transform_ensemble(
          out,
          [](std::span<double> values, double v) {
            double sum = v;
            for (std::size_t l = 0; l < values.size(); ++l) sum += static_cast<double>(l + 1) * values[l];
            std::reverse(values.begin(), values.end());  // values are the function's own
            return sum;
          },
          samples, other);
      for (std::size_t b = 0; b < s.batch; ++b) {
        for (std::size_t i = 0; i < s.sample_size(); ++i) {
          double sum = static_cast<double>(other.sample(b)[i]);
          for (std::size_t l = 0; l < m; ++l) {
            sum += static_cast<double>(l + 1) * static_cast<double>(samples.sample(b * m + l)[i]);
          }
          REQUIRE(out.sample(b)[i] == static_cast<TestType>(sum));
        }
      }
    }
  }
}

TEST_CASE("an ensemble's shapes must fit", "[backend][ensemble]") {
  using X = cpu::tensor<double>;
  X out({2, 1, 1, 3});
  const auto f = [](std::span<double> values) { return values[0]; };
  REQUIRE_THROWS_WITH(transform_ensemble(out, f, X({3, 1, 1, 3}, 0.0)), test::contains("3 samples cannot be shared"));
  REQUIRE_THROWS_WITH(transform_ensemble(out, f, X({4, 1, 3, 1}, 0.0)), test::contains("(2, 1, 3, 1)"));
  const auto g = [](std::span<double> values, double v) { return values[0] + v; };
  REQUIRE_THROWS_WITH(transform_ensemble(out, g, X({4, 1, 1, 3}, 0.0), X({1, 1, 1, 3}, 0.0)),
                      test::contains("an argument has shape (1, 1, 1, 3)"));
}

}  // namespace ensemble_test
