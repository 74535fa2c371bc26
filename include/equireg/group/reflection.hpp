// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `group::reflection`: an image and its mirror image.

#include <equireg/group/draw.hpp>
#include <equireg/group/symmetry_group.hpp>

namespace equireg::group {

/// The direction in which a reflection moves pixels.
enum class axis {
  horizontal,  ///< left and right change places: out[i][j] = in[i][W - 1 - j]
  vertical     ///< top and bottom change places: out[i][j] = in[H - 1 - i][j]
};

/// The two elements {identity, reflection along an axis}; for images of any extent.
struct reflection {
  axis along = axis::horizontal;

  struct element {
    bool reflected = false;
    constexpr bool operator==(const element&) const = default;
  };

  static constexpr element identity() { return {}; }
  static constexpr element inverse(element a) { return a; }
  static constexpr element compose(element a, element b) { return {a.reflected != b.reflected}; }
  static constexpr std::size_t order() { return 2; }
  static constexpr element at(std::size_t i) { return {i != 0}; }
  static constexpr element draw(const noise_address&) { return {true}; }
  static element draw_any(const noise_address& address) { return at(uniform_index(order(), address)); }

  [[nodiscard]] constexpr pixel_map action(element a, extent e) const {
    if (!a.reflected) return pixel_map::identity(e);
    return along == axis::horizontal ? pixel_map::flip_columns(e) : pixel_map::flip_rows(e);
  }
};

static_assert(check_symmetry_group<reflection>());

}  // namespace equireg::group
