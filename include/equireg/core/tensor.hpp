// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The `tensor` concept: what an algorithm asks of an array, wherever it lives.

#include <equireg/core/shape.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>

namespace equireg {

/// `X::value_type` is float or double.
template <class X>
concept has_real_value_type = requires { typename X::value_type; } && std::floating_point<typename X::value_type>;

/// `X::backend` names where X lives. Verbs (`transform`, `gather`, `multiply`, ...) are found by it.
template <class X>
concept has_backend = requires { typename X::backend; };

/// `x.shape()` is (B, C, H, W).
template <class X>
concept has_shape = requires(const X& x) {
  { x.shape() } -> std::convertible_to<shape>;
};

/// `x.data()` points at shape().size() contiguous elements, row major.
template <class X>
concept has_contiguous_data = requires(X& x, const X& constant) {
  { x.data() } -> std::same_as<typename X::value_type*>;
  { constant.data() } -> std::same_as<const typename X::value_type*>;
};

/// `X(shape)` makes a tensor whose elements are not yet written.
template <class X>
concept has_shape_constructor = std::constructible_from<X, shape>;

/// A contiguous array of rank four that owns its memory.
template <class X>
concept tensor = has_real_value_type<X> && has_backend<X> && has_shape<X> && has_contiguous_data<X> &&
                 has_shape_constructor<X> && std::movable<X>;

/// Explains, one line for each missing member, why X is not a `tensor`.
template <class X>
consteval bool check_tensor() {
  static_assert(has_real_value_type<X>, "a tensor needs: using value_type = float; (or double)");
  static_assert(has_backend<X>, "a tensor needs: using backend = ...; the tag type of the place where it lives");
  static_assert(has_shape<X>, "a tensor needs: equireg::shape shape() const");
  static_assert(has_contiguous_data<X>, "a tensor needs: value_type* data() and const value_type* data() const");
  static_assert(has_shape_constructor<X>, "a tensor needs: a constructor from equireg::shape");
  static_assert(std::movable<X>, "a tensor needs: a move constructor and a move assignment");
  return true;
}

}  // namespace equireg
