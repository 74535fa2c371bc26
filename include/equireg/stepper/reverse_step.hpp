// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `reverse_step`: which step of which run, and `guided_estimate`: what guidance makes of it.

#include <equireg/core/noise_level.hpp>
#include <equireg/core/random.hpp>

#include <cstddef>
#include <cstdint>

namespace equireg {

/// One step of the reverse process, from one noise level to the next cleaner one.
struct reverse_step {
  noise_level from = {};
  noise_level to = {};
  std::size_t index = 0;  ///< rises from 0
  std::size_t total = 1;  ///< steps of the whole run
  std::uint64_t seed = 0;
  std::uint64_t first_sample = 0;  ///< index of the batch's first sample in the run

  /// The stream of this step for the given use: a number for each element of each sample.
  [[nodiscard]] noise_address noise(purpose what) const {
    return {seed, static_cast<std::uint32_t>(index), what, first_sample};
  }
  /// Iteration `iteration` of a chain that runs inside this step: a stream with a key of its own, drawn from the run's.
  [[nodiscard]] noise_address chain(purpose what, std::size_t iteration) const {
    const auto key = random_bits::words({seed, static_cast<std::uint32_t>(index), what, 0}, chain_keys, 0);
    return {(static_cast<std::uint64_t>(key[0]) << 32) | key[1], static_cast<std::uint32_t>(iteration), what,
            first_sample};
  }
  /// The stream that all samples share, whichever batch they came in.
  [[nodiscard]] noise_address shared(purpose what) const { return {seed, static_cast<std::uint32_t>(index), what, 0}; }

  /// The step ends at data.
  [[nodiscard]] bool is_last() const { return index + 1 == total; }

  /// The sample whose numbers are keys of chains: the last there is, which no batch reaches.
  static constexpr std::uint64_t chain_keys = (std::uint64_t{1} << 48) - 1;
};

/// A better estimate of x0, and what guidance adds to the next state. Shift is a tensor, or `absent` where the
/// likelihood moves x0 alone.
template <class X, class Shift>
struct guided_estimate {
  X x0;
  Shift shift;
};

template <class X, class Shift>
guided_estimate(X, Shift) -> guided_estimate<X, Shift>;

}  // namespace equireg
