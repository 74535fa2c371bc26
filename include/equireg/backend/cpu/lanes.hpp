// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `lanes`: the vectors of this machine, and `tile`: a square of numbers in them, to be transposed.

#include <equireg/core/config.hpp>

#include <cstddef>
#include <utility>

namespace equireg::cpu {

/// The vectors of this machine, `count` numbers each.
template <class T>
struct lanes {
#if defined(__AVX512F__)
  static constexpr std::size_t bytes = 64;
#elif defined(__AVX__)
  static constexpr std::size_t bytes = 32;
#else
  static constexpr std::size_t bytes = 16;
#endif
  static constexpr std::size_t count = bytes / sizeof(T);
  typedef T vector __attribute__((vector_size(bytes)));
  typedef T unaligned __attribute__((vector_size(bytes), aligned(alignof(T)), may_alias));

  static vector load(const T* from) { return *reinterpret_cast<const unaligned*>(from); }
  static void store(T* to, vector v) { *reinterpret_cast<unaligned*>(to) = v; }
};

namespace detail {

/// a[i], b[i], a[i + 1], b[i + 1], ...: from i = 0, or from the middle of the vectors.
template <bool from_middle, class V, std::size_t... Is>
V interleave(V a, V b, std::index_sequence<Is...>) {
  constexpr std::size_t size = sizeof...(Is), first = from_middle ? size / 2 : 0;
#if defined(__CUDACC__)  // nvcc does not hand a pack on to this builtin
  V result;
  for (std::size_t i = 0; i < size; ++i) result[i] = i % 2 == 0 ? a[i / 2 + first] : b[i / 2 + first];
  return result;
#else
  return __builtin_shufflevector(a, b, (Is % 2 * size + Is / 2 + first)...);
#endif
}

}  // namespace detail

/// A square of numbers in registers.
template <class T>
struct tile {
  static constexpr std::size_t size = lanes<T>::count;
  typename lanes<T>::vector row[size];

  /// Rows become columns. Each round interleaves the halves, which rotates the bits of an element's place by one.
  void transpose() {
    using indices = std::make_index_sequence<size>;
    EQUIREG_UNROLL(16)
    for (std::size_t round = 1; round < size; round *= 2) {
      tile next;
      EQUIREG_UNROLL(16)
      for (std::size_t i = 0; i < size / 2; ++i) {
        next.row[2 * i] = detail::interleave<false>(row[i], row[i + size / 2], indices{});
        next.row[2 * i + 1] = detail::interleave<true>(row[i], row[i + size / 2], indices{});
      }
      *this = next;
    }
  }
};

}  // namespace equireg::cpu
