// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Reverse processes inside one step of the run: from a level of the run down to data.

#include <equireg/core/arguments.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/stepper/churn.hpp>
#include <equireg/stepper/ddim.hpp>
#include <equireg/stepper/reverse_step.hpp>
#include <equireg/stepper/update.hpp>

#include <cstddef>
#include <vector>

namespace equireg::likelihood {

/// The level with noise sigma > 0 in the process that the step belongs to (`stepper::raised_level`). From pure noise,
/// which does not tell its process, it is read off the step's end.
///
/// The time of the level is right where a time is the noise, and otherwise what the step's two ends lead to: a model
/// that is told the index of a table should look sigma up there (`trained_levels::index_of`).
[[nodiscard]] inline noise_level level_in_process(const reverse_step& step, double sigma) {
  return step.from.signal > 0 ? stepper::raised_level(step.from, step.to, sigma)
                              : stepper::raised_level(step.to, clean, sigma);
}

/// Walks x at levels.front() down to levels.back() with ddim{eta}, which is Euler's method along the probability flow
/// for eta = 0 and ancestral sampling for eta = 1, and returns it in units of the data, x / a. One evaluation of the
/// score for each step; step i takes its noise from step.chain(purpose::step, i).
template <class Score, tensor X>
X walk_down(const Score& score, X x, const std::vector<noise_level>& levels, double eta, const reverse_step& step) {
  for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
    const stepper::update_coefficients rule = stepper::ddim{.eta = eta}.coefficients({levels[i], levels[i + 1]});
    stepper::linear_update(x, rule, guided_estimate{score.denoise(x, levels[i]), absent{}},
                           step.chain(purpose::step, i));
  }
  if (const double signal = levels.back().signal; signal != 1) {
    transform(x, 1 / signal * entry<0>{}, x);
  }
  return x;
}

}  // namespace equireg::likelihood
