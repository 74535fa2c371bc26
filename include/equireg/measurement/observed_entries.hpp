// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::observed_entries`: how many numbers of y carry noise.

#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/measure.hpp>

#include <cmath>
#include <cstddef>

namespace equireg::measurement {

/// Entries of one sample of y that A observes: the terms of ||y - A x||^2. All of them where A leaves none out.
template <tensor Y, class A>
std::size_t observed_entries(const A& a, const shape& y) {
  if constexpr (has_observed<A, Y>) {
    Y ones(y.with_batch(1));
    fill(ones, 1);
    return static_cast<std::size_t>(std::lround(to_host(squared_norm(a.observed(ones)))[0]));
  } else {
    return y.sample_size();
  }
}

}  // namespace equireg::measurement
