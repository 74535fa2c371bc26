// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/hartley.hpp>
#include <equireg/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace hartley_test {

namespace eq = equireg;
using namespace equireg::test;

TEMPLATE_TEST_CASE("the hartley transform is the sum of its definition and its own inverse", "[backend][hartley]",
                   float, double) {
  for (const eq::extent e : {eq::extent{1, 1}, eq::extent{1, 6}, eq::extent{4, 6}, eq::extent{5, 7}, eq::extent{11, 1},
                             eq::extent{22, 26}}) {
    INFO(eq::to_text(e));
    eq::cpu::tensor<TestType> x({1, 3, e.height, e.width});
    fill_normal(x, {3, 0, eq::purpose::user, 0});
    const auto y = hartley(x);
    const double n = static_cast<double>(e.height * e.width);
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t k = 0; k < e.height * e.width; k += 5) {
        const std::size_t i = k / e.width, j = k % e.width;
        double sum = 0;
        for (std::size_t p = 0; p < e.height; ++p) {
          for (std::size_t q = 0; q < e.width; ++q) {
            const double angle = 2 * std::numbers::pi *
                                 (static_cast<double>(i * p) / static_cast<double>(e.height) +
                                  static_cast<double>(j * q) / static_cast<double>(e.width));
            sum += static_cast<double>(x(0, c, p, q)) * (std::cos(angle) + std::sin(angle));
          }
        }
        CHECK(close(y(0, c, i, j), sum / std::sqrt(n), tolerance<TestType>::rounding, 4.0));  // the largest is about 4
      }
    }
    CHECK(relative_error(hartley(y).values(), x.values()) < tolerance<TestType>::rounding);
  }
}

TEST_CASE("a sample's hartley transform has the same bits in any batch, whatever the others hold",
          "[backend][hartley]") {
  const eq::shape s{4, 1, 12, 14};
  eq::cpu::tensor<float> x(s);
  fill_normal(x, {4, 0, eq::purpose::user, 0});
  x(2, 0, 3, 3) = std::numeric_limits<float>::quiet_NaN();
  const auto y = hartley(x);
  for (const std::size_t b : {0U, 1U, 3U}) {
    const auto alone = hartley(eq::cpu::tensor<float>(s.with_batch(1), x.sample(b)));
    CHECK(std::equal(alone.values().begin(), alone.values().end(), y.sample(b).begin()));
  }
}

}  // namespace hartley_test
