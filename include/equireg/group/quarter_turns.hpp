// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `group::quarter_turns`: the rotations by multiples of 90 degrees.

#include <equireg/group/draw.hpp>
#include <equireg/group/symmetry_group.hpp>

namespace equireg::group {

/// The four rotations by 0, 90, 180 and 270 degrees, counter-clockwise.
///
/// An odd number of turns makes an H x W image W x H: a map on which it acts must accept both extents, as
/// convolutional networks do, or the image must be square.
struct quarter_turns {
  struct element {
    unsigned turns = 0;  ///< 0 ... 3
    constexpr bool operator==(const element&) const = default;
  };

  static constexpr element identity() { return {}; }
  static constexpr element inverse(element a) { return {(4 - a.turns) % 4}; }
  static constexpr element compose(element a, element b) { return {(a.turns + b.turns) % 4}; }
  static constexpr std::size_t order() { return 4; }
  static constexpr element at(std::size_t i) { return {static_cast<unsigned>(i % 4)}; }
  static element draw(const noise_address& address) { return draw_non_identity(quarter_turns{}, address); }
  static element draw_any(const noise_address& address) { return group::draw_any(quarter_turns{}, address); }

  static constexpr pixel_map action(element a, extent e) {
    pixel_map result = pixel_map::identity(e);
    for (unsigned turn = 0; turn < a.turns; ++turn) {
      result = equireg::compose(result, pixel_map::quarter_turn(result.output));
    }
    return result;
  }
};

static_assert(check_symmetry_group<quarter_turns>());

}  // namespace equireg::group
