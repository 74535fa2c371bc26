// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief How a finite group draws its elements: uniformly, with or without the identity.

#include <equireg/core/random.hpp>

#include <cstddef>

namespace equireg::group {

/// Uniform over all elements but the identity; the identity where there is no other.
template <class Group>
auto draw_non_identity(const Group& group, const noise_address& address) {
  const auto order = static_cast<std::size_t>(group.order());
  return order > 1 ? group.at(1 + uniform_index(order - 1, address)) : group.at(0);
}

/// Uniform over all elements.
template <class Group>
auto draw_any(const Group& group, const noise_address& address) {
  return group.at(uniform_index(static_cast<std::size_t>(group.order()), address));
}

}  // namespace equireg::group
