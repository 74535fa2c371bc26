// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The penalty of EquiReg with a symmetry that is chosen by name when the program runs.

#include "support/any_score.hpp"

#include <string>

namespace support {

/// weight times the consistency of the prior's own denoiser at noise sigma, in every pose of the group
/// (`chosen_group::names`). Throws for another name.
any_penalty equireg_penalty(const any_score& prior, const std::string& group, double weight, double sigma = 0.5);

}  // namespace support
