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

namespace detail {

/// Calls body(context, first, last) for contiguous ranges that cover 0 ... count - 1, one for each thread that is worth
/// it. Not a template, so that a program compiles the team once and not in every loop.
inline void for_ranges(std::size_t count, std::size_t work, void (*body)(const void*, std::size_t, std::size_t),
                       const void* context) {
#if defined(_OPENMP)
  constexpr std::size_t worth_a_team = 1U << 15;
  if (count > 1 && count * work >= worth_a_team && thread_count() > 1) {
    std::exception_ptr failure;
#pragma omp parallel
    {
      const auto threads = static_cast<std::size_t>(omp_get_num_threads());
      const auto thread = static_cast<std::size_t>(omp_get_thread_num());
      try {
        body(context, count * thread / threads, count * (thread + 1) / threads);
      } catch (...) {
#pragma omp critical(equireg_for_ranges)
        failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
    return;
  }
#endif
  static_cast<void>(work);
  body(context, 0, count);
}

}  // namespace detail

/// Calls body(i) for i = 0 ... count - 1, each once, on several threads if the loop as a whole is worth it.
///
/// `work` is about the number of elementary operations in one call: waking a team costs some microseconds, as much as
/// ten thousand of them. Iterations are dealt in contiguous runs. An exception in a body is thrown to the caller, after
/// the other runs have ended.
template <class Body>
void parallel_for(std::size_t count, std::size_t work, const Body& body) {
  detail::for_ranges(
      count, work,
      [](const void* context, std::size_t first, std::size_t last) {
        const Body& run = *static_cast<const Body*>(context);
        for (std::size_t i = first; i < last; ++i) run(i);
      },
      &body);
}

}  // namespace equireg::cpu
