// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `group::trivial`: the identity alone, the control of every experiment with a group.

#include <equireg/group/symmetry_group.hpp>

namespace equireg::group {

/// The group of one element. With it an equivariance penalty is zero, and an equivariance-consistency penalty becomes
/// plain consistency: what a penalty gains over this control it owes to the symmetry.
struct trivial {
  struct element {
    constexpr bool operator==(const element&) const = default;
  };

  static constexpr element identity() { return {}; }
  static constexpr element inverse(element) { return {}; }
  static constexpr element compose(element, element) { return {}; }
  static constexpr std::size_t order() { return 1; }
  static constexpr element at(std::size_t) { return {}; }
  static constexpr element draw(const noise_address&) { return {}; }
  static constexpr element draw_any(const noise_address&) { return {}; }
  static constexpr pixel_map action(element, extent e) { return pixel_map::identity(e); }
};

static_assert(check_symmetry_group<trivial>());

}  // namespace equireg::group
