// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `transpose_copy`: copies a plane with rows and columns swapped, a tile in registers at a time.

#include <cstddef>

namespace equireg::cpu {

/// out[j * out_stride + i] = in[i * in_stride + j] for a tile of 16 bytes by as many elements.
template <class T>
void transpose_tile(const T* in, std::size_t in_stride, T* out, std::size_t out_stride) {
  constexpr std::size_t side = 16 / sizeof(T);
  typedef T vector __attribute__((vector_size(16)));
  typedef T unaligned __attribute__((vector_size(16), aligned(alignof(T)), may_alias));
  const auto load = [&](std::size_t i) -> vector { return *reinterpret_cast<const unaligned*>(in + i * in_stride); };
  const auto store = [&](std::size_t j, vector v) { *reinterpret_cast<unaligned*>(out + j * out_stride) = v; };
  if constexpr (side == 4) {
    const vector a = load(0), b = load(1), c = load(2), d = load(3);
    const vector low_ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), low_cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const vector high_ab = __builtin_shufflevector(a, b, 2, 6, 3, 7),
                 high_cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    store(0, __builtin_shufflevector(low_ab, low_cd, 0, 1, 4, 5));
    store(1, __builtin_shufflevector(low_ab, low_cd, 2, 3, 6, 7));
    store(2, __builtin_shufflevector(high_ab, high_cd, 0, 1, 4, 5));
    store(3, __builtin_shufflevector(high_ab, high_cd, 2, 3, 6, 7));
  } else {
    static_assert(side == 2);
    const vector a = load(0), b = load(1);
    store(0, __builtin_shufflevector(a, b, 0, 2));
    store(1, __builtin_shufflevector(a, b, 1, 3));
  }
}

/// out[j * out_stride + i] = in[i * in_stride + j], i < rows, j < columns. The two may not overlap.
template <class T>
void transpose_copy(const T* in, std::size_t in_stride, T* out, std::size_t out_stride, std::size_t rows,
                    std::size_t columns) {
  constexpr std::size_t side = 16 / sizeof(T);
  const std::size_t whole_rows = rows - rows % side, whole_columns = columns - columns % side;
  for (std::size_t i = 0; i < whole_rows; i += side) {
    for (std::size_t j = 0; j < whole_columns; j += side) {
      transpose_tile(in + i * in_stride + j, in_stride, out + j * out_stride + i, out_stride);
    }
  }
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = i < whole_rows ? whole_columns : 0; j < columns; ++j) {
      out[j * out_stride + i] = in[i * in_stride + j];
    }
  }
}

}  // namespace equireg::cpu
