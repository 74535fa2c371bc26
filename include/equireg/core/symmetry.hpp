// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `symmetry`: sets of symmetries as compile-time flags, by which an operator says what it commutes with.

namespace equireg {

/// A set of symmetries of images. Unite sets by `|`.
enum class symmetry : unsigned {
  none = 0,
  left_right = 1,                ///< out[i][j] = in[i][W - 1 - j]
  top_bottom = 2,                ///< out[i][j] = in[H - 1 - i][j]
  half_turn = 4,                 ///< both
  quarter_turns = 8,             ///< all rotations by 90 degrees
  translations = 16,             ///< cyclic, by whole pixels
  other_permutations = 32,       ///< pixels in any other order
  channel_permutations = 64,     ///< channels in another order
  square = 1 | 2 | 4 | 8,        ///< the eight symmetries of the square, D4
  pixel_permutations = 63,       ///< pixels in any order, the same in each channel
  never = 128                    ///< what no operator has: asked for by groups whose two actions may differ
};

constexpr symmetry operator|(symmetry a, symmetry b) {
  return static_cast<symmetry>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr symmetry operator&(symmetry a, symmetry b) {
  return static_cast<symmetry>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}

/// The set with all products of its members that have a name: who commutes with two symmetries commutes with their
/// product.
constexpr symmetry closure(symmetry s) {
  const auto has = [&](symmetry part) { return (s & part) == part; };
  if (has(symmetry::quarter_turns)) s = s | symmetry::half_turn;
  if (has(symmetry::quarter_turns) && (has(symmetry::left_right) || has(symmetry::top_bottom))) {
    s = s | symmetry::square;
  }
  if (has(symmetry::left_right | symmetry::top_bottom)) s = s | symmetry::half_turn;
  if (has(symmetry::left_right | symmetry::half_turn)) s = s | symmetry::top_bottom;
  if (has(symmetry::top_bottom | symmetry::half_turn)) s = s | symmetry::left_right;
  return s;
}

/// Every symmetry of `part` is one of `whole`, or a product of some.
constexpr bool includes(symmetry whole, symmetry part) { return (closure(whole) & part) == part; }

static_assert(includes(symmetry::left_right | symmetry::quarter_turns, symmetry::square));
static_assert(includes(symmetry::pixel_permutations, symmetry::square | symmetry::translations));
static_assert(!includes(symmetry::square, symmetry::translations) && !includes(symmetry::none, symmetry::half_turn));
static_assert(includes(symmetry::none, symmetry::none));

}  // namespace equireg
