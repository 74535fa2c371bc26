// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::commutes_with`: which groups an operator commutes with, known when the program is compiled.

#include <equireg/core/map.hpp>
#include <equireg/core/symmetry.hpp>
#include <equireg/group/cyclic_shift.hpp>
#include <equireg/group/direct_product.hpp>
#include <equireg/group/drawing_from.hpp>
#include <equireg/group/feature_action.hpp>
#include <equireg/group/half_turn.hpp>
#include <equireg/group/quarter_turns.hpp>
#include <equireg/group/reflection.hpp>
#include <equireg/group/semidirect_product.hpp>
#include <equireg/group/trivial.hpp>

#include <cstddef>
#include <type_traits>

namespace equireg::measurement {

namespace detail {

template <class A>
struct symmetries_of {
  static constexpr symmetry value = [] {
    if constexpr (requires { symmetry{A::symmetries}; }) return A::symmetries;
    return symmetry::none;
  }();
};
template <class A>
  requires std::is_base_of_v<identity_map, A>
struct symmetries_of<A> {
  static constexpr symmetry value = symmetry::pixel_permutations | symmetry::channel_permutations;
};
// F G S_g = F S_g G = S_g F G.
template <class F, class G>
struct symmetries_of<composition<F, G>> {
  static constexpr symmetry value = closure(symmetries_of<F>::value) & closure(symmetries_of<G>::value);
};

}  // namespace detail

/// The symmetries S_g with A S_g = T_g A, where T_g acts on measurements as S_g does on images, for all settings that
/// the type A allows and all images that it takes. A type says so by
///
///     static constexpr symmetry symmetries = symmetry::square | symmetry::channel_permutations;
///
/// and has none if it says nothing. What depends on settings is left out: a mask or a kernel that happens to be
/// symmetric, or a blur whose border may be circular. Compositions have what both parts have.
template <class A>
inline constexpr symmetry symmetries_of = detail::symmetries_of<A>::value;

/// The symmetries that an operator needs for a group. Groups permute pixels; one that is not listed here is taken to
/// permute them in any way. Specialise it for a group of your own that does less.
template <class Group>
inline constexpr symmetry symmetries_needed =
    has_feature_action<Group> ? symmetry::never : symmetry::pixel_permutations;
template <>
inline constexpr symmetry symmetries_needed<group::trivial> = symmetry::none;
template <>
inline constexpr symmetry symmetries_needed<group::reflection> = symmetry::left_right | symmetry::top_bottom;
template <>
inline constexpr symmetry symmetries_needed<group::half_turn> = symmetry::half_turn;
template <>
inline constexpr symmetry symmetries_needed<group::quarter_turns> = symmetry::half_turn | symmetry::quarter_turns;
template <>
inline constexpr symmetry symmetries_needed<group::cyclic_shift> = symmetry::translations;
template <class G, class H>
inline constexpr symmetry symmetries_needed<group::direct_product<G, H>> =
    symmetries_needed<G> | symmetries_needed<H>;
template <class N, class H, class Conjugate>
inline constexpr symmetry symmetries_needed<group::semidirect_product<N, H, Conjugate>> =
    symmetries_needed<N> | symmetries_needed<H>;
template <class Group, std::size_t... indices>
inline constexpr symmetry symmetries_needed<group::drawing_from<Group, indices...>> = symmetries_needed<Group>;

/// A S_g = S_g A for every element of the group and all settings of A. With white noise and an invariant prior, the
/// posterior of S_g y is then the posterior of y, moved by S_g.
///
///     static_assert(measurement::commutes_with<measurement::gaussian_blur, group::dihedral>);
template <class A, class Group>
inline constexpr bool commutes_with = includes(symmetries_of<A>, symmetries_needed<Group>);

}  // namespace equireg::measurement
