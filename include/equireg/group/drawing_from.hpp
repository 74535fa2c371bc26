// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `group::drawing_from`: a group of which penalties use some elements only.

#include <equireg/core/random.hpp>
#include <equireg/group/symmetry_group.hpp>

#include <cstddef>

namespace equireg::group {

/// `Group` in everything but `draw`, which is uniform over the elements at(Indices)....
///
///     drawing_from<quarter_turns, 1, 3>{}
///     drawing_from<cyclic_shift, 1>{cyclic_shift({28, 28})}
template <symmetry_group Group, std::size_t... Indices>
requires(sizeof...(Indices) > 0) struct drawing_from : Group {
  [[nodiscard]] typename Group::element draw(const noise_address& address) const {
    constexpr std::size_t indices[] = {Indices...};
    return this->at(indices[uniform_index(sizeof...(Indices), address)]);
  }
};

}  // namespace equireg::group
