// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `composed_action`: two actions on pixels as one, and `compose_actions`, which chooses its type.

#include <equireg/core/config.hpp>
#include <equireg/core/pixel_map.hpp>

#include <concepts>

namespace equireg::group {

/// First `first`, then `second`, for actions that are no `pixel_map`: reads output pixel `to` at first(second(to)).
template <class First, class Second>
struct composed_action {
  First first;
  Second second;
  extent input;
  extent output;

  EQUIREG_HOST_DEVICE constexpr pixel operator()(pixel to) const { return first(second(to)); }
};

/// First `first`, then `second`. Two `pixel_map`s make a `pixel_map`, which is read in straight runs.
/// `second.input` must be `first.output`.
template <class First, class Second>
constexpr auto compose_actions(const First& first, const Second& second) {
  if constexpr (std::same_as<First, pixel_map> && std::same_as<Second, pixel_map>) {
    return equireg::compose(first, second);
  } else {
    return composed_action<First, Second>{first, second, first.input, second.output};
  }
}

}  // namespace equireg::group
