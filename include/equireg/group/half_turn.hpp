// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `group::half_turn`: an image, and the image turned upside down.

#include <equireg/group/draw.hpp>
#include <equireg/group/symmetry_group.hpp>

namespace equireg::group {

/// The two rotations by 0 and 180 degrees: out[i][j] = in[H - 1 - i][W - 1 - j]. Keeps every extent.
struct half_turn {
  struct element {
    bool turned = false;
    constexpr bool operator==(const element&) const = default;
  };

  static constexpr element identity() { return {}; }
  static constexpr element inverse(element a) { return a; }
  static constexpr element compose(element a, element b) { return {a.turned != b.turned}; }
  static constexpr std::size_t order() { return 2; }
  static constexpr element at(std::size_t i) { return {i != 0}; }
  static constexpr element draw(const noise_address&) { return {true}; }
  static element draw_any(const noise_address& address) { return at(uniform_index(order(), address)); }

  static constexpr pixel_map action(element a, extent e) {
    return a.turned ? equireg::compose(pixel_map::flip_columns(e), pixel_map::flip_rows(e)) : pixel_map::identity(e);
  }
};

static_assert(check_symmetry_group<half_turn>());

}  // namespace equireg::group
