// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The `noise_schedule` concept: the grid of noise levels that a run walks down.

#include <equireg/core/noise_level.hpp>

#include <concepts>
#include <vector>

namespace equireg {

/// `s.levels()` is the grid: sigma strictly decreasing, the last level `clean`. N steps have N + 1 levels.
template <class S>
concept noise_schedule = requires(const S& s) {
  { s.levels() } -> std::convertible_to<std::vector<noise_level>>;
};

/// Explains why S is not a `noise_schedule`.
template <class S>
consteval bool check_noise_schedule() {
  static_assert(noise_schedule<S>, "a schedule needs: std::vector<equireg::noise_level> levels() const, sigma strictly "
                             "decreasing, the last of them equireg::clean");
  return true;
}

}  // namespace equireg
