// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `walsh_hadamard`: the fast orthonormal Walsh-Hadamard transform of every plane.

#include <equireg/backend/cpu/lanes.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/sequency.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace equireg::cpu {

namespace hadamard {

/// (v_i, v_(i + h)) -> (v_i + v_(i + h), v_i - v_(i + h)) among the numbers of one vector.
template <class T, std::size_t h, std::size_t... i>
typename lanes<T>::vector butterfly(typename lanes<T>::vector v, std::index_sequence<i...>) {
#if defined(__CUDACC__)  // nvcc does not hand a pack on to this builtin
  typename lanes<T>::vector partner;
  for (std::size_t k = 0; k < sizeof...(i); ++k) partner[k] = v[k ^ h];
#else
  const typename lanes<T>::vector partner = __builtin_shufflevector(v, v, static_cast<int>(i ^ h)...);
#endif
  constexpr typename lanes<T>::vector sign = {((i & h) != 0 ? T(-1) : T(1))...};
  return partner + sign * v;
}

/// All butterflies within one vector.
template <class T, std::size_t h = 1>
typename lanes<T>::vector within(typename lanes<T>::vector v) {
  if constexpr (h < lanes<T>::count) {
    return within<T, 2 * h>(butterfly<T, h>(v, std::make_index_sequence<lanes<T>::count>()));
  } else {
    return v;
  }
}

/// The butterflies of distance h, 2 h, ..., radix h / 2 over elements i + k h, i = 0 ... count - 1, in one pass.
template <class T, std::size_t radix>
void pass(T* x, std::size_t count, std::size_t h) {
  using vector = typename lanes<T>::vector;
  using unaligned = typename lanes<T>::unaligned;
  for (std::size_t i = 0; i < count; i += lanes<T>::count) {
    vector v[radix];
    for (std::size_t k = 0; k < radix; ++k) v[k] = *reinterpret_cast<const unaligned*>(x + i + k * h);
    for (std::size_t d = 1; d < radix; d *= 2) {
      for (std::size_t k = 0; k < radix; ++k) {
        if ((k & d) != 0) continue;
        const vector sum = v[k] + v[k + d], difference = v[k] - v[k + d];
        v[k] = sum;
        v[k + d] = difference;
      }
    }
    for (std::size_t k = 0; k < radix; ++k) *reinterpret_cast<unaligned*>(x + i + k * h) = v[k];
  }
}

/// `pass` of the largest radix up to 8 that n allows; returns the next distance.
template <class T>
std::size_t widest_pass(T* x, std::size_t count, std::size_t h, std::size_t n) {
  const std::size_t radix = std::min<std::size_t>(8, n / h);
  if (radix == 8) pass<T, 8>(x, count, h);
  if (radix == 4) pass<T, 4>(x, count, h);
  if (radix == 2) pass<T, 2>(x, count, h);
  return radix * h;
}

/// x <- scale H x for n elements, a power of two, that fit the first-level cache.
template <class T>
void transform_block(T* x, std::size_t n, T scale) {
  constexpr std::size_t width = lanes<T>::count;
  if (n < width) {
    for (std::size_t i = 0; i < n; ++i) x[i] *= scale;
    for (std::size_t h = 1; h < n; h *= 2) {
      for (std::size_t i = 0; i < n; ++i) {
        if ((i & h) != 0) continue;
        const T sum = x[i] + x[i + h], difference = x[i] - x[i + h];
        x[i] = sum;
        x[i + h] = difference;
      }
    }
    return;
  }
  for (std::size_t i = 0; i < n; i += width) {
    auto& v = *reinterpret_cast<typename lanes<T>::unaligned*>(x + i);
    v = within<T>(scale * v);
  }
  for (std::size_t h = width, next = 0; h < n; h = next) {
    for (std::size_t first = 0; first < n; first += next) next = widest_pass(x + first, h, h, n);
  }
}

}  // namespace hadamard

/// x <- H x / sqrt(n) for every plane of n = H W elements, read row by row; H(i, j) = (-1)^popcount(i & j), the natural
/// (Sylvester) order. It is its own inverse. For planes it is also the transform of all rows and then all columns, and
/// a line is a plane of one row. n log2(n) additions. Throws unless n is a power of two.
template <class T>
void walsh_hadamard(tensor<T>& x) {
  const equireg::shape s = x.shape();
  const std::size_t n = s.height * s.width, planes = s.batch * s.channels;
  require(is_power_of_two(n), "equireg::walsh_hadamard",
          "expected planes of a power of two of pixels, but x has shape ", s);
  const auto scale = static_cast<T>(1 / std::sqrt(static_cast<double>(n)));
  const std::size_t block = std::min<std::size_t>(n, (std::size_t{1} << 15) / sizeof(T));  // 32 KiB
  parallel_for(planes * (n / block), 4 * block,
               [&](std::size_t i) { hadamard::transform_block(x.data() + i * block, block, scale); });
  // The distances between blocks: strips of columns of the block-by-block array.
  constexpr std::size_t strip = 512;
  for (std::size_t h = block, next = 0; h < n; h = next) {
    next = std::min(8 * h, n);
    const std::size_t strips = h / strip;
    parallel_for(planes * (n / next) * strips, strip * (next / h), [&](std::size_t task) {
      hadamard::widest_pass(x.data() + task / strips * next + task % strips * strip, strip, h, next);
    });
  }
}

}  // namespace equireg::cpu
