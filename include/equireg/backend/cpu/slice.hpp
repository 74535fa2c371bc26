// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `slice` and `set_slice`: a run of each sample's elements, read and written.

#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>

#include <algorithm>
#include <cstddef>

namespace equireg::cpu {

/// Elements first ... first + count - 1 of each sample, in row-major order: (B, 1, 1, count). Throws where x has fewer.
template <class T>
tensor<T> slice(const tensor<T>& x, std::size_t first, std::size_t count) {
  const std::size_t elements = x.shape().sample_size();
  require(first <= elements && count <= elements - first, "equireg::slice", "expected elements ", first, " to ",
          first + count, " of each sample, but x has shape ", x.shape());
  tensor<T> out({x.shape().batch, 1, 1, count});
  parallel_for(x.shape().batch, count,
               [&](std::size_t b) { std::copy_n(x.data() + b * elements + first, count, out.data() + b * count); });
  return out;
}

/// Writes the samples of `part`, whatever their shape, to elements first, first + 1, ... of the samples of `out`.
/// Throws where they do not fit.
template <class T>
void set_slice(tensor<T>& out, std::size_t first, const tensor<T>& part) {
  const std::size_t elements = out.shape().sample_size(), count = part.shape().sample_size();
  require(part.shape().batch == out.shape().batch && first <= elements && count <= elements - first,
          "equireg::set_slice", "a part of shape ", part.shape(), " does not fit at element ", first, " of shape ",
          out.shape());
  parallel_for(out.shape().batch, count,
               [&](std::size_t b) { std::copy_n(part.data() + b * count, count, out.data() + b * elements + first); });
}

}  // namespace equireg::cpu
