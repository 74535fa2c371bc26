// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `group::direct_product`: two groups whose actions commute, as one.

#include <equireg/group/composed_action.hpp>
#include <equireg/group/draw.hpp>
#include <equireg/group/symmetry_group.hpp>

#include <cstddef>
#include <utility>

namespace equireg::group {

/// Pairs (g, h), where h acts first: S_(g,h) = S_g S_h.
///
/// The actions of G and H must commute, S_g S_h = S_h S_g, as two reflections along different axes do; without that
/// the pairs do not act as a group. (Where they do not commute, see `semidirect_product`.)
template <symmetry_group G, symmetry_group H>
class direct_product {
 public:
  struct element {
    typename G::element g{};
    typename H::element h{};
    constexpr bool operator==(const element&) const = default;
  };

  constexpr direct_product() = default;
  constexpr direct_product(G g, H h) : g_(std::move(g)), h_(std::move(h)) {}

  [[nodiscard]] constexpr element identity() const { return {g_.identity(), h_.identity()}; }
  [[nodiscard]] constexpr element inverse(const element& a) const { return {g_.inverse(a.g), h_.inverse(a.h)}; }
  [[nodiscard]] constexpr element compose(const element& a, const element& b) const {
    return {g_.compose(a.g, b.g), h_.compose(a.h, b.h)};
  }
  [[nodiscard]] constexpr std::size_t order() const { return g_.order() * h_.order(); }
  [[nodiscard]] constexpr element at(std::size_t i) const { return {g_.at(i / h_.order()), h_.at(i % h_.order())}; }
  [[nodiscard]] element draw(const noise_address& address) const { return draw_non_identity(*this, address); }
  [[nodiscard]] element draw_any(const noise_address& address) const { return group::draw_any(*this, address); }

  [[nodiscard]] constexpr auto action(const element& a, extent e) const {
    const auto first = h_.action(a.h, e);
    return compose_actions(first, g_.action(a.g, first.output));
  }

 private:
  G g_{};
  H h_{};
};

}  // namespace equireg::group
