// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/sort_samples.hpp>

#include <algorithm>

namespace sort_samples_test {

using namespace equireg;

TEMPLATE_TEST_CASE("each sample is sorted by itself", "[backend][sort_samples]", float, double) {
  using X = cpu::tensor<TestType>;
  for (const shape& s : {shape{0, 1, 1, 3}, shape{1, 1, 1, 1}, shape{5, 2, 3, 7}, shape{40, 1, 1, 900}}) {
    const X x = test::random_tensor<X>(s, 1);
    X sorted = x;
    sort_samples(sorted);
    for (std::size_t b = 0; b < s.batch; ++b) {
      REQUIRE(std::ranges::is_sorted(sorted.sample(b)));
      REQUIRE(std::ranges::is_permutation(sorted.sample(b), x.sample(b)));
    }
  }
}

}  // namespace sort_samples_test
