// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `regularizer::none`: no penalty, at no cost.

namespace equireg::regularizer {

/// Solvers test for this type at compile time and leave out all that a penalty would need.
struct none {
  using is_no_penalty = void;
};

}  // namespace equireg::regularizer
