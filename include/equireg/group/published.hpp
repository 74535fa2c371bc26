// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The groups of the EquiReg publication (arXiv:2505.22973) under its names, with the elements that it draws.

#include <equireg/group/drawing_from.hpp>
#include <equireg/group/half_turn.hpp>
#include <equireg/group/quarter_turns.hpp>
#include <equireg/group/reflection.hpp>

namespace equireg::group {

/// {identity, flip of the last axis}; draws the flip.
using hflip = reflection;

/// All quarter turns; draws a turn by 90 or 270 degrees, never the half turn.
using rot90 = drawing_from<quarter_turns, 1, 3>;

/// {identity, half turn}; draws the half turn.
using rot180 = half_turn;

static_assert(check_symmetry_group<rot90>());

}  // namespace equireg::group
