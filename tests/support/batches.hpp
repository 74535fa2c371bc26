// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Batches that tests make and compare.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/shape.hpp>

#include <algorithm>
#include <cstdint>

namespace equireg::test {

/// Standard normal numbers of a seed: each `which` is another batch.
template <class X>
X normal_numbers(const shape& s, std::uint64_t seed, std::uint32_t which) {
  X x(s);
  fill_normal(x, noise_address{seed, which, purpose::user, 0});
  return x;
}

/// The shapes and all numbers are equal.
template <class X>
bool same_bits(const X& a, const X& b) {
  return a.shape() == b.shape() && std::equal(a.values().begin(), a.values().end(), b.values().begin());
}

}  // namespace equireg::test
