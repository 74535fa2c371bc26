// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The `score_model` concept: what the sampler asks of a prior.

#include <equireg/core/noise_level.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>

#include <concepts>

namespace equireg {

/// `S::tensor_type` is the tensor that S works on: its precision and where it runs.
template <class S>
concept has_tensor_type = requires { typename S::tensor_type; } && tensor<typename S::tensor_type>;

/// `s.sample_shape()` is the shape of one sample, (1, C, H, W).
template <class S>
concept has_sample_shape = requires(const S& s) {
  { s.sample_shape() } -> std::convertible_to<shape>;
};

/// `s.denoise(x, level)` is E[x0 | x_t = x]: the shape of x, (B, C, H, W). x = a x0 + b eps, as `level` says.
template <class S>
concept has_denoise =
    has_tensor_type<S> && requires(const S& s, const typename S::tensor_type& x, const noise_level& level) {
      { s.denoise(x, level) } -> std::same_as<typename S::tensor_type>;
    };

/// `s.linearize(x, level)` is {E[x0 | x_t = x], pullback}; pullback(v) is (d denoise / d x)^T v: the shape of x.
template <class S>
concept has_linearize_at =
    has_tensor_type<S> && requires(const S& s, const typename S::tensor_type& x, const noise_level& level) {
      { s.linearize(x, level).value } -> std::convertible_to<typename S::tensor_type>;
      { s.linearize(x, level).pullback(x) } -> std::same_as<typename S::tensor_type>;
    };

/// A prior, given by its denoiser at every noise level.
///
/// Tweedie's formula makes it a score: grad log p(x_t) = (a E[x0 | x_t] - x_t) / b^2. A score model need not be a
/// network, nor be bounded, nor know any symmetry.
template <class S>
concept score_model = has_tensor_type<S> && has_sample_shape<S> && has_denoise<S>;

/// A score model that can be differentiated with respect to x_t.
template <class S>
concept differentiable_score_model = score_model<S> && has_linearize_at<S>;

/// Explains, one line for each missing member, why S is not a `score_model`.
template <class S>
consteval bool check_score_model() {
  static_assert(has_tensor_type<S>, "a score model needs: using tensor_type = equireg::cpu::tensor<float>; (or the "
                                    "tensor of another precision or backend)");
  static_assert(has_sample_shape<S>, "a score model needs: equireg::shape sample_shape() const, the shape (1, C, H, W) "
                                     "of one sample");
  static_assert(has_denoise<S>, "a score model needs: tensor_type denoise(const tensor_type& x, const "
                                "equireg::noise_level& level) const, which returns E[x0 | x_t = x]");
  return true;
}

/// Explains, one line for each missing member, why S is not a `differentiable_score_model`.
template <class S>
consteval bool check_differentiable_score_model() {
  check_score_model<S>();
  static_assert(has_linearize_at<S>,
                "a differentiable score model needs: linearization{value, pullback} linearize(const tensor_type& x, "
                "const equireg::noise_level& level) const, where pullback(v) is (d denoise / d x)^T v; without it "
                "choose a likelihood that takes no derivative of the score: ddnm, ddnm_plus, ddrm, diffpir, fast_dips, "
                "daps, pnp_dm, red_diff, score_ald, projection or ilvr");
  return true;
}

}  // namespace equireg
