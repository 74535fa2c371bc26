// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `thread_scope`: another number of OpenMP threads for a while.

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace equireg::test {

/// While it lives, parallel loops use `threads` threads. Without OpenMP nothing changes.
class thread_scope {
 public:
#if defined(_OPENMP)
  explicit thread_scope(int threads) : before_(omp_get_max_threads()) { omp_set_num_threads(threads); }
  ~thread_scope() { omp_set_num_threads(before_); }
#else
  explicit thread_scope(int) {}
  ~thread_scope() {}
#endif
  thread_scope(const thread_scope&) = delete;
  thread_scope& operator=(const thread_scope&) = delete;

 private:
#if defined(_OPENMP)
  int before_;
#endif
};

}  // namespace equireg::test
