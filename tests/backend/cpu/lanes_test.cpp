// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>

#include <equireg/backend/cpu/lanes.hpp>

namespace lanes_test {

TEMPLATE_TEST_CASE("a tile turns its rows into columns", "[backend][lanes]", float, double) {
  equireg::cpu::tile<TestType> t;
  constexpr std::size_t size = equireg::cpu::tile<TestType>::size;
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) t.row[i][j] = static_cast<TestType>(i * size + j);
  }
  t.transpose();
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) CHECK(t.row[i][j] == static_cast<TestType>(j * size + i));
  }
}

}  // namespace lanes_test
