// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The solvers' main settings for the problems of the examples.

#include "support/chosen_solver.hpp"

#include <string>

namespace support {

/// Of one solver and problem.
struct tuned_setting {
  const char* solver;
  const char* problem;
  double setting;  ///< `solver_run::setting`
  double weight;   ///< of the equivariance penalty, hflip
};

/// What was tuned for the problem (`tuned_settings.cpp` says how), or the solver's default and a weight of 0.1.
tuned_setting tuned_setting_for(const chosen_solver& solver, const std::string& problem);

}  // namespace support
