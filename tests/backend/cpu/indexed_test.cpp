// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/random_mixture.hpp>
#include <support/tolerance.hpp>

#include <equireg/backend/cpu/indexed.hpp>
#include <equireg/core/arguments.hpp>

#include <cstddef>
#include <vector>

namespace indexed_test {

using namespace equireg::test;
namespace eq = equireg;

TEMPLATE_TEST_CASE("a function of the index learns the sample and the element it makes", "[cpu][indexed]", float,
                   double) {
  using T = TestType;
  // More elements than one block, and a width that divides none.
  const eq::shape s{3, 2, 61, 67};
  const auto x = normal_tensor<T>(s, 1);
  const auto scale = normal_tensor<T>({3, 1, 1, 1}, 2);
  eq::cpu::tensor<T> out(s, T(-7));
  std::vector<int> calls(s.size());
  const std::size_t d = s.sample_size();
  eq::cpu::transform_indexed(
      out,
      [&](std::size_t b, std::size_t i, T v, T factor, T nothing) {
        ++calls[b * d + i];  // each index is met by one thread only
        return v * factor + nothing + static_cast<T>(b) * 100 + static_cast<T>(i % 50);
      },
      x, eq::per_sample{scale}, eq::absent{});
  std::size_t wrong = 0;
  for (std::size_t b = 0; b < 3; ++b) {
    for (std::size_t i = 0; i < d; ++i) {
      const T expected = x.data()[b * d + i] * scale.data()[b] + static_cast<T>(b) * 100 + static_cast<T>(i % 50);
      wrong += !close(out.data()[b * d + i], expected, tolerance<T>::rounding, 1) || calls[b * d + i] != 1;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("a function of the index may read nothing else, and write over what it reads", "[cpu][indexed]") {
  eq::cpu::tensor<double> x({2, 1, 2, 3});
  eq::cpu::transform_indexed(x, [](std::size_t b, std::size_t i) { return static_cast<double>(10 * b + i); });
  CHECK(std::vector<double>(x.values().begin(), x.values().end()) ==
        std::vector<double>{0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15});
  eq::cpu::transform_indexed(
      x, [](std::size_t, std::size_t i, double v) { return v - static_cast<double>(i); }, x);
  CHECK(std::vector<double>(x.values().begin(), x.values().end()) ==
        std::vector<double>{0, 0, 0, 0, 0, 0, 10, 10, 10, 10, 10, 10});
  eq::cpu::tensor<double> none({0, 1, 2, 3});
  eq::cpu::transform_indexed(none, [](std::size_t, std::size_t) -> double { throw 1; });
}

TEST_CASE("a function of the index refuses tensors of another shape", "[cpu][indexed]") {
  eq::cpu::tensor<double> out({2, 1, 2, 3});
  const eq::cpu::tensor<double> other({2, 1, 3, 2}, 0.0);
  CHECK_THROWS_WITH(eq::cpu::transform_indexed(
                        out, [](std::size_t, std::size_t, double v) { return v; }, other),
                    contains("equireg::transform_indexed") && contains("(2, 1, 3, 2)"));
}

}  // namespace indexed_test
