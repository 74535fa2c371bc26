// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `regularizer::weight_schedule`: how a penalty's weight follows the run.

#include <equireg/core/error.hpp>
#include <equireg/stepper/reverse_step.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>

namespace equireg::regularizer {

/// The factor on a penalty's weight at each step: three rules multiplied, each without effect by default.
///
///     {}                                  always
///     {.frequency = 0.1}                  every tenth step
///     {.frequency = 0.1, .cutoff = 0.1}   every tenth step, but none in the last tenth of the run
///     {.noise_power = 1}                  fades with the noise
///
/// `step.index` is the counter that rises from 0. Periods and cut-off follow EquiReg (arXiv:2505.22973).
struct weight_schedule {
  /// One step in max(1, int(1 / frequency)) is active, the first included; all are where it is not positive.
  double frequency = 1;
  /// The part of the run, 0 ... 1, at whose end the penalty is off: steps with index > total - round(cutoff total).
  double cutoff = 0;
  /// p in the factor (sigma / (1 + sigma))^p = (b / (a + b))^p of the level where the step starts; p >= 0. It is 1 at
  /// pure noise and vanishes with the noise.
  double noise_power = 0;

  /// Steps from one active step to the next: max(1, int(1 / frequency)), truncated.
  [[nodiscard]] std::size_t period() const {
    if (!(frequency > 0)) return 1;
    constexpr double longest = 0x1p53;  // beyond it, doubles are no step counters any more
    return std::max<std::size_t>(1, static_cast<std::size_t>(std::min(1.0 / frequency, longest)));
  }

  /// The factor on the weight, in [0, 1]. Zero means that nothing need be evaluated.
  [[nodiscard]] double factor(const reverse_step& step) const {
    const auto total = static_cast<double>(step.total);
    if (static_cast<double>(step.index) > total - std::round(cutoff * total)) return 0;
    if (step.index % period() != 0) return 0;
    if (noise_power == 0) return 1;
    return std::pow(step.from.noise / (step.from.signal + step.from.noise), noise_power);
  }

  /// Throws unless every number is in its range.
  void check(std::string_view where) const {
    require(!std::isnan(frequency), where, "the schedule's frequency must be a number");
    require(cutoff >= 0 && cutoff <= 1, where, "the schedule's cutoff must be in [0, 1], but is ", cutoff);
    require(noise_power >= 0 && std::isfinite(noise_power), where,
            "the schedule's noise_power must be at least 0 and finite, but is ", noise_power);
  }
};

}  // namespace equireg::regularizer
