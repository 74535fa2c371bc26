// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief What elementwise verbs read beside tensors, in words that every backend understands.

#include <equireg/core/pixel_map.hpp>
#include <equireg/core/random.hpp>

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

}  // namespace equireg
