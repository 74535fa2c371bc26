// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::count_observed`: what a mask of zeros and ones has to be.

#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/tensor.hpp>

#include <cstddef>
#include <string_view>

namespace equireg::measurement {

/// The ones in a mask (1, C, H, W). Throws in the name of `where` for other values than 0 and 1.
template <tensor X>
std::size_t count_observed(const X& mask, std::string_view where) {
  const auto [m] = entries<1>;
  const double wrong = to_host(reduce(select(m == 0, 0, select(m == 1, 0, 1)), mask))[0];
  require(wrong == 0, where, "expected a mask of zeros and ones, but ", wrong, " values are neither");
  return static_cast<std::size_t>(to_host(squared_norm(mask))[0] + 0.5);
}

}  // namespace equireg::measurement
