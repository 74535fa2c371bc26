// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `score::clamped`: a score model whose x0 is cut to the range of the data.

#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/score/covariance/isotropic.hpp>
#include <equireg/score/gaussian.hpp>
#include <equireg/score/score_model.hpp>

#include <utility>

namespace equireg::score {

/// x0 of `Score`, each element cut to [low, high], and the pullback of exactly that: where an element of x0 was outside
/// the closed interval, its cotangent is 0, as automatic differentiation of a clamp has it.
template <score_model Score>
class clamped {
 public:
  using tensor_type = typename Score::tensor_type;
  using value_type = typename tensor_type::value_type;

  /// Throws unless low < high.
  explicit clamped(Score score, double low = -1, double high = 1)
      : score_(std::move(score)), low_(static_cast<value_type>(low)), high_(static_cast<value_type>(high)) {
    require(low < high, "equireg::score::clamped", "the range [", low, ", ", high, "] is empty");
  }

  [[nodiscard]] shape sample_shape() const { return score_.sample_shape(); }
  [[nodiscard]] const Score& score() const { return score_; }

  /// min(max(E[x0 | x_t = x], low), high): the shape of x.
  [[nodiscard]] tensor_type denoise(const tensor_type& x, const noise_level& level) const {
    auto x0 = score_.denoise(x, level);
    clamp(x0, x0);
    return x0;
  }

  /// {the clamped x0, pullback}.
  [[nodiscard]] auto linearize(const tensor_type& x, const noise_level& level) const
    requires differentiable_score_model<Score>
  {
    auto inner = score_.linearize(x, level);
    tensor_type x0(inner.value.shape());
    clamp(x0, inner.value);
    return linearization{
        std::move(x0), [low = low_, high = high_, unclamped = tensor_type(std::move(inner.value)),
                        pull = std::move(inner.pullback)](const tensor_type& v) -> tensor_type {
          tensor_type inside(v.shape());
          transform(inside,
                    [low, high](value_type g, value_type u) { return u >= low && u <= high ? g : value_type(0); }, v,
                    unclamped);
          return pull(inside);
        }};
  }

 private:
  // A NaN stays a NaN, so that the sampler sees it.
  void clamp(tensor_type& out, const tensor_type& x0) const {
    transform(out, [low = low_, high = high_](value_type u) { return u < low ? low : (u > high ? high : u); }, x0);
  }

  Score score_;
  value_type low_, high_;
};

}  // namespace equireg::score
