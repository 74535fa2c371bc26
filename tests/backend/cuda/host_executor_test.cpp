// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/backend/cuda/block_sum.hpp>
#include <equireg/backend/cuda/host_executor.hpp>

#include <support/catch.hpp>

#include <cmath>
#include <vector>

namespace cuda_host_executor_test {

using namespace equireg::cuda;
using equireg::test::contains;

constexpr thread_order orders[] = {thread_order::concurrent, thread_order::ascending, thread_order::descending};

template <class T>
checked_pointer<T> whole(std::vector<T>& values) {
  return {values.data(), values.size()};
}

// out[i] = the number of the thread that came there, counted over all blocks, plus one.
struct count_kernel {
  template <class Context, class Out>
  void operator()(Context& context, Out out) const {
    const std::uint32_t i = context.block() * context.threads() + context.thread();
    out[i] += i + 1;
  }
};

TEST_CASE("each thread of each block runs once, in any order", "[backend][cuda]") {
  for (const thread_order order : orders) {
    for (const grid g : {grid{1, 1}, grid{3, 32}, grid{5, 7}}) {
      std::vector<std::uint32_t> out(std::size_t{g.blocks} * g.threads);
      host_executor(order).launch(count_kernel{}, g, whole(out));
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < out.size(); ++i) wrong += out[i] == i + 1 ? 0 : 1;
      CHECK(wrong == 0);
    }
  }
}

// Reverses each block's elements through shared memory.
template <bool with_barrier>
struct reverse_kernel {
  template <class Context, class Out>
  void operator()(Context& context, Out out) const {
    auto kept = context.template shared<float>(context.threads());
    const std::uint32_t t = context.thread(), first = context.block() * context.threads();
    kept[t] = out[first + t];
    if constexpr (with_barrier) context.sync();
    out[first + t] = kept[context.threads() - 1 - t];
  }
};

// How many elements are not reversed.
template <bool with_barrier>
std::size_t not_reversed(thread_order order) {
  const grid g{3, 24, 24 * sizeof(float)};
  std::vector<float> out(std::size_t{g.blocks} * g.threads);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(i);
  host_executor(order).launch(reverse_kernel<with_barrier>{}, g, whole(out));
  std::size_t wrong = 0;
  for (std::size_t b = 0; b < g.blocks; ++b) {
    for (std::size_t t = 0; t < g.threads; ++t) {
      wrong += out[b * g.threads + t] == static_cast<float>(b * g.threads + g.threads - 1 - t) ? 0 : 1;
    }
  }
  return wrong;
}

TEST_CASE("threads that meet at a barrier see what each wrote before it", "[backend][cuda]") {
  for (const thread_order order : orders) CHECK(not_reversed<true>(order) == 0);
}

TEST_CASE("a barrier that is missing shows where threads take turns", "[backend][cuda]") {
  CHECK(not_reversed<false>(thread_order::ascending) == 3 * 12);  // half of the threads come before their partner
  CHECK(not_reversed<false>(thread_order::descending) == 3 * 12);
}

// Thread 3 of the last block reaches one element too far.
struct overrun_kernel {
  template <class Context, class Out>
  void operator()(Context& context, Out out) const {
    const std::uint32_t i = context.block() * context.threads() + context.thread();
    if (i < 12) out[i + 1] = 1;
  }
};

TEST_CASE("an access out of range is refused, and says which", "[backend][cuda]") {
  for (const thread_order order : orders) {
    std::vector<float> out(12);
    CHECK_THROWS_WITH(host_executor(order).launch(overrun_kernel{}, grid{3, 4}, whole(out)),
                      contains("element 12 of an array of 12"));
  }
  std::vector<float> values(4);
  CHECK_THROWS_WITH((whole(values) + 2)[-3], contains("element -1 of an array of 4"));
}

// The threads of the first half meet once more than the others.
struct split_kernel {
  template <class Context>
  void operator()(Context& context) const {
    context.sync();
    if (context.thread() < context.threads() / 2) context.sync();
  }
};

TEST_CASE("a barrier that some threads do not come to is refused", "[backend][cuda]") {
  for (const thread_order order : orders) {
    CHECK_THROWS_WITH(host_executor(order).launch(split_kernel{}, grid{2, 8}),
                      contains("thread 4 of block 0 came to 1 barriers, thread 0 to 2"));
  }
}

struct greedy_kernel {
  template <class Context>
  void operator()(Context& context) const {
    context.template shared<float>(3);
    context.template shared<double>(2)[0] = 0;  // from byte 16 on
  }
};

TEST_CASE("no more memory is shared than the grid has", "[backend][cuda]") {
  CHECK_NOTHROW(host_executor(thread_order::ascending).launch(greedy_kernel{}, grid{1, 1, 32}));
  CHECK_THROWS_WITH(host_executor().launch(greedy_kernel{}, grid{1, 4, 31}),
                    contains("expected at most 31 bytes in all, but 32 are asked for"));
}

struct warp_sum_kernel {
  template <class Context, class Out>
  void operator()(Context& context, Out out) const {
    const std::uint32_t i = context.block() * context.threads() + context.thread();
    out[i] = context.warp_sum(out[i]);
  }
};

TEST_CASE("the sum of a warp is the same bits in each of its threads, added by halves", "[backend][cuda]") {
  for (const thread_order order : orders) {
    std::vector<float> values(192);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1 / static_cast<float>(i + 1);
    std::vector<float> expected = values;
    for (std::size_t first = 0; first < values.size(); first += 32) {
      for (std::size_t half = 16; half > 0; half /= 2) {
        for (std::size_t i = 0; i < half; ++i) expected[first + i] += expected[first + i + half];
      }
      for (std::size_t i = 1; i < 32; ++i) expected[first + i] = expected[first];
    }
    host_executor(order).launch(warp_sum_kernel{}, grid{3, 64}, whole(values));
    CHECK(values == expected);
  }
  std::vector<float> values(48);
  CHECK_THROWS_WITH(host_executor().launch(warp_sum_kernel{}, grid{1, 48}, whole(values)),
                    contains("expected blocks of whole warps of 32 threads, but they have 48"));
}

struct block_sum_kernel {
  template <class Context, class Out>
  void operator()(Context& context, Out out) const {
    const std::uint32_t i = context.block() * context.threads() + context.thread();
    out[i] = block_sum(context, out[i]);
  }
};

TEST_CASE("the sum of a block reaches all of its threads", "[backend][cuda]") {
  for (const thread_order order : orders) {
    for (const std::uint32_t threads : {32U, 96U}) {
      std::vector<double> values(2 * threads);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
      host_executor(order).launch(block_sum_kernel{}, grid{2, threads, block_sum_bytes(threads)}, whole(values));
      const double n = threads;
      for (std::uint32_t i = 0; i < 2 * threads; ++i) {
        CHECK(values[i] == (i < threads ? n * (n - 1) / 2 : n * (n - 1) / 2 + n * n));
      }
    }
  }
}

}  // namespace cuda_host_executor_test
