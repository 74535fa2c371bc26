// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::quantisation`: values are rounded to a few levels.

#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/symmetry.hpp>
#include <equireg/measurement/clipping.hpp>

#include <cstddef>
#include <limits>

namespace equireg::measurement {

/// A x = the nearest of `levels` numbers low, low + step, ..., high, where step = (high - low) / (levels - 1); halves
/// go to the even level. Any shape. 256 levels on [-1, 1] are a PNG's.
///
/// The derivative is zero almost everywhere and of no use. `linearize` passes cotangents straight through instead: the
/// surrogate gradient is 1 in [low, high] and 0 beyond, or 1 everywhere, as `gradient` says. A A = A, and so A^+ = A.
/// Throws unless 2 <= levels <= 2^22 and low < high.
struct quantisation {
  std::size_t levels = 256;
  double low = -1;
  double high = 1;
  surrogate_gradient gradient = surrogate_gradient::inside;

  static constexpr symmetry symmetries = symmetry::pixel_permutations | symmetry::channel_permutations;
  static constexpr const char* name = "equireg::measurement::quantisation";

  template <class X>
  X operator()(const X& x) const {
    require(levels >= 2 && levels <= std::size_t{1} << 22 && low < high, name,
            "expected 2 <= levels <= 2^22 and low < high, but levels is ", levels, ", low ", low, " and high ", high);
    using value_type = typename X::value_type;
    const double step = (high - low) / static_cast<double>(levels - 1);
    const auto a = static_cast<value_type>(low), to_index = static_cast<value_type>(1 / step);
    const auto last = static_cast<value_type>(levels - 1), to_value = static_cast<value_type>(step);
    // Adding 1.5 2^(digits - 1) leaves a number no bits for fractions: it rounds, a NaN passes, and the loop vectorises
    // on every processor.
    constexpr value_type shift = value_type(1.5) / std::numeric_limits<value_type>::epsilon();
    X y(x.shape());
    transform(
        y,
        [=](value_type v) {
          const value_type t = (v - a) * to_index, above = t < 0 ? value_type(0) : t;
          const value_type index = ((above > last ? last : above) + shift) - shift;
          return a + index * to_value;
        },
        x);
    return y;
  }

  /// A(x), and the surrogate gradient.
  template <class X>
  auto linearize(const X& x) const {
    return linearization{
        (*this)(x),
        clipping{.factor = 1, .low = low, .high = high, .gradient = gradient}.linearize(x).pullback};
  }

  template <class X>
  X pseudo_inverse(const X& y) const {
    return (*this)(y);
  }
};

}  // namespace equireg::measurement
