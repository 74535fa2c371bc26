// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief What elementwise verbs read beside tensors, in words that every backend understands.

#include <equireg/core/error.hpp>
#include <equireg/core/pixel_map.hpp>
#include <equireg/core/random.hpp>

#include <string_view>

namespace equireg {

/// @name Arguments of elementwise verbs, the same on every backend
/// @{

/// One number for each sample: values has shape (B, 1, 1, 1).
template <class X>
struct per_sample {
  const X& values;
};
template <class X>
per_sample(const X&) -> per_sample<X>;

/// An image of shape (1 or B, 1 or C, H, W) that samples or channels share.
template <class X>
struct broadcast {
  const X& values;
};
template <class X>
broadcast(const X&) -> broadcast<X>;

/// out[i][j] = x[map(i, j)] in each plane.
template <class X>
struct permuted {
  const X& values;
  pixel_map map;
};
template <class X>
permuted(const X&, pixel_map) -> permuted<X>;

/// Standard normal numbers of the stream at `address`, made while they are read.
struct normal_noise {
  noise_address address;
};

/// Nothing: reads as zero at no cost. A step without guidance has such a shift.
struct absent {};
/// @}

/// @name What a backend asks of an argument whose values have shape `s`, before a verb writes elements of shape `out`
/// @{
inline void require_elementwise(const shape& s, const shape& out, std::string_view verb) {
  require_shape(s, out, verb, "an argument");
}
inline void require_per_sample(const shape& s, const shape& out, std::string_view verb) {
  require_shape(s, {out.batch, 1, 1, 1}, verb, "a per-sample argument");
}
inline void require_broadcast(const shape& s, const shape& out, std::string_view verb) {
  const bool fits = (s.batch == 1 || s.batch == out.batch) && (s.channels == 1 || s.channels == out.channels) &&
                    s.plane() == out.plane();
  require(fits, verb, "an argument of shape ", s, " cannot be broadcast to ", out);
}
inline void require_permuted(const shape& s, const pixel_map& map, const shape& out, std::string_view verb) {
  require(s.plane() == map.input, verb, "the pixel map reads ", map.input, " but the argument has shape ", s);
  require_shape(s.with_plane(map.output), out, verb, "a permuted argument");
}
/// @}

}  // namespace equireg
