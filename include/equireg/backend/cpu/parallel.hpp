// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `parallel_for`: the only place where the CPU backend asks OpenMP for threads.

#include <cstddef>
#include <exception>

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace equireg::cpu {

/// Threads that a parallel loop may use.
inline std::size_t thread_count() {
#if defined(_OPENMP)
  return omp_in_parallel() != 0 ? 1 : static_cast<std::size_t>(omp_get_max_threads());
#else
  return 1;
#endif
}

/// Calls body(i) for i = 0 ... count - 1, each once, on several threads if the loop as a whole is worth it.
///
/// `work` is about the number of elementary operations in one call: waking a team costs some microseconds, as much as
/// ten thousand of them. Iterations are dealt in contiguous runs. An exception in a body is thrown to the caller.
template <class Body>
void parallel_for(std::size_t count, std::size_t work, Body&& body) {
#if defined(_OPENMP)
  constexpr std::size_t worth_a_team = 1U << 15;
  if (count > 1 && count * work >= worth_a_team && thread_count() > 1) {
    std::exception_ptr failure;
#pragma omp parallel for schedule(static)
    for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(count); ++i) {
      try {
        body(static_cast<std::size_t>(i));
      } catch (...) {
#pragma omp critical(equireg_parallel_for)
        failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
    return;
  }
#endif
  static_cast<void>(work);
  for (std::size_t i = 0; i < count; ++i) body(i);
}

}  // namespace equireg::cpu
