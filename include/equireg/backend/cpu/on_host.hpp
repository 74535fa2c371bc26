// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `on_host`: a batch in double in host memory.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/tensor.hpp>

#include <span>
#include <vector>

namespace equireg::cpu {

/// All elements of x in double, in host memory. A batch that already is that is copied.
template <equireg::tensor X>
tensor<double> on_host(const X& x) {
  const std::vector<double> values = to_host(x);
  return {x.shape(), std::span<const double>(values)};
}

}  // namespace equireg::cpu
