// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Two programs for the same work, timed in turns: on a shared machine a ratio outlives what a time does not.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace bench {

/// Seconds of one call.
template <class F>
double seconds(F&& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline double median(std::vector<double> v) {
  std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

/// Runs `ours` and `reference` in turns for as long as Google Benchmark wants, each as often in a turn as it takes to
/// fill a millisecond. Reports the time of ours, `reference_us`, and `ratio`, the median over turns of ours to reference.
template <class Ours, class Reference>
void compare(benchmark::State& state, Ours&& ours, Reference&& reference) {
  ours();
  reference();
  const double once = std::max(seconds(ours), 1e-9);
  const auto calls = static_cast<std::size_t>(std::clamp(1e-3 / once, 1.0, 1000.0));
  std::vector<double> ratios, references;
  for (auto _ : state) {
    const double mine = seconds([&] {
      for (std::size_t i = 0; i < calls; ++i) ours();
    });
    const double other = seconds([&] {
      for (std::size_t i = 0; i < calls; ++i) reference();
    });
    ratios.push_back(mine / other);
    references.push_back(other / static_cast<double>(calls));
    state.SetIterationTime(mine / static_cast<double>(calls));
  }
  state.counters["ratio"] = median(ratios);
  state.counters["reference_us"] = median(references) * 1e6;
}

}  // namespace bench
