// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `concatenate`, `slice` and `set_slice`: samples of several tensors in a row, and taken apart again.

#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>

namespace equireg::cpu {

/// Each sample of the result holds the samples of all parts in turn, each in its own order: (B, 1, 1, m1 + m2 + ...),
/// where part k has m_k elements a sample. Throws where the batches differ.
template <class T, std::same_as<tensor<T>>... Rest>
tensor<T> concatenate(const tensor<T>& first, const Rest&... rest) {
  const std::size_t batch = first.shape().batch;
  const auto check = [&](const tensor<T>& part) {
    require(part.shape().batch == batch, "equireg::concatenate", "expected ", batch, " samples, but a part has shape ",
            part.shape());
  };
  check(first), (check(rest), ...);
  const std::size_t size = (first.shape().sample_size() + ... + rest.shape().sample_size());
  tensor<T> out({batch, 1, 1, size});
  parallel_for(batch, size, [&](std::size_t b) {
    T* to = out.data() + b * size;
    const auto append = [&](const tensor<T>& part) {
      const std::size_t count = part.shape().sample_size();
      to = std::copy_n(part.data() + b * count, count, to);
    };
    append(first);
    (append(rest), ...);
  });
  return out;
}

/// Elements first, first + 1, ... of each sample of y as a tensor of shape s, whose batch is ignored. Throws where a
/// sample ends before.
template <class T>
tensor<T> slice(const tensor<T>& y, std::size_t first, const equireg::shape& s) {
  const std::size_t batch = y.shape().batch, size = y.shape().sample_size(), count = s.sample_size();
  require(first <= size && count <= size - first, "equireg::slice", "samples of shape ", y.shape(), " end before ",
          first + count, " elements");
  tensor<T> out(s.with_batch(batch));
  parallel_for(batch, count,
               [&](std::size_t b) { std::copy_n(y.data() + b * size + first, count, out.data() + b * count); });
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
