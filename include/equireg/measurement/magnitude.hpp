// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief What a detector records of a complex wave: its amplitude or its intensity, and how both are differentiated.

#include <equireg/core/tensor.hpp>

namespace equireg::measurement {

/// |z|, or |z|^2 as deepinv measures.
enum class recorded { amplitude, intensity };

/// |z| or |z|^2 of each pair of channels: (B, 2 C, H, W) becomes (B, C, H, W).
template <tensor X>
X recorded_part(const X& z, recorded what) {
  using value_type = typename X::value_type;
  if (what == recorded::amplitude) return magnitude(z);
  return transform_pairs(z, [](value_type re, value_type im) { return re * re + im * im; });
}

/// The pullback of `recorded_part` at z, for the real inner product: w z / |z|, 0 where z = 0; or 2 w z.
template <tensor X>
X pull_back_part(const X& z, const X& w, recorded what) {
  using value_type = typename X::value_type;
  if (what == recorded::amplitude) return scale_phases(z, w);
  X v = scale_pairs(z, w);
  transform(
      v, [](value_type t) { return 2 * t; }, v);
  return v;
}

}  // namespace equireg::measurement
