// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Pooled host memory: a solver's step takes and gives back the same blocks as the step before.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <vector>

namespace equireg::cpu {

/// Keeps freed blocks by size, so that tensors made in every step cost no page faults: at 3 x 256 x 256 mapping and
/// clearing fresh pages costs more than the arithmetic. Thread safe. Blocks are aligned to 64 bytes, a cache line.
///
/// Sizes are rounded up to a power of two or one and a half times it: at most a third is wasted.
class memory_pool {
 public:
  static constexpr std::size_t alignment = 64;

  /// The process's pool. It is never destroyed, so that tensors with static storage may outlive main.
  static memory_pool& instance() {
    static auto* pool = new memory_pool;
    return *pool;
  }

  /// A block of at least `bytes`. Throws std::bad_alloc.
  void* allocate(std::size_t bytes) {
    const std::size_t kind = size_class(bytes);
    {
      const std::lock_guard lock(mutex_);
      if (kind < free_.size() && !free_[kind].empty()) {
        void* block = free_[kind].back();
        free_[kind].pop_back();
        cached_ -= class_bytes(kind);
        count(class_bytes(kind));
        return block;
      }
    }
    void* block = ::operator new(class_bytes(kind), std::align_val_t{alignment});
    const std::lock_guard lock(mutex_);
    count(class_bytes(kind));
    return block;
  }

  /// Takes back a block of `bytes`.
  void deallocate(void* block, std::size_t bytes) noexcept {
    const std::size_t kind = size_class(bytes);
    const std::lock_guard lock(mutex_);
    in_use_ -= class_bytes(kind);
    if constexpr (keeps_blocks) {
      try {
        if (kind >= free_.size()) free_.resize(kind + 1);
        free_[kind].push_back(block);
        cached_ += class_bytes(kind);
        return;
      } catch (const std::bad_alloc&) {  // no room to remember it: give it back
      }
    }
    ::operator delete(block, std::align_val_t{alignment});
  }

  /// Returns all unused blocks to the system.
  void release() {
    const std::lock_guard lock(mutex_);
    for (auto& blocks : free_) {
      for (void* block : blocks) ::operator delete(block, std::align_val_t{alignment});
      blocks.clear();
    }
    cached_ = 0;
  }

  /// Bytes in live tensors, in unused blocks, and the largest number of live bytes so far.
  struct statistics {
    std::size_t in_use;
    std::size_t cached;
    std::size_t peak;
  };
  [[nodiscard]] statistics usage() const {
    const std::lock_guard lock(mutex_);
    return {in_use_, cached_, peak_};
  }

  /// Starts a new measurement of the peak.
  void reset_peak() {
    const std::lock_guard lock(mutex_);
    peak_ = in_use_;
  }

 private:
  // AddressSanitizer sees a use after free only if freed blocks leave the program.
#if defined(__SANITIZE_ADDRESS__)
  static constexpr bool keeps_blocks = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  static constexpr bool keeps_blocks = false;
#else
  static constexpr bool keeps_blocks = true;
#endif
#else
  static constexpr bool keeps_blocks = true;
#endif

  // To be called with the lock held.
  void count(std::size_t bytes) {
    in_use_ += bytes;
    if (in_use_ > peak_) peak_ = in_use_;
  }

  // Class 2 n holds 2^n bytes, class 2 n + 1 holds 1.5 * 2^n.
  static std::size_t class_bytes(std::size_t kind) {
    const std::size_t power = std::size_t{1} << (kind / 2);
    return kind % 2 == 0 ? power : power + power / 2;
  }
  static std::size_t size_class(std::size_t bytes) {
    if (bytes < alignment) bytes = alignment;
    if (bytes > PTRDIFF_MAX) throw std::bad_alloc();
    const auto n = static_cast<std::size_t>(std::bit_width(bytes)) - 1;  // 2^n <= bytes
    if (bytes == std::size_t{1} << n) return 2 * n;
    return bytes <= class_bytes(2 * n + 1) ? 2 * n + 1 : 2 * n + 2;
  }

  mutable std::mutex mutex_;
  std::vector<std::vector<void*>> free_;
  std::size_t in_use_ = 0, cached_ = 0, peak_ = 0;
};

/// The standard allocator over the pool.
template <class T>
struct pool_allocator {
  using value_type = T;

  pool_allocator() = default;
  template <class Other>
  pool_allocator(const pool_allocator<Other>&) noexcept {}

  T* allocate(std::size_t count) {
    if (count > SIZE_MAX / sizeof(T)) throw std::bad_alloc();
    return static_cast<T*>(memory_pool::instance().allocate(count * sizeof(T)));
  }
  void deallocate(T* block, std::size_t count) noexcept {
    memory_pool::instance().deallocate(block, count * sizeof(T));
  }

  bool operator==(const pool_allocator&) const { return true; }
};

}  // namespace equireg::cpu
