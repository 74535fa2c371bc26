// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `group::dihedral`: the eight symmetries of the square.

#include <equireg/group/quarter_turns.hpp>
#include <equireg/group/reflection.hpp>
#include <equireg/group/semidirect_product.hpp>

namespace equireg::group {

/// A reflection turns a rotation into its inverse.
struct inverse_by_reflection {
  constexpr quarter_turns::element operator()(reflection::element h, quarter_turns::element n) const {
    return h.reflected ? quarter_turns::inverse(n) : n;
  }
};

/// Quarter turns and reflections, order 8: element (n, h) reflects left and right if h says so, then turns by n.
/// An odd number of turns makes an H x W image W x H.
using dihedral = semidirect_product<quarter_turns, reflection, inverse_by_reflection>;

static_assert(check_symmetry_group<dihedral>());

}  // namespace equireg::group
