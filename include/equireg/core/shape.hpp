// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `shape`: the four extents of every tensor, and `extent`: the two of an image.

#include <equireg/core/config.hpp>

#include <cstddef>
#include <string>

namespace equireg {

/// Height and width of one image plane, in pixels.
struct extent {
  std::size_t height = 1;
  std::size_t width = 1;

  constexpr bool operator==(const extent&) const = default;
};

/// The pixels of an image in rows top ... top + size.height - 1 and columns left ... left + size.width - 1.
struct window {
  std::size_t top = 0;
  std::size_t left = 0;
  extent size;

  constexpr bool operator==(const window&) const = default;
};

/// Batch x channel x height x width, row major: width varies fastest.
///
/// Signals that are no images use what they need of it: a batch of d-dimensional vectors is (B, 1, 1, d), one number
/// for each sample is (B, 1, 1, 1).
struct shape {
  std::size_t batch = 0;
  std::size_t channels = 1;
  std::size_t height = 1;
  std::size_t width = 1;

  constexpr bool operator==(const shape&) const = default;

  /// Elements of one sample: C * H * W.
  [[nodiscard]] EQUIREG_HOST_DEVICE constexpr std::size_t sample_size() const { return channels * height * width; }

  /// Elements of the whole batch: B * C * H * W.
  [[nodiscard]] EQUIREG_HOST_DEVICE constexpr std::size_t size() const { return batch * sample_size(); }

  /// Height and width.
  [[nodiscard]] constexpr extent plane() const { return {height, width}; }

  /// This shape with another number of samples.
  [[nodiscard]] constexpr shape with_batch(std::size_t samples) const { return {samples, channels, height, width}; }

  /// This shape with another image plane.
  [[nodiscard]] constexpr shape with_plane(extent e) const { return {batch, channels, e.height, e.width}; }
};

/// "(2, 3, 64, 64)", as error messages print it.
inline std::string to_text(const shape& s) {
  return "(" + std::to_string(s.batch) + ", " + std::to_string(s.channels) + ", " + std::to_string(s.height) + ", " +
         std::to_string(s.width) + ")";
}

/// "64 x 48": height x width.
inline std::string to_text(const extent& e) { return std::to_string(e.height) + " x " + std::to_string(e.width); }

}  // namespace equireg
