// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>

#include <equireg/backend/cpu/square_roots.hpp>

#include <cmath>
#include <limits>
#include <vector>

namespace square_roots_test {

TEMPLATE_TEST_CASE("roots are those of the standard library, bit for bit, for any count", "[backend][square_roots]",
                   float, double) {
  for (std::size_t count = 0; count < 40; ++count) {
    std::vector<TestType> x(count + 1);
    for (std::size_t i = 0; i <= count; ++i) x[i] = static_cast<TestType>(i * i * i) / 7;
    auto roots = x;
    equireg::cpu::take_square_roots(roots.data(), count);
    for (std::size_t i = 0; i < count; ++i) CHECK(roots[i] == std::sqrt(x[i]));
    CHECK(roots[count] == x[count]);
  }
  std::vector<TestType> special(16, std::numeric_limits<TestType>::infinity());
  special[1] = std::numeric_limits<TestType>::denorm_min();
  special[2] = -1;
  equireg::cpu::take_square_roots(special.data(), special.size());
  CHECK(special[0] == std::numeric_limits<TestType>::infinity());
  CHECK(special[1] == std::sqrt(std::numeric_limits<TestType>::denorm_min()));
  CHECK(std::isnan(special[2]));
}

}  // namespace square_roots_test
