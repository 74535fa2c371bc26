// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::masked`: a measurement of which some entries are lost.

#include <equireg/core/map.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/inpainting.hpp>

#include <utility>

namespace equireg::measurement {

/// x -> m * A(x) with a mask (1, 1 or C', H', W') of zeros and ones on the measurement: `inpainting` after A. Linear or
/// differentiable as A is; `observed` and `residual` are inpainting's. It has no pseudo-inverse: (M A)^+ is not A^+ M.
template <class A, tensor X>
auto masked(A a, X mask) {
  return compose(inpainting<X>(std::move(mask)), std::move(a));
}

}  // namespace equireg::measurement
