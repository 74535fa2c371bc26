// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `regularizer::equivariance`: how far a map is from commuting with a symmetry.

#include <equireg/core/arguments.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/group/feature_action.hpp>
#include <equireg/group/symmetry_group.hpp>
#include <equireg/regularizer/penalty.hpp>
#include <equireg/regularizer/penalty_settings.hpp>

#include <functional>
#include <type_traits>
#include <utility>

namespace equireg::regularizer {

/// R(x) = weight * rho(T_g f(x) - f(S_g x)) for each sample, averaged over the chosen elements g.
///
///     equivariance{encoder, group::reflection{}, {.weight = 0.01}}
///
/// S_g is the group's action on images, T_g its action on features (`feature_action`). With q = d rho / d e the
/// gradient is J_f(x)^T T_g^T q - S_g^T J_f(S_g x)^T q (EquiReg, arXiv:2505.22973). f must treat each sample by itself.
///
/// An evaluation reads or writes tensors of the size of x or f(x) in four passes: S_g x; e with its norm; T_g^T e; and
/// the sum into q, whose permutation and factor are made in it. Beside them it linearizes f twice and pulls back twice;
/// each further element costs the four passes, and f and its pullback once more.
///
/// @tparam F a differentiable map from images to images of any extent, held by value; or std::reference_wrapper of
///           one (`std::ref(encoder)`), which must outlive the penalty.
template <class F, symmetry_group Group>
class equivariance {
 public:
  using map_type = std::remove_cvref_t<std::unwrap_reference_t<F>>;

  /// Throws where a setting is out of range.
  equivariance(F f, Group group, penalty_settings settings = {})
      : f_(std::move(f)), group_(std::move(group)), settings_(settings) {
    settings_.check("equireg::regularizer::equivariance");
  }

  [[nodiscard]] const map_type& map() const { return f_; }
  [[nodiscard]] const Group& group() const { return group_; }
  [[nodiscard]] const penalty_settings& settings() const { return settings_; }

  [[nodiscard]] bool active(const reverse_step& step) const { return settings_.weight_at(step) != 0; }

  /// The weighted penalty of each sample, (B, 1, 1, 1).
  template <class X>
  X value(const X& x, const reverse_step& step) const {
    static_assert(equireg::map<map_type, X>, "the equivariance penalty needs a map f(x)");
    X total({x.shape().batch, 1, 1, 1});
    fill(total, 0);
    if (!active(step)) return total;

    const auto features = map()(x);
    const element_choice elements(group_, settings_.elements, step);
    const double weight = settings_.weight_at(step) / static_cast<double>(elements.count());
    for (std::size_t i = 0; i < elements.count(); ++i) {
      const auto g = elements[i];
      const auto moved = map()(act(group_, g, x));
      const auto [u, v] = entries<2>;
      X part = reduce(square(v - u), moved,
                      read_through(features, feature_action(group_, g, features.shape().plane())));
      reduce_squares(part, settings_.reduction, moved.shape().sample_size(), weight);
      transform(total, u + v, total, part);
    }
    return total;
  }

  /// q_b += factor_b * the gradient of the weighted penalty at x, for each sample b; factor is (B, 1, 1, 1).
  template <class X>
  void accumulate(X& q, const X& x, const reverse_step& step, const X& factor) const {
    static_assert(check_differentiable_map<map_type, X>());
    if (!active(step)) return;

    const auto [features, pull_features] = linearize(map(), x);
    using feature_tensor = std::remove_cvref_t<decltype(features)>;
    const element_choice elements(group_, settings_.elements, step);
    const double weight = settings_.weight_at(step) / static_cast<double>(elements.count());
    feature_tensor cotangent(features.shape());  // sum_g c_g T_g^T e_g
    for (std::size_t i = 0; i < elements.count(); ++i) {
      const auto g = elements[i];
      const auto there = group_.action(g, x.shape().plane());
      const auto back = group_.action(group_.inverse(g), there.output);
      const auto features_there = feature_action(group_, g, features.shape().plane());
      const auto features_back = feature_action(group_, group_.inverse(g), features_there.output);

      auto [e, pull_moved] = linearize(map(), gather(x, there));  // f(S_g x), overwritten by T_g f(x) - f(S_g x)
      const auto [u, v] = entries<2>;
      auto scale = transform_reduce(e, u - v, square(u), read_through(features, features_there), e);
      cotangent_factor(scale, settings_.reduction, e.shape().sample_size(), weight, factor);

      const auto [sum, c, r] = entries<3>;
      const auto add = sum + c * r;
      if (i == 0) {
        transform(cotangent, add, absent{}, per_sample{scale}, read_through(e, features_back));
      } else {
        transform(cotangent, add, cotangent, per_sample{scale}, read_through(e, features_back));
      }
      const X moved_gradient = pull_moved(e);
      if (i + 1 < elements.count()) {
        transform(q, sum - c * r, q, per_sample{scale}, read_through(moved_gradient, back));
      } else {
        const X gradient = pull_features(cotangent);
        const auto [before, whole, factor_g, moved] = entries<4>;
        transform(q, before + (whole - factor_g * moved), q, gradient, per_sample{scale},
                  read_through(moved_gradient, back));
      }
    }
  }

 private:
  F f_;
  Group group_;
  penalty_settings settings_;
};

}  // namespace equireg::regularizer
