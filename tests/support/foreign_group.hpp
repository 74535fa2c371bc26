// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Groups as a user of the library would write them, without its `pixel_map`.

#include <equireg/core/pixel_map.hpp>
#include <equireg/core/random.hpp>

#include <cstddef>

namespace foreign {

/// The left and the right half of an image change places; the width is even.
struct swapped_halves {
  using element = int;

  struct map {
    equireg::extent input;
    equireg::extent output;
    bool swapped;
    equireg::pixel operator()(equireg::pixel to) const {
      const std::size_t half = swapped ? input.width / 2 : 0;
      return {to.row, to.column < half ? to.column + half : to.column - half};
    }
  };

  int identity() const { return 0; }
  int inverse(const int& a) const { return a; }
  int compose(const int& a, const int& b) const { return a ^ b; }
  std::size_t order() const { return 2; }
  int at(std::size_t i) const { return static_cast<int>(i); }
  int draw(const equireg::noise_address&) const { return 1; }
  map action(const int& a, equireg::extent e) const { return {e, e, a == 1}; }
};

/// Rows become columns.
struct transposition {
  enum class element { none, transposed };

  struct map {
    equireg::extent input;
    equireg::extent output;
    bool transposed;
    equireg::pixel operator()(equireg::pixel to) const { return transposed ? equireg::pixel{to.column, to.row} : to; }
  };

  element identity() const { return element::none; }
  element inverse(const element& a) const { return a; }
  element compose(const element& a, const element& b) const { return a == b ? element::none : element::transposed; }
  std::size_t order() const { return 2; }
  element at(std::size_t i) const { return i == 0 ? element::none : element::transposed; }
  element draw(const equireg::noise_address&) const { return element::transposed; }
  map action(const element& a, equireg::extent e) const {
    const bool transposed = a == element::transposed;
    return {e, transposed ? equireg::extent{e.width, e.height} : e, transposed};
  }
};

}  // namespace foreign
