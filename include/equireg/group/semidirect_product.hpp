// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `group::semidirect_product`: a normal subgroup and a second group that acts on it, as one group.

#include <equireg/group/composed_action.hpp>
#include <equireg/group/draw.hpp>
#include <equireg/group/symmetry_group.hpp>

#include <concepts>
#include <cstddef>
#include <utility>

namespace equireg::group {

/// `conjugate(h, n)` is the element of N that acts as S_h S_n S_h^-1.
template <class Conjugate, class N, class H>
concept conjugation = requires(const Conjugate& conjugate, const typename H::element& h, const typename N::element& n) {
  { conjugate(h, n) } -> std::same_as<typename N::element>;
};

/// Pairs (n, h), where h acts first: S_(n,h) = S_n S_h, and so (n, h) (n', h') = (n conjugate(h, n'), h h').
///
/// N is normal: S_h S_n S_h^-1 is the action of an element of N, which `conjugate` names. The axioms hold if
/// n -> conjugate(h, n) is an automorphism of N for each h, and conjugate(h h', n) = conjugate(h, conjugate(h', n)).
template <symmetry_group N, symmetry_group H, conjugation<N, H> Conjugate>
class semidirect_product {
 public:
  struct element {
    typename N::element n{};
    typename H::element h{};
    constexpr bool operator==(const element&) const = default;
  };

  constexpr semidirect_product() = default;
  constexpr semidirect_product(N n, H h, Conjugate conjugate)
      : n_(std::move(n)), h_(std::move(h)), conjugate_(std::move(conjugate)) {}

  [[nodiscard]] constexpr element identity() const { return {n_.identity(), h_.identity()}; }
  [[nodiscard]] constexpr element inverse(const element& a) const {
    const auto h = h_.inverse(a.h);
    return {conjugate_(h, n_.inverse(a.n)), h};
  }
  [[nodiscard]] constexpr element compose(const element& a, const element& b) const {
    return {n_.compose(a.n, conjugate_(a.h, b.n)), h_.compose(a.h, b.h)};
  }
  [[nodiscard]] constexpr std::size_t order() const { return n_.order() * h_.order(); }
  [[nodiscard]] constexpr element at(std::size_t i) const { return {n_.at(i / h_.order()), h_.at(i % h_.order())}; }
  [[nodiscard]] element draw(const noise_address& address) const { return draw_non_identity(*this, address); }
  [[nodiscard]] element draw_any(const noise_address& address) const { return group::draw_any(*this, address); }

  [[nodiscard]] constexpr auto action(const element& a, extent e) const {
    const auto first = h_.action(a.h, e);
    return compose_actions(first, n_.action(a.n, first.output));
  }

 private:
  N n_{};
  H h_{};
  Conjugate conjugate_{};
};

}  // namespace equireg::group
