// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `dpm_solver_pp`: the second-order multistep solver DPM-Solver++(2M).

#include <equireg/core/config.hpp>
#include <equireg/stepper/reverse_step.hpp>
#include <equireg/stepper/update.hpp>

#include <cmath>
#include <optional>
#include <utility>

namespace equireg::stepper {

/// What a step of `dpm_solver_pp` leaves to the next: its estimate and its ln(sigma_t / sigma_s). A run is resumed
/// from both.
template <class X>
struct multistep_memory {
  std::optional<X> x0;
  double log_ratio = 0;
};

/// The step of one element: state * x_t + x0 * D_t + previous * D_previous + shift.
template <class T>
struct multistep_combination {
  T state, x0, previous;
  EQUIREG_HOST_DEVICE constexpr T operator()(T x_t, T x0_hat, T x0_previous, T shift) const {
    return state * x_t + x0 * x0_hat + previous * x0_previous + shift;
  }
};

/// x~_s = r x~_t + (1 - r) D* in x~ = x / a with r = sigma_s / sigma_t and
///   D* = D_t + (D_t - D_previous) h / (2 h_previous),    h = ln(sigma_t / sigma_s).
/// (Lu et al. 2022, arXiv:2211.01095, algorithm 2.) It solves the linear part exactly: where D is constant so is the
/// result, however large the step.
///
/// D is the guided estimate, now and in memory. D* = D_t, which is ddim{.eta = 0}, in the first step, in the step to
/// data and, where `lower_order_final`, in the last step of fewer than 15 to a level that is not data. After pure noise
/// h_previous is infinite and D* = D_t as well.
struct dpm_solver_pp {
  bool lower_order_final = true;

  template <class X>
  auto start() const {
    return multistep_memory<X>{};
  }

  template <class X>
  X advance(auto& memory, X& x, const auto& estimate, const reverse_step& step) const {
    using T = typename X::value_type;
    auto now = estimate(x, step.from);
    const update_coefficients first_order = flow_step(step.from, step.to);
    const double h = -std::log(sigma_ratio(step.from, step.to));  // infinite from pure noise and to data
    const bool first = !memory.x0 || step.to.noise == 0 || (lower_order_final && step.is_last() && step.total < 15);
    X sums = [&] {
      if (first) return linear_update(x, first_order, now, step.noise(purpose::step));
      const double previous = first_order.x0 * h / (2 * memory.log_ratio);
      const multistep_combination<T> next{static_cast<T>(first_order.state), static_cast<T>(first_order.x0 + previous),
                                          static_cast<T>(-previous)};
      return transform_reduce(x, next, magnitude<T>{}, x, now.x0, *memory.x0, now.shift);
    }();
    memory.x0 = std::move(now.x0);
    memory.log_ratio = h;
    return sums;
  }
};

}  // namespace equireg::stepper
