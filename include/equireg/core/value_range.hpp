// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `value_range`: the numbers that data can be, and how others are cut to it.

#include <equireg/core/config.hpp>
#include <equireg/core/error.hpp>

#include <limits>

namespace equireg {

/// The numbers that data can be. By default all.
struct value_range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();

  /// Throws unless low < high.
  void check(const char* where) const { require(low < high, where, "the range [", low, ", ", high, "] is empty"); }
};

/// One element cut to [low, high]; a NaN stays one, so that the sampler sees it.
template <class T>
struct clamped_element {
  T low, high;

  explicit constexpr clamped_element(const value_range& range)
      : low(static_cast<T>(range.low)), high(static_cast<T>(range.high)) {}

  EQUIREG_HOST_DEVICE constexpr T operator()(T v) const { return v < low ? low : (v > high ? high : v); }
  /// Whether v is in the closed interval.
  EQUIREG_HOST_DEVICE constexpr bool holds(T v) const { return v >= low && v <= high; }
};

}  // namespace equireg
