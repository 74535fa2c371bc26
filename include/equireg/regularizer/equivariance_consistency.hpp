// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `regularizer::equivariance_consistency`: how far a map that restores images is from doing so in every pose.

#include <equireg/core/arguments.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/group/feature_action.hpp>
#include <equireg/group/symmetry_group.hpp>
#include <equireg/regularizer/penalty.hpp>
#include <equireg/regularizer/penalty_settings.hpp>

#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace equireg::regularizer {

/// R(x) = weight * rho(x - S_g^-1 f(S_g x)) for each sample, averaged over the chosen elements g.
///
///     equivariance_consistency{autoencoder, group::reflection{}, {.weight = 0.01}}
///     equivariance_consistency{decoder, encoder, group::reflection{}, {.weight = 0.01}}
///
/// f maps the space of x into itself. From a decoder and an encoder on latents z it is made in either of two ways:
/// pass f = compose(encoder, decoder) for R = rho(z - S^-1 Enc(Dec(S z))), or both maps for the form that acts back on
/// pixels, R = rho(z - Enc(T^-1 Dec(S z))), with T the action on the decoder's images (`feature_action`). The two
/// agree where the encoder is equivariant. The gradients are q - S^T J_f(Sx)^T S q and
/// q - S^T J_Dec(Sz)^T T J_Enc(u)^T q at u = T^-1 Dec(S z), with q = d rho / d e (EquiReg, arXiv:2505.22973).
/// With the identity as the only element (`group::trivial`) it is plain consistency, without a symmetry. The maps must
/// treat each sample by itself.
///
/// With f, an evaluation takes three passes: S x; S e = S x - f(S x) with its norm, which is that of e; and the sum
/// into q, which permutes both S e and its pullback. With two maps it takes five: S z, u, e, T J^T e, and the sum.
///
/// @tparam Maps f; or decoder, encoder. Held by value; or std::reference_wrapper of a map, which must outlive the
///              penalty.
template <symmetry_group Group, class... Maps>
class equivariance_consistency {
 public:
  static_assert(sizeof...(Maps) == 1 || sizeof...(Maps) == 2,
                "equivariance_consistency takes one map from images to images, or a decoder and an encoder");

  /// Throws where a setting is out of range.
  equivariance_consistency(Maps... maps, Group group, penalty_settings settings = {})
      : maps_(std::move(maps)...), group_(std::move(group)), settings_(settings) {
    settings_.check("equireg::regularizer::equivariance_consistency");
  }

  [[nodiscard]] const Group& group() const { return group_; }
  [[nodiscard]] const penalty_settings& settings() const { return settings_; }

  [[nodiscard]] bool active(const reverse_step& step) const { return settings_.weight_at(step) != 0; }

  /// The weighted penalty of each sample, (B, 1, 1, 1).
  template <class X>
  X value(const X& x, const reverse_step& step) const {
    X total({x.shape().batch, 1, 1, 1});
    fill(total, 0);
    if (!active(step)) return total;

    const element_choice elements(group_, settings_.elements, step);
    const double weight = settings_.weight_at(step) / static_cast<double>(elements.count());
    for (std::size_t i = 0; i < elements.count(); ++i) {
      X part = squares(x, elements[i]);
      reduce_squares(part, settings_.reduction, x.shape().sample_size(), weight);
      const auto [sum, p] = entries<2>;
      transform(total, sum + p, total, part);
    }
    return total;
  }

  /// q_b += factor_b * the gradient of the weighted penalty at x, for each sample b; factor is (B, 1, 1, 1).
  template <class X>
  void accumulate(X& q, const X& x, const reverse_step& step, const X& factor) const {
    if (!active(step)) return;
    const element_choice elements(group_, settings_.elements, step);
    const double weight = settings_.weight_at(step) / static_cast<double>(elements.count());
    for (std::size_t i = 0; i < elements.count(); ++i) add_gradient(q, x, elements[i], weight, factor);
  }

 private:
  template <std::size_t I>
  [[nodiscard]] const auto& map() const {
    using held = std::tuple_element_t<I, std::tuple<Maps...>>;
    return static_cast<const std::remove_cvref_t<std::unwrap_reference_t<held>>&>(std::get<I>(maps_));
  }

  // ||e||^2 of each sample.
  template <class X>
  X squares(const X& x, const typename Group::element& g) const {
    const auto [u, v] = entries<2>;
    const X moved = act(group_, g, x);
    if constexpr (sizeof...(Maps) == 1) {
      return reduce(square(u - v), moved, X(map<0>()(moved)));
    } else {
      const auto image = map<0>()(moved);
      return reduce(square(u - v), x, X(map<1>()(gather(image, pixels_back(g, image.shape().plane())))));
    }
  }

  template <class X>
  void add_gradient(X& q, const X& x, const typename Group::element& g, double weight, const X& factor) const {
    const auto [a, b] = entries<2>;
    const auto residual = a - b;
    const auto norm = square(a);
    const auto [sum, c, u, v] = entries<4>;

    const auto there = group_.action(g, x.shape().plane());
    const auto back = group_.action(group_.inverse(g), there.output);
    const X moved = gather(x, there);
    if constexpr (sizeof...(Maps) == 1) {
      static_assert(check_differentiable_map<std::remove_cvref_t<decltype(map<0>())>, X>());
      auto [e, pull] = linearize(map<0>(), moved);  // f(S x), overwritten by S e = S x - f(S x)
      X scale = transform_reduce(e, residual, norm, moved, e);
      cotangent_factor(scale, settings_.reduction, e.shape().sample_size(), weight, factor);
      const X pulled = pull(e);
      transform(q, sum + c * (u - v), q, per_sample{scale}, read_through(e, back), read_through(pulled, back));
    } else {
      static_assert(check_differentiable_map<std::remove_cvref_t<decltype(map<0>())>, X>());
      const auto [image, pull_decoder] = linearize(map<0>(), moved);
      const auto pixels = pixels_back(g, image.shape().plane());
      auto [e, pull_encoder] = linearize(map<1>(), gather(image, pixels));  // Enc(u), overwritten by z - Enc(u)
      X scale = transform_reduce(e, residual, norm, x, e);
      cotangent_factor(scale, settings_.reduction, e.shape().sample_size(), weight, factor);
      const X pulled = pull_decoder(gather(pull_encoder(e), feature_action(group_, g, pixels.output)));
      transform(q, sum + c * (u - v), q, per_sample{scale}, e, read_through(pulled, back));
    }
  }

  // T_g^-1 on images of the given extent.
  [[nodiscard]] auto pixels_back(const typename Group::element& g, extent e) const {
    return feature_action(group_, group_.inverse(g), e);
  }

  std::tuple<Maps...> maps_;
  Group group_;
  penalty_settings settings_;
};

template <class F, symmetry_group Group>
equivariance_consistency(F, Group, penalty_settings = {}) -> equivariance_consistency<Group, F>;
template <class Decoder, class Encoder, symmetry_group Group>
equivariance_consistency(Decoder, Encoder, Group, penalty_settings = {})
    -> equivariance_consistency<Group, Decoder, Encoder>;

}  // namespace equireg::regularizer
