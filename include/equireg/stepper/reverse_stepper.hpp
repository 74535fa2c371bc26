// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The `reverse_stepper` concept: how x_t and an estimate of x0 make the next x.

#include <equireg/core/arguments.hpp>  // absent
#include <equireg/stepper/reverse_step.hpp>

#include <concepts>
#include <utility>

namespace equireg {

/// What a concept check passes in place of the sampler's own estimate.
template <class X>
struct example_estimate {
  guided_estimate<X, X> operator()(const X& x, const noise_level&) const { return {x, x}; }
};

/// `s.template start<X>()` is what the stepper remembers from step to step, empty at first.
template <class S, class X>
concept has_start = requires(const S& s) { s.template start<X>(); };

/// `s.advance(memory, x, estimate, step)` overwrites x_t with the next x; `estimate(x, level)` may be called at any
/// level and gives a `guided_estimate`, whose shift is added to the next x. Returns sum |x_i| of each sample,
/// (B, 1, 1, 1), made while x is written: the sampler looks there for numbers that are not finite.
template <class S, class X>
concept has_advance =  // `declval`, because nvcc 13 crashes on a parameter whose type names another one
    has_start<S, X> && requires(const S& s, decltype(std::declval<const S&>().template start<X>())& memory, X& x,
                                const example_estimate<X>& estimate, const reverse_step& step) {
      { s.advance(memory, x, estimate, step) } -> std::same_as<X>;
    };

/// A rule for the reverse process.
template <class S, class X>
concept reverse_stepper = has_start<S, X> && has_advance<S, X>;

/// Explains, one line for each missing member, why S is not a `reverse_stepper`.
template <class S, class X>
consteval bool check_reverse_stepper() {
  static_assert(has_start<S, X>, "a stepper needs: template <class X> auto start() const, which returns what it "
                                 "remembers from step to step");
  static_assert(has_advance<S, X>, "a stepper needs: X advance(auto& memory, X& x, const auto& estimate, const "
                                   "equireg::reverse_step& step) const, which overwrites x and returns sum |x_i| of "
                                   "each sample");
  return true;
}

}  // namespace equireg
