// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/backend/cpu/memory_pool.hpp>

#include <support/catch.hpp>

#include <cstdint>
#include <cstring>
#include <new>
#include <thread>
#include <utility>
#include <vector>

// AddressSanitizer's builds give every block back.
#if defined(__SANITIZE_ADDRESS__)
#define POOL_KEEPS_BLOCKS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOL_KEEPS_BLOCKS 0
#endif
#endif
#ifndef POOL_KEEPS_BLOCKS
#define POOL_KEEPS_BLOCKS 1
#endif

// Both sanitizers bring an operator new that does not throw.
#if !POOL_KEEPS_BLOCKS || defined(__SANITIZE_THREAD__)
#define SANITIZER_ENDS_PROGRAM 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SANITIZER_ENDS_PROGRAM 1
#endif
#endif
#ifndef SANITIZER_ENDS_PROGRAM
#define SANITIZER_ENDS_PROGRAM 0
#endif

namespace memory_pool_test {

using equireg::cpu::memory_pool;

TEST_CASE("blocks are aligned, writable and apart", "[backend][memory_pool]") {
  memory_pool pool;
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (const std::size_t bytes : {1, 63, 64, 65, 96, 97, 128, 1000, 4097, 70000}) {
    auto* block = static_cast<unsigned char*>(pool.allocate(bytes));
    CHECK(reinterpret_cast<std::uintptr_t>(block) % memory_pool::alignment == 0);
    std::memset(block, static_cast<int>(blocks.size()), bytes);
    blocks.emplace_back(block, bytes);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    CHECK(blocks[i].first[0] == i);
    CHECK(blocks[i].first[blocks[i].second - 1] == i);
    pool.deallocate(blocks[i].first, blocks[i].second);
  }
  CHECK(pool.usage().in_use == 0);
  pool.release();
  CHECK(pool.usage().cached == 0);
}

TEST_CASE("a freed block serves the next request of its size", "[backend][memory_pool]") {
  memory_pool pool;
  void* first = pool.allocate(1000);
  const std::size_t size = pool.usage().in_use;
  pool.deallocate(first, 1000);
#if POOL_KEEPS_BLOCKS
  CHECK(pool.usage().cached == size);
  void* second = pool.allocate(1024);  // 1000 and 1024 are one class
  CHECK(second == first);
  CHECK(pool.usage().cached == 0);
  pool.deallocate(second, 1024);
#endif
  CHECK(size == 1024);
  pool.release();
}

TEST_CASE("at most a third of a block is wasted", "[backend][memory_pool]") {
  memory_pool pool;
  for (std::size_t bytes = 64; bytes < 5000; bytes += 7) {
    void* block = pool.allocate(bytes);
    const std::size_t size = pool.usage().in_use;
    CHECK(size >= bytes);
    CHECK(3 * (size - bytes) <= size);
    pool.deallocate(block, bytes);
  }
  pool.release();
}

TEST_CASE("the peak is the most that was in use at once", "[backend][memory_pool]") {
  memory_pool pool;
  void* a = pool.allocate(1024);
  void* b = pool.allocate(2048);
  pool.deallocate(a, 1024);
  CHECK(pool.usage().peak == 3072);
  CHECK(pool.usage().in_use == 2048);
  pool.reset_peak();
  CHECK(pool.usage().peak == 2048);
  pool.deallocate(b, 2048);
  pool.release();
}

TEST_CASE("a request that cannot be met counts as nothing", "[backend][memory_pool]") {
  memory_pool pool;
  CHECK_THROWS_AS(pool.allocate(SIZE_MAX), std::bad_alloc);
#if !SANITIZER_ENDS_PROGRAM  // where malloc would return null
  CHECK_THROWS_AS(pool.allocate(std::size_t{1} << 61), std::bad_alloc);
#endif
  CHECK(pool.usage().in_use == 0);
  CHECK(pool.usage().peak == 0);
  CHECK_THROWS_AS(equireg::cpu::pool_allocator<double>{}.allocate(SIZE_MAX / 4), std::bad_alloc);
}

TEST_CASE("threads share one pool", "[backend][memory_pool]") {
  memory_pool pool;
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&pool, &wrong, t] {
      for (int i = 0; i < 500; ++i) {
        const auto bytes = static_cast<std::size_t>(100 + 50 * (i % 7));
        auto* block = static_cast<unsigned char*>(pool.allocate(bytes));
        std::memset(block, t, bytes);
        for (std::size_t k = 0; k < bytes; ++k) wrong[static_cast<std::size_t>(t)] += block[k] == t ? 0 : 1;
        pool.deallocate(block, bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4));
  CHECK(pool.usage().in_use == 0);
  pool.release();
}

}  // namespace memory_pool_test
