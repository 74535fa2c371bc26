// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::measured_entries`: how many numbers of y were measured.

#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/measure.hpp>

#include <utility>

namespace equireg::measurement {

/// The number of terms in ||y - A x||^2 of each sample, (B, 1, 1, 1), for y of shape s: entries that A does not observe
/// are none.
template <tensor Y, class A>
Y measured_entries(const A& a, const shape& s) {
  using value_type = typename Y::value_type;
  Y ones(s);
  fill(ones, 1);
  return reduce([](value_type v) { return v; }, observed_part(a, std::move(ones)));
}

}  // namespace equireg::measurement
