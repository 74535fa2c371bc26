// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `stepper::by_likelihood`: no stepper, because the likelihood makes the steps.

namespace equireg::stepper {

/// What a sampler has in place of a stepper where its likelihood is one itself (`makes_steps`): DDRM, RED-diff, ...
struct by_likelihood {};

}  // namespace equireg::stepper
