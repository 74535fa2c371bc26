// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `score::clamped`: a score model whose x0 is cut to the range of the data.

#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/value_range.hpp>
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
      : score_(std::move(score)), cut_(value_range{low, high}) {
    value_range{low, high}.check("equireg::score::clamped");
  }

  [[nodiscard]] shape sample_shape() const { return score_.sample_shape(); }
  [[nodiscard]] const Score& score() const { return score_; }

  /// min(max(E[x0 | x_t = x], low), high): the shape of x.
  [[nodiscard]] tensor_type denoise(const tensor_type& x, const noise_level& level) const {
    auto x0 = score_.denoise(x, level);
    transform(x0, cut_, x0);
    return x0;
  }

  /// {the clamped x0, pullback}.
  [[nodiscard]] auto linearize(const tensor_type& x, const noise_level& level) const
    requires differentiable_score_model<Score>
  {
    auto inner = score_.linearize(x, level);
    tensor_type x0(inner.value.shape());
    transform(x0, cut_, inner.value);
    return linearization{
        std::move(x0), [cut = cut_, unclamped = tensor_type(std::move(inner.value)),
                        pull = std::move(inner.pullback)](const tensor_type& v) -> tensor_type {
          tensor_type inside(v.shape());
          const auto [g, u] = entries<2>;
          transform(inside, select(u >= cut.low, select(u <= cut.high, g, 0), 0), v, unclamped);
          return pull(inside);
        }};
  }

 private:
  Score score_;
  clamped_element<value_type> cut_;
};

}  // namespace equireg::score
