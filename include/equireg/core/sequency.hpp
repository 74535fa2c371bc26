// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `sequency_to_natural`: the rows of a Hadamard matrix by their number of sign changes.

#include <cstddef>

namespace equireg {

/// n is 1, 2, 4, 8, ...
constexpr bool is_power_of_two(std::size_t n) { return n > 0 && (n & (n - 1)) == 0; }

/// The row of the n x n Hadamard matrix in natural order, H(i, j) = (-1)^popcount(i & j), that changes its sign
/// `sequency` times: the bits of the Gray code of `sequency`, reversed. n = 8: 0, 4, 6, 2, 3, 7, 5, 1.
/// n is a power of two and sequency < n.
constexpr std::size_t sequency_to_natural(std::size_t sequency, std::size_t n) {
  std::size_t gray = sequency ^ (sequency >> 1), reversed = 0;
  for (std::size_t bit = 1; bit < n; bit *= 2) {
    reversed = 2 * reversed + (gray & 1);
    gray /= 2;
  }
  return reversed;
}

}  // namespace equireg
