// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief What noise models read from an addressed stream: streams beside it, and numbers on the open interval (0, 1).

#include <equireg/core/random.hpp>

#include <cstddef>
#include <cstdint>

namespace equireg::noise {

/// The stream number `index` beside `address`; number 0 is `address` itself. For noise that is made of several parts:
/// each part reads a stream of its own, so that no two share a number. The seed is mixed, seed' = f(seed + index c), by
/// the finaliser of SplitMix64 (Steele, Lea and Flood 2014, OOPSLA), which is one to one: streams of streams differ.
constexpr noise_address substream(noise_address address, std::uint64_t index) {
  if (index == 0) return address;
  std::uint64_t s = address.seed + index * 0x9E3779B97F4A7C15;
  s = (s ^ (s >> 30)) * 0xBF58476D1CE4E5B9;
  s = (s ^ (s >> 27)) * 0x94D049BB133111EB;
  address.seed = s ^ (s >> 31);
  return address;
}

/// 52 bits of two words as a number in (0, 1), symmetric about 1/2: its logarithm is finite.
constexpr double open_unit(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t bits = (static_cast<std::uint64_t>(high) << 32) | low;
  return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
}

/// A number uniform on (0, 1): element `element` of one sample's stream.
constexpr double open_uniform(const noise_address& address, std::uint64_t sample, std::size_t element) {
  const auto words = random_bits::words(address, sample, static_cast<std::uint32_t>(element));
  return open_unit(words[0], words[1]);
}

}  // namespace equireg::noise
