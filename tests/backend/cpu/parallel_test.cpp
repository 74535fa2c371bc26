// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/backend/cpu/parallel.hpp>

#include <support/catch.hpp>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace parallel_test {

using equireg::cpu::parallel_for;

TEST_CASE("a parallel loop calls each index once", "[backend][parallel]") {
  for (const std::size_t work : {std::size_t{1}, std::size_t{1} << 20}) {
    for (const std::size_t count : {0, 1, 2, 7, 1000}) {
      std::vector<int> calls(count);
      parallel_for(count, work, [&](std::size_t i) { ++calls[i]; });
      CHECK(std::all_of(calls.begin(), calls.end(), [](int n) { return n == 1; }));
    }
  }
}

TEST_CASE("an exception in a parallel loop reaches the caller", "[backend][parallel]") {
  for (const std::size_t work : {std::size_t{1}, std::size_t{1} << 20}) {
    const auto loop = [work] {
      parallel_for(100, work, [](std::size_t i) {
        if (i == 70) throw std::runtime_error("seventy");
      });
    };
    CHECK_THROWS_WITH(loop(), "seventy");
  }
}

TEST_CASE("a loop inside a parallel loop stays on its thread", "[backend][parallel]") {
  std::vector<std::size_t> inner(8);
  std::vector<int> calls(8 * 50);
  parallel_for(8, std::size_t{1} << 20, [&](std::size_t i) {
    inner[i] = equireg::cpu::thread_count();
    parallel_for(50, std::size_t{1} << 20, [&](std::size_t j) { ++calls[i * 50 + j]; });
  });
  CHECK(std::all_of(calls.begin(), calls.end(), [](int n) { return n == 1; }));
  // Where the outer loop had a team, an inner one has none.
  if (equireg::cpu::thread_count() > 1) CHECK(inner == std::vector<std::size_t>(8, 1));
}

}  // namespace parallel_test
