// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `divergence`: thrown where a run meets a NaN or an infinity.

#include <equireg/core/error.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace equireg {

/// Says at which step, in which sample, and which policy made a number that is not finite.
///
/// `state()` is the batch after that step. Samples do not mix: those that are finite in it are what they would have
/// been without the others.
template <class X>
class divergence : public error {
 public:
  divergence(std::size_t step, std::size_t steps, std::size_t sample, std::string policy, X state)
      : error("equireg::sampler: sample " + std::to_string(sample) + " is not finite after step " +
              std::to_string(step) + " of " + std::to_string(steps) + "; it comes from " + policy),
        step_(step),
        sample_(sample),
        policy_(std::move(policy)),
        state_(std::move(state)) {}

  /// The step's index, from 0, and the sample's index in the batch.
  [[nodiscard]] std::size_t step() const { return step_; }
  [[nodiscard]] std::size_t sample() const { return sample_; }

  /// "the score model", "the likelihood equireg::likelihood::dps", ...
  [[nodiscard]] const std::string& policy() const { return policy_; }

  [[nodiscard]] const X& state() const { return state_; }

 private:
  std::size_t step_, sample_;
  std::string policy_;
  X state_;
};

}  // namespace equireg
