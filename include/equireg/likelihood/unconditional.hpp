// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::unconditional`: no measurement. The sampler draws from the prior.

#include <equireg/core/arguments.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/likelihood/penalty_shift.hpp>

#include <cstddef>
#include <utility>

namespace equireg::likelihood {

/// x0 is the score model's, and nothing is added but the penalty's pull: -J^T alpha grad R(x0), J = d x0 / d x_t.
class unconditional {
 public:
  /// `samples` are drawn at a time.
  explicit unconditional(std::size_t samples) : samples_(samples) {}

  [[nodiscard]] std::size_t batch() const { return samples_; }

  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const typename Score::tensor_type& x,
                const noise_level& level, const reverse_step& step) const {
    if constexpr (is_no_penalty<Penalty>) {
      return guided_estimate{score.denoise(x, level), absent{}};
    } else {
      static_assert(check_differentiable_score_model<Score>());
      auto [x0, pullback] = score.linearize(x, level);
      auto shift = penalty_shift(penalty, x0, pullback, step);
      return guided_estimate{std::move(x0), std::move(shift)};
    }
  }

 private:
  std::size_t samples_;
};

}  // namespace equireg::likelihood
