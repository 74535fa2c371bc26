// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>

#include <equireg/core/memo.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace memo_test {

using equireg::memo;

TEST_CASE("a memo makes each value once", "[core][memo]") {
  memo<std::string, int> values;
  int made = 0;
  const auto get = [&](const std::string& key) { return values.get(key, [&] { return ++made; }); };
  const auto a = get("a"), b = get("b");
  CHECK(*a == 1);
  CHECK(*b == 2);
  CHECK(get("a") == a);
  CHECK(get("b") == b);
  CHECK(made == 2);
}

TEST_CASE("a memo forgets what was not used for longest, and no one who holds it notices", "[core][memo]") {
  memo<int, int> values(2);
  int made = 0;
  const auto get = [&](int key) {
    return values.get(key, [&] {
      ++made;
      return 10 * key;
    });
  };
  const auto one = get(1);
  get(2);
  get(1);  // 2 is now the older one
  get(3);
  CHECK(made == 3);
  CHECK(get(1) == one);
  CHECK(made == 3);
  CHECK(*get(2) == 20);  // made again, in place of 3
  CHECK(made == 4);
  get(3);  // in place of 1
  CHECK(made == 5);
  CHECK(get(1) != one);
  CHECK(*one == 10);
}

TEST_CASE("a value that could not be made is tried again", "[core][memo]") {
  memo<int, int> values;
  CHECK_THROWS_AS(values.get(1, []() -> int { throw std::runtime_error("no"); }), std::runtime_error);
  CHECK(*values.get(1, [] { return 7; }) == 7);
}

TEST_CASE("threads that ask for one value at the same time share one", "[core][memo]") {
  memo<int, int> values;
  std::atomic<int> made = 0;
  std::vector<std::shared_ptr<const int>> got(8);
  std::vector<std::thread> threads;
  for (auto& mine : got) {
    threads.emplace_back([&] { mine = values.get(5, [&] { return ++made; }); });
  }
  for (auto& t : threads) t.join();
  CHECK(made == 1);
  for (const auto& each : got) CHECK(each == got[0]);
}

}  // namespace memo_test
