// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `regularizer::denoiser_at`: a denoiser at one noise level, as a map from images to images.

#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/score/score_model.hpp>

#include <functional>
#include <type_traits>
#include <utility>

namespace equireg::regularizer {

/// x -> E[x0 | x_t = a x] at the level x_t = a x0 + b eps: x is an image that is taken to have noise sigma = b / a.
///
/// A denoiser at a small sigma leaves clean images nearly as they are and knows the data's symmetries: with it a prior
/// serves as the map of an equivariance penalty. Since x is scaled by a, the prior's own level may be given, variance
/// preserving or exploding: input and output are images either way.
///
/// @tparam Score a score model, held by value; or std::reference_wrapper of one (`std::ref(prior)`), which must
///               outlive this map. A pullback refers to the score.
template <class Score>
class denoiser_at {
 public:
  using score_type = std::remove_cvref_t<std::unwrap_reference_t<Score>>;
  using tensor_type = typename score_type::tensor_type;

  /// Throws for a level without signal: it sees no image.
  denoiser_at(Score score, const noise_level& level) : score_(std::move(score)), level_(level) {
    require(level.signal > 0, "equireg::regularizer::denoiser_at", "the level needs a signal above 0, but it is ",
            level.signal);
  }

  [[nodiscard]] const noise_level& level() const { return level_; }

  /// D(a x; level): the shape of x.
  tensor_type operator()(const tensor_type& x) const {
    return level_.signal == 1 ? score().denoise(x, level_) : score().denoise(scaled(x), level_);
  }

  /// Pullback: a J_D(a x)^T v.
  auto linearize(const tensor_type& x) const requires differentiable_score_model<score_type> {
    auto denoised = level_.signal == 1 ? score().linearize(x, level_) : score().linearize(scaled(x), level_);
    return linearization{tensor_type(std::move(denoised.value)),
                         [pull = std::move(denoised.pullback), signal = level_.signal](const tensor_type& v) {
                           tensor_type gradient = pull(v);
                           if (signal != 1) scale(gradient, gradient, signal);
                           return gradient;
                         }};
  }

 private:
  [[nodiscard]] const score_type& score() const { return score_; }

  static void scale(tensor_type& out, const tensor_type& x, double factor) {
    const auto [v] = entries<1>;
    transform(out, factor * v, x);
  }
  [[nodiscard]] tensor_type scaled(const tensor_type& x) const {
    tensor_type out(x.shape());
    scale(out, x, level_.signal);
    return out;
  }

  Score score_;
  noise_level level_;
};

}  // namespace equireg::regularizer
