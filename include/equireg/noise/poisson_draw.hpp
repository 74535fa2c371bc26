// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `poisson_draw`: one exact Poisson number of an addressed stream.

#include <equireg/core/random.hpp>
#include <equireg/noise/log_factorial.hpp>
#include <equireg/noise/stream.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace equireg::noise {

/// A number of events with mean `mean` >= 0, a function of the address alone: element `element` of one sample that has
/// `elements` of them. Exact in distribution, but for the 53 bits of a uniform number.
///
/// Means below 10: inversion of the distribution function. Others: transformed rejection with squeeze (PTRS), Hörmann
/// 1993, Insurance: Mathematics and Economics 12, 39-45. Attempt k of an element reads block element + k elements of
/// the stream, so that no two attempts and no two elements share a number.
inline double poisson_draw(double mean, const noise_address& address, std::uint64_t sample, std::size_t element,
                           std::size_t elements) {
  if (!(mean > 0)) return std::isnan(mean) ? mean : 0;
  if (mean < 10) {
    // 1 - u is in (0, 1] and u = 0 gives n = 0, so the loop ends before the probabilities underflow.
    const double u = equireg::uniform(address, sample, static_cast<std::uint32_t>(element));
    double probability = std::exp(-mean), cumulative = probability, n = 0;
    while (u >= cumulative && probability > 0) {
      n += 1;
      probability *= mean / n;
      cumulative += probability;
    }
    return n;
  }
  const double root = std::sqrt(mean), log_mean = std::log(mean);
  const double b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
  const double log_inverse_alpha = std::log(1.1239 + 1.1328 / (b - 3.4)), v_r = 0.9277 - 3.6224 / (b - 2);
  for (std::size_t block = element;; block += elements) {
    const auto words = random_bits::words(address, sample, static_cast<std::uint32_t>(block));
    const double u = open_unit(words[0], words[1]) - 0.5, v = open_unit(words[2], words[3]);
    const double us = 0.5 - std::abs(u);
    const double n = std::floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= v_r) return n;
    if (n < 0 || (us < 0.013 && v > us)) continue;
    if (std::log(v) + log_inverse_alpha - std::log(a / (us * us) + b) <= -mean + n * log_mean - log_factorial(n)) {
      return n;
    }
  }
}

}  // namespace equireg::noise
