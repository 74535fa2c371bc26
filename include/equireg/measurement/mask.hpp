// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::count_observed`: what a mask of zeros and ones has to be.

#include <equireg/core/error.hpp>
#include <equireg/core/tensor.hpp>

#include <cstddef>
#include <string_view>

namespace equireg::measurement {

/// The ones in a mask (1, C, H, W). Throws in the name of `where` for other values than 0 and 1.
template <tensor X>
std::size_t count_observed(const X& mask, std::string_view where) {
  using value_type = typename X::value_type;
  const double wrong = to_host(
      reduce([](value_type m) { return m == value_type(0) || m == value_type(1) ? value_type(0) : value_type(1); },
             mask))[0];
  require(wrong == 0, where, "expected a mask of zeros and ones, but ", wrong, " values are neither");
  return static_cast<std::size_t>(to_host(squared_norm(mask))[0] + 0.5);
}

}  // namespace equireg::measurement
