// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief What may watch a run: the `run_observer` concept, a progress bar and a recorder of trajectories.

#include <equireg/stepper/reverse_step.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace equireg {

/// `o.on_step(step, x)` is called after each step with the new state.
template <class O, class X>
concept watches_steps = requires(O& o, const reverse_step& step, const X& x) { o.on_step(step, x); };

/// `o.on_estimate(step, x0)` is called with each estimate of x0.
template <class O, class X>
concept watches_estimates = requires(O& o, const reverse_step& step, const X& x0) { o.on_estimate(step, x0); };

/// Watches a run. A sampler calls what an observer has, and costs nothing where there is none.
template <class O, class X>
concept run_observer = watches_steps<O, X> || watches_estimates<O, X>;

}  // namespace equireg

namespace equireg::observer {

/// Prints "  dps  [#####.....]  50/100  1.2 s left" on standard error, at most ten times a second.
class progress {
 public:
  explicit progress(std::string label = "sampling") : label_(std::move(label)) {}

  template <class X>
  void on_step(const reverse_step& step, const X&) {
    const auto now = clock::now();
    if (step.index == 0 || !started_) {
      start_ = now;
      started_ = true;
      first_ = step.index;
    }
    if (!step.is_last() && std::chrono::duration<double>(now - last_).count() < 0.1) return;
    last_ = now;
    const std::size_t done = step.index + 1;
    const double elapsed = std::chrono::duration<double>(now - start_).count();
    const std::size_t timed = step.index - first_;  // the first step set the clock
    const double left = timed == 0 ? 0.0 : elapsed / static_cast<double>(timed) * static_cast<double>(step.total - done);
    constexpr std::size_t width = 30;
    const std::size_t filled = width * done / step.total;
    const std::string bar = std::string(filled, '#') + std::string(width - filled, '.');
    std::fprintf(stderr, "\r  %s  [%s]  %zu/%zu  %.1f s left ", label_.c_str(), bar.c_str(), done, step.total, left);
    if (step.is_last()) std::fprintf(stderr, "\r%*s\r", static_cast<int>(label_.size() + width + 48), "");
    std::fflush(stderr);
  }

 private:
  using clock = std::chrono::steady_clock;
  std::string label_;
  clock::time_point start_{}, last_{};
  std::size_t first_ = 0;
  bool started_ = false;
};

/// Keeps x_t and x0 of every n-th step, and of the last.
template <class X>
class recorder {
 public:
  explicit recorder(std::size_t every = 1) : every_(every == 0 ? 1 : every) {}

  void on_step(const reverse_step& step, const X& x) {
    if (wanted(step)) states.push_back({step.index, x});
  }
  void on_estimate(const reverse_step& step, const X& x0) {
    if (wanted(step)) estimates.push_back({step.index, x0});
  }

  struct frame {
    std::size_t step;
    X value;
  };
  std::vector<frame> states;     ///< after the step
  std::vector<frame> estimates;  ///< of x0; a stepper of second order makes two in a step

 private:
  [[nodiscard]] bool wanted(const reverse_step& step) const { return step.index % every_ == 0 || step.is_last(); }
  std::size_t every_;
};

}  // namespace equireg::observer
