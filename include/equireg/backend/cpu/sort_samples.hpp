// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `sort_samples`: the elements of each sample in ascending order.

#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>

#include <algorithm>
#include <cstddef>

namespace equireg::cpu {

/// Sorts the elements of each sample, ascending. No element may be a NaN.
template <class T>
void sort_samples(tensor<T>& x) {
  const std::size_t size = x.shape().sample_size();
  parallel_for(x.shape().batch, size * 16,
               [&](std::size_t b) { std::sort(x.data() + b * size, x.data() + (b + 1) * size); });
}

}  // namespace equireg::cpu
