// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The `symmetry_group` concept, and how a group acts on tensors.

#include <equireg/core/pixel_map.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/shape.hpp>

#include <concepts>
#include <cstddef>

namespace equireg {

/// `typename G::element`, a small value with ==.
template <class G>
concept has_element = requires { typename G::element; } && std::regular<typename G::element>;

/// `g.identity()`.
template <class G>
concept has_identity = has_element<G> && requires(const G& g) {
  { g.identity() } -> std::same_as<typename G::element>;
};

/// `g.inverse(a)`: compose(a, inverse(a)) = identity.
template <class G>
concept has_inverse = has_element<G> && requires(const G& g, const typename G::element& a) {
  { g.inverse(a) } -> std::same_as<typename G::element>;
};

/// `g.compose(a, b)` is a b: first b acts, then a.
template <class G>
concept has_compose = has_element<G> && requires(const G& g, const typename G::element& a) {
  { g.compose(a, a) } -> std::same_as<typename G::element>;
};

/// `g.order()` is the number of elements, and `g.at(i)` names each of them once; at(0) is the identity.
template <class G>
concept has_order = has_element<G> && requires(const G& g, std::size_t i) {
  { g.order() } -> std::convertible_to<std::size_t>;
  { g.at(i) } -> std::same_as<typename G::element>;
};

/// `g.draw(address)` is the element that a penalty uses at the address: uniform over the elements that the group's
/// name promises, by default all but the identity.
template <class G>
concept has_draw = has_element<G> && requires(const G& g, const noise_address& address) {
  { g.draw(address) } -> std::same_as<typename G::element>;
};

/// `g.action(a, extent)` is the permutation of pixels by which a acts on images of that extent, as a map from output
/// pixel to input pixel: action(compose(a, b)) is action(b), then action(a).
template <class G>
concept has_action = has_element<G> && requires(const G& g, const typename G::element& a, extent e) {
  { g.action(a, e)(pixel{}) } -> std::convertible_to<pixel>;
  { g.action(a, e).output } -> std::convertible_to<extent>;
};

/// A finite group of symmetries of the pixel grid.
template <class G>
concept symmetry_group = has_element<G> && has_identity<G> && has_inverse<G> && has_compose<G> && has_order<G> &&
                         has_draw<G> && has_action<G>;

/// Explains, one line for each missing member, why G is not a `symmetry_group`.
template <class G>
consteval bool check_symmetry_group() {
  static_assert(has_element<G>, "a symmetry group needs: a nested type element, a value with ==");
  static_assert(has_identity<G>, "a symmetry group needs: element identity() const");
  static_assert(has_inverse<G>, "a symmetry group needs: element inverse(const element& a) const");
  static_assert(has_compose<G>, "a symmetry group needs: element compose(const element& a, const element& b) const, "
                                "where b acts first");
  static_assert(has_order<G>, "a symmetry group needs: std::size_t order() const and element at(std::size_t i) const, "
                              "with at(0) the identity");
  static_assert(has_draw<G>, "a symmetry group needs: element draw(const equireg::noise_address& address) const");
  static_assert(has_action<G>, "a symmetry group needs: pixel_map action(const element& a, equireg::extent e) const, "
                               "or another map from output pixel to input pixel with extents input and output");
  return true;
}

/// S_g x: every image plane of x permuted by the element's action.
template <symmetry_group Group, class X>
X act(const Group& group, const typename Group::element& g, const X& x) {
  return gather(x, group.action(g, x.shape().plane()));
}

}  // namespace equireg
