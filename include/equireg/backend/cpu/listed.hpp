// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `pick` and `place`: some elements of every plane by their number, and back.

#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace equireg::cpu {

/// out[k] = x[list[k]] in each plane: (B, C, H, W) becomes (B, C, 1, size of the list). Entries are below H W; that is
/// the caller's promise.
template <class T>
tensor<T> pick(const tensor<T>& x, std::span<const std::uint32_t> list) {
  const equireg::shape s = x.shape();
  const std::size_t plane = s.height * s.width, count = list.size();
  tensor<T> out({s.batch, s.channels, 1, count});
  constexpr std::size_t together = 4096;
  const std::size_t runs = (count + together - 1) / together;
  parallel_for(s.batch * s.channels * runs, std::min(count, together), [&](std::size_t task) {
    const std::size_t p = task / runs, first = task % runs * together, last = std::min(first + together, count);
    const T* const in = x.data() + p * plane;
    T* const to = out.data() + p * count;
    for (std::size_t k = first; k < last; ++k) to[k] = in[list[k]];
  });
  return out;
}

/// out[list[k]] = y[k] and 0 elsewhere: (B, C, 1, size of the list) becomes (B, C, height, width). The adjoint of
/// `pick` where no entry is listed twice. Entries are below the plane's size; that is the caller's promise. Throws where y has
/// another number of elements.
template <class T>
tensor<T> place(const tensor<T>& y, std::span<const std::uint32_t> list, extent e) {
  const equireg::shape s = y.shape();
  const std::size_t plane = e.height * e.width, count = list.size();
  require(s.height * s.width == count, "equireg::place", "the list has ", count, " entries, but y has shape ", s);
  tensor<T> out(s.with_plane(e));
  parallel_for(s.batch * s.channels, plane, [&](std::size_t p) {
    const T* const in = y.data() + p * count;
    T* const to = out.data() + p * plane;
    std::fill_n(to, plane, T(0));
    for (std::size_t k = 0; k < count; ++k) to[list[k]] = in[k];
  });
  return out;
}

}  // namespace equireg::cpu
