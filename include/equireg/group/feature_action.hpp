// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief How a group acts on a map's features, T_g, where that is not how it acts on images, S_g.

#include <equireg/core/arguments.hpp>
#include <equireg/group/draw.hpp>
#include <equireg/group/symmetry_group.hpp>

#include <concepts>
#include <utility>

namespace equireg {

/// `g.feature_action(a, extent)` is how a acts on features of that extent; optional in a group.
template <class G>
concept has_feature_action = has_element<G> && requires(const G& g, const typename G::element& a, extent e) {
  { g.feature_action(a, e)(pixel{}) } -> std::convertible_to<pixel>;
  { g.feature_action(a, e).output } -> std::convertible_to<extent>;
};

/// T_g: the group's own `feature_action` or, in a group without, its `action` at the extent of the features.
template <symmetry_group Group>
constexpr auto feature_action(const Group& group, const typename Group::element& a, extent features) {
  if constexpr (has_feature_action<Group>) {
    return group.feature_action(a, features);
  } else {
    return group.action(a, features);
  }
}

/// x read through a map of pixels, as an argument of an elementwise verb: in place where the map is a `pixel_map`,
/// and otherwise gathered first. Refers to x.
template <class X, class Map>
auto read_through(const X& x, const Map& map) {
  if constexpr (std::same_as<Map, pixel_map>) {
    return permuted{x, map};
  } else {
    return gather(x, map);
  }
}

namespace group {

/// `Group`, with another action on features: `features(a, extent)`, a homomorphism as `action` is.
///
///     // Features whose rows are the image's columns turn the other way.
///     with_features(quarter_turns{},
///                   [](auto a, extent e) { return quarter_turns::action(quarter_turns::inverse(a), e); })
///     // Features that should not change at all.
///     with_features(reflection{}, [](auto, extent e) { return pixel_map::identity(e); })
template <symmetry_group Group, class Features>
struct with_features : Group {
  constexpr with_features(Group group, Features features) : Group(std::move(group)), features_(std::move(features)) {}

  [[nodiscard]] constexpr auto feature_action(const typename Group::element& a, extent e) const {
    return features_(a, e);
  }

 private:
  Features features_;
};

}  // namespace group
}  // namespace equireg
