// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `gamma_draw`: one exact gamma number of an addressed stream.

#include <equireg/core/random.hpp>
#include <equireg/noise/stream.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

namespace equireg::noise {

/// A number with density t^(k-1) e^-t / Gamma(k), k = `order` > 0: a function of the address alone, for element
/// `element` of one sample that has `elements` of them. Exact in distribution, but for the bits of the uniform numbers
/// (52 for the radius of the normal number, 32 for its angle and for the acceptance).
///
/// Marsaglia and Tsang 2000, ACM TOMS 26, 363-372, for k >= 1; below, a number of order k + 1 times u^(1/k), with u of
/// substream 1. Attempt j of an element reads block element + j elements of the stream, so that no two attempts and no
/// two elements share a number. Orders below 0.02 may underflow to 0.
inline double gamma_draw(double order, const noise_address& address, std::uint64_t sample, std::size_t element,
                         std::size_t elements) {
  const double d = (order < 1 ? order + 1 : order) - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (std::size_t block = element;; block += elements) {
    const auto words = random_bits::words(address, sample, static_cast<std::uint32_t>(block));
    const double angle = 2 * std::numbers::pi * 0x1p-32 * (words[2] + 0.5), u = 0x1p-32 * (words[3] + 0.5);
    const double x = std::sqrt(-2 * std::log(open_unit(words[0], words[1]))) * std::cos(angle);
    const double root = 1 + c * x, v = root * root * root;
    if (v <= 0) continue;
    const bool accepted = u < 1 - 0.0331 * x * x * x * x || std::log(u) < 0.5 * x * x + d * (1 - v + std::log(v));
    if (!accepted) continue;
    return order < 1 ? d * v * std::pow(open_uniform(substream(address, 1), sample, element), 1 / order) : d * v;
  }
}

}  // namespace equireg::noise
