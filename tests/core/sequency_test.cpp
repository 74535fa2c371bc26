// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/core/sequency.hpp>

#include <support/catch.hpp>

#include <bit>
#include <vector>

namespace sequency_test {

using equireg::sequency_to_natural;

static_assert(equireg::is_power_of_two(1) && equireg::is_power_of_two(1024));
static_assert(!equireg::is_power_of_two(0) && !equireg::is_power_of_two(12));

TEST_CASE("the sequency order of eight is 0, 4, 6, 2, 3, 7, 5, 1", "[core][sequency]") {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < 8; ++i) order.push_back(sequency_to_natural(i, 8));
  CHECK(order == std::vector<std::size_t>{0, 4, 6, 2, 3, 7, 5, 1});
}

TEST_CASE("a row of a Hadamard matrix changes its sign as often as its sequency says", "[core][sequency]") {
  for (const std::size_t n : {1U, 2U, 16U, 128U}) {
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t row = sequency_to_natural(i, n);
      std::size_t changes = 0;
      for (std::size_t j = 0; j + 1 < n; ++j) {
        changes += (std::popcount(row & j) + std::popcount(row & (j + 1))) % 2 == 0 ? 0 : 1;
      }
      CHECK(changes == i);
    }
  }
}

}  // namespace sequency_test
