// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `host_executor`: runs kernels on threads of the host and reports what a GPU would not.
///
/// An access out of range throws, for kernels are handed `checked_pointer`s. A barrier that is missing shows in two
/// ways. ThreadSanitizer reports it where threads run together. And where they take turns, each running up to its next
/// barrier, a thread reads what a later one has not yet written: shared memory begins as bytes 0xff, which are NaN.
/// Turns in both directions find what the order of one would hide.

#include <equireg/backend/cuda/grid.hpp>
#include <equireg/backend/cuda/sources.hpp>
#include <equireg/core/error.hpp>

#include <algorithm>
#include <barrier>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace equireg::cuda {

/// A pointer into an array that knows the array's ends: reading or writing past them throws.
template <class T>
class checked_pointer {
 public:
  checked_pointer() = default;
  checked_pointer(T* first, std::size_t count) : first_(first), count_(count) {}

  /// A pointer to constants from one to variables.
  template <class U>
    requires std::is_same_v<const U, T>
  checked_pointer(const checked_pointer<U>& p) : first_(p.first_), count_(p.count_), at_(p.at_) {}

  T& operator[](std::ptrdiff_t i) const {
    const std::ptrdiff_t index = at_ + i;
    require(index >= 0 && static_cast<std::size_t>(index) < count_, "equireg::cuda::checked_pointer", "element ", index,
            " of an array of ", count_);
    return first_[index];
  }
  T& operator*() const { return (*this)[0]; }
  friend checked_pointer operator+(checked_pointer p, std::ptrdiff_t n) {
    p.at_ += n;
    return p;
  }

 private:
  template <class>
  friend class checked_pointer;

  T* first_ = nullptr;
  std::size_t count_ = 0;
  std::ptrdiff_t at_ = 0;
};

/// A view of a tensor of the host whose every access is checked.
template <class X>
  requires requires(X& x) { x.data(); }
auto checked(X& x) {
  return view{checked_pointer{x.data(), x.shape().size()}, x.shape()};
}

/// Which thread of a block runs when.
enum class thread_order {
  concurrent,  ///< all at once, as the system will
  ascending,   ///< in turns up to the next barrier, thread 0 first
  descending,  ///< in turns, thread 0 last
};

namespace detail {

/// The threads that meet: all of a block, or those of a warp.
class meeting {
 public:
  explicit meeting(std::ptrdiff_t members) : barrier_(members), missing_(members), members_(members) {}

  // ---- together ----
  void arrive_and_wait() { barrier_.arrive_and_wait(); }
  void arrive_and_drop() { barrier_.arrive_and_drop(); }

  // ---- in turns: to be called by the thread whose turn it is ----
  std::size_t arrive() {
    const std::size_t round = round_;
    release_if(--missing_ == 0);
    return round;
  }
  void drop() {
    --members_;
    release_if(--missing_ == 0);
  }
  [[nodiscard]] bool is_over(std::size_t round) const { return round != round_; }

 private:
  void release_if(bool complete) {
    if (!complete) return;
    missing_ = members_;
    ++round_;
  }

  std::barrier<> barrier_;
  std::ptrdiff_t missing_, members_;
  std::size_t round_ = 0;
};

/// One block: its shared memory, its barriers, and whose turn it is.
class host_block {
 public:
  host_block(const grid& g, thread_order order)
      : order_(order), threads_(g.threads), shared_(g.shared_bytes / sizeof(std::max_align_t) + 1), all_(g.threads) {
    std::memset(shared_.data(), 0xff, shared_.size() * sizeof(std::max_align_t));
    for (std::uint32_t first = 0; first < g.threads; first += warp_size) {
      warps_.push_back(std::make_unique<meeting>(std::min(warp_size, g.threads - first)));
    }
    if (order != thread_order::concurrent) {
      waits_for_.resize(g.threads);
      comes_ = std::make_unique<std::condition_variable[]>(g.threads);
      turn_ = order == thread_order::ascending ? 0 : g.threads - 1;
    }
  }

  [[nodiscard]] unsigned char* shared() { return reinterpret_cast<unsigned char*>(shared_.data()); }
  [[nodiscard]] meeting& all() { return all_; }
  [[nodiscard]] meeting& warp_of(std::uint32_t thread) { return *warps_[thread / warp_size]; }

  /// Waits until the thread may start.
  void begin(std::uint32_t thread) {
    if (order_ == thread_order::concurrent) return;
    std::unique_lock lock(mutex_);
    comes_[thread].wait(lock, [&] { return turn_ == thread; });
  }

  void meet(std::uint32_t thread, meeting& where) {
    if (order_ == thread_order::concurrent) {
      where.arrive_and_wait();
      return;
    }
    std::unique_lock lock(mutex_);
    waits_for_[thread] = {.where = &where, .round = where.arrive()};
    pass_on(thread);
    comes_[thread].wait(lock, [&] { return turn_ == thread; });
    waits_for_[thread] = {};
  }

  /// The thread will come to no barrier any more.
  void end(std::uint32_t thread) {
    if (order_ == thread_order::concurrent) {
      all_.arrive_and_drop();
      warp_of(thread).arrive_and_drop();
      return;
    }
    const std::lock_guard lock(mutex_);
    all_.drop();
    warp_of(thread).drop();
    waits_for_[thread].ended = true;
    pass_on(thread);
  }

 private:
  struct place {
    meeting* where = nullptr;
    std::size_t round = 0;
    bool ended = false;
  };

  // The next in order that can go on. Threads that end count as arrived, so that there is one until all have ended.
  void pass_on(std::uint32_t from) {
    for (std::uint32_t n = 1; n <= threads_; ++n) {
      const std::uint32_t next = (order_ == thread_order::ascending ? from + n : from + threads_ - n) % threads_;
      const place& p = waits_for_[next];
      if (!p.ended && (p.where == nullptr || p.where->is_over(p.round))) {
        turn_ = next;
        comes_[next].notify_one();
        return;
      }
    }
  }

  thread_order order_;
  std::uint32_t threads_;
  std::vector<std::max_align_t> shared_;
  meeting all_;
  std::vector<std::unique_ptr<meeting>> warps_;

  std::mutex mutex_;  // of what follows, which only turns use
  std::unique_ptr<std::condition_variable[]> comes_;  // a thread's turn
  std::vector<place> waits_for_;
  std::uint32_t turn_ = 0;
};

}  // namespace detail

/// The execution context of one thread on the host.
class host_context {
 public:
  host_context(detail::host_block& home, const grid& g, std::uint32_t block, std::uint32_t thread,
               std::vector<double>& exchange)
      : home_(&home), grid_(g), block_(block), thread_(thread), exchange_(&exchange) {}

  [[nodiscard]] std::uint32_t block() const { return block_; }
  [[nodiscard]] std::uint32_t blocks() const { return grid_.blocks; }
  [[nodiscard]] std::uint32_t thread() const { return thread_; }
  [[nodiscard]] std::uint32_t threads() const { return grid_.threads; }

  void sync() {
    ++barriers_;
    home_->meet(thread_, home_->all());
  }

  template <class T>
  checked_pointer<T> shared(std::size_t count) {
    const std::size_t first = quotient_up(shared_used_, alignof(T)) * alignof(T);
    shared_used_ = first + count * sizeof(T);
    require(shared_used_ <= grid_.shared_bytes, "equireg::cuda::host_context::shared", "expected at most ",
            grid_.shared_bytes, " bytes in all, but ", shared_used_, " are asked for");
    return {reinterpret_cast<T*>(home_->shared() + first), count};
  }

  /// Added as the hardware's exchange of registers does: with the thread 16 apart, then 8, 4, 2, 1.
  template <class T>
  T warp_sum(T v) {
    require(grid_.threads % warp_size == 0, "equireg::cuda::host_context::warp_sum",
            "expected blocks of whole warps of ", warp_size, " threads, but they have ", grid_.threads);
    detail::meeting& warp = home_->warp_of(thread_);
    const std::uint32_t lane = thread_ % warp_size;
    double* const values = exchange_->data() + std::size_t{block_} * grid_.threads + (thread_ - lane);
    values[lane] = static_cast<double>(v);
    home_->meet(thread_, warp);
    T sums[warp_size];
    for (std::uint32_t i = 0; i < warp_size; ++i) sums[i] = static_cast<T>(values[i]);
    home_->meet(thread_, warp);
    for (std::uint32_t apart = warp_size / 2; apart > 0; apart /= 2) {
      T added[warp_size];
      for (std::uint32_t i = 0; i < warp_size; ++i) added[i] = sums[i] + sums[i ^ apart];
      std::copy_n(added, warp_size, sums);
    }
    return sums[lane];
  }

  /// How often `sync` was called.
  [[nodiscard]] std::size_t barriers() const { return barriers_; }

 private:
  detail::host_block* home_;
  grid grid_;
  std::uint32_t block_, thread_;
  std::vector<double>* exchange_;
  std::size_t shared_used_ = 0, barriers_ = 0;
};

/// Runs kernels on the host: each thread of a block is a thread of the system, which takes one block after the other.
/// ThreadSanitizer sees races within a block; those between blocks only where two different threads meet in them, since
/// one thread takes its blocks in order. Threads of a warp that wait at different barriers wait for ever.
class host_executor {
 public:
  /// Blocks have `threads` threads where the launcher leaves the choice.
  explicit host_executor(thread_order order = thread_order::concurrent, std::uint32_t threads = 2 * warp_size)
      : order_(order), threads_(threads) {
    require(threads > 0, "equireg::cuda::host_executor", "expected at least 1 thread in a block, got 0");
  }

  /// Threads of a block where nothing else decides.
  [[nodiscard]] std::uint32_t threads() const { return threads_; }

  /// Runs the kernel to its end. Throws what a thread throws, and where the threads of a block do not come to the same
  /// number of barriers.
  template <class Kernel, class... Arguments>
  void launch(const Kernel& kernel, const grid& g, const Arguments&... arguments) {
    std::vector<std::unique_ptr<detail::host_block>> blocks;
    for (std::uint32_t b = 0; b < g.blocks; ++b) blocks.push_back(std::make_unique<detail::host_block>(g, order_));
    std::vector<double> exchange(std::size_t{g.blocks} * g.threads);
    std::vector<std::exception_ptr> errors(g.threads);
    std::vector<std::size_t> barriers(std::size_t{g.blocks} * g.threads);
    {
      std::vector<std::jthread> threads;
      for (std::uint32_t t = 0; t < g.threads; ++t) {
        threads.emplace_back([&, t] {
          for (std::uint32_t b = 0; b < g.blocks; ++b) {
            host_context context(*blocks[b], g, b, t, exchange);
            blocks[b]->begin(t);
            try {
              kernel(context, arguments...);
            } catch (...) {
              if (!errors[t]) errors[t] = std::current_exception();
            }
            barriers[std::size_t{b} * g.threads + t] = context.barriers();
            blocks[b]->end(t);
          }
        });
      }
    }
    for (const std::exception_ptr& e : errors) {
      if (e) std::rethrow_exception(e);
    }
    for (std::size_t i = 0; i < barriers.size(); ++i) {
      const std::size_t b = i / g.threads, first = barriers[b * g.threads];
      require(barriers[i] == first, "equireg::cuda::host_executor", "thread ", i % g.threads, " of block ", b,
              " came to ", barriers[i], " barriers, thread 0 to ", first);
    }
  }

  /// That of this thread. It may be assigned to, to change the order.
  static host_executor& current() {
    thread_local host_executor mine;
    return mine;
  }

  /// Memory of the host. It begins as bytes 0xff: what is read before it is written shows as NaN.
  template <class T>
  class buffer {
   public:
    buffer() = default;
    buffer(const host_executor&, std::size_t count) : values_(count) {
      if (count > 0) std::memset(values_.data(), 0xff, count * sizeof(T));
    }
    [[nodiscard]] T* data() { return values_.data(); }
    [[nodiscard]] const T* data() const { return values_.data(); }

   private:
    std::vector<T> values_;
  };

  template <class T>
  static checked_pointer<T> pointer(T* first, std::size_t count) {
    return {first, count};
  }

  template <class T>
  void upload(T* to, const T* from, std::size_t count) {
    std::copy_n(from, count, to);
  }
  template <class T>
  void download(T* to, const T* from, std::size_t count) {
    std::copy_n(from, count, to);
  }
  template <class T>
  void copy(T* to, const T* from, std::size_t count) {
    std::copy_n(from, count, to);
  }

 private:
  thread_order order_;
  std::uint32_t threads_;
};

}  // namespace equireg::cuda
