// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>

#include <equireg/score/level_cache.hpp>

#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace level_cache_test {

namespace eq = equireg;

TEST_CASE("a level's value is made once while the level stays", "[score][level_cache]") {
  eq::score::level_cache<int> cache;
  int made = 0;
  const auto get = [&](double signal, double noise, double time = 0) {
    return cache.get({signal, noise, time}, [&] { return ++made; });
  };
  const auto first = get(0, 0);  // equal to a level that was never set
  CHECK(*first == 1);
  CHECK(get(0, 0) == first);
  CHECK(*get(1, 0.5) == 2);
  CHECK(*get(1, 0.5, 3) == 2);  // the time is but a name
  CHECK(*get(1, 0.25) == 3);
  CHECK(*get(0.5, 0.25) == 4);
  CHECK(*get(1, 0.5) == 5);  // only the last two levels are kept
  CHECK(*first == 1);        // and who holds a value keeps it
}

TEST_CASE("two levels that take turns are each made once", "[score][level_cache]") {
  eq::score::level_cache<int> cache;
  int made = 0;
  const auto get = [&](double noise) { return *cache.get({1, noise, 0}, [&] { return ++made; }); };
  for (int i = 0; i < 3; ++i) {
    CHECK(get(0.5) == 1);
    CHECK(get(0.25) == 2);
  }
  CHECK(get(0.125) == 3);  // takes the place of 0.5, which was not used as lately as 0.25
  CHECK(get(0.25) == 2);
  CHECK(get(0.5) == 4);
}

TEST_CASE("a failure to make a level's value leaves the one before", "[score][level_cache]") {
  eq::score::level_cache<int> cache;
  const auto kept = cache.get({1, 2, 0}, [] { return 7; });
  CHECK_THROWS_AS(cache.get({1, 3, 0}, []() -> int { throw std::runtime_error("no"); }), std::runtime_error);
  CHECK(cache.get({1, 2, 0}, [] { return 8; }) == kept);
}

TEST_CASE("threads at different levels each get the value of their own", "[score][level_cache]") {
  eq::score::level_cache<double> cache;
  std::vector<int> wrong(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) {
        const double noise = static_cast<double>(t % 2 == 0 ? t : static_cast<std::size_t>(i));
        wrong[t] += *cache.get({1, noise, 0}, [&] { return 2 * noise; }) != 2 * noise;
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(wrong == std::vector<int>(4));
}

}  // namespace level_cache_test
