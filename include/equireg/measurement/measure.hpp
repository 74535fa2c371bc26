// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::measure`: simulated data, y = A(x) + noise.

#include <equireg/core/map.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/tensor.hpp>

#include <utility>

namespace equireg::measurement {

/// `a.observed(y)` clears the entries of y that A does not observe.
template <class A, class Y>
concept has_observed = requires(const A& a, const Y& y) {
  a.observed(y);
};

/// y, without what A does not observe.
template <class A, class Y>
Y observed_part(const A& a, Y y) {
  if constexpr (has_observed<A, Y>) {
    return a.observed(y);
  } else {
    return y;
  }
}

/// A(x) with noise of the stream at `address`. Where A leaves entries unobserved, y holds 0 there and no noise: noise
/// would add a constant to ||y - A x|| and shrink every step that is divided by it.
template <tensor X, map<X> A, class Noise>
auto measure(const A& a, const X& x, const Noise& noise, const noise_address& address) {
  return observed_part(a, noise.sample(a(x), address));
}

}  // namespace equireg::measurement
