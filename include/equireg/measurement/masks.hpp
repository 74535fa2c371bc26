// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Masks for `inpainting`: a box, a box at a random place, single pixels or entries at random, and
/// the colour filter of a camera.

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/shape.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// 0 inside the box with corner (top, left), 1 outside; the mask (1, 1, H, W) has the plane of `image`. A mask that
/// keeps only the box is 1 minus this one. Throws where the box leaves the image.
template <class X = cpu::tensor<float>>
X box_mask(const shape& image, std::size_t top, std::size_t left, std::size_t height, std::size_t width) {
  require(height <= image.height && top <= image.height - height && width <= image.width && left <= image.width - width,
          "equireg::measurement::box_mask", "a box of ", extent{height, width}, " at row ", top, ", column ", left,
          " leaves an image of ", image.plane());
  using value_type = typename X::value_type;
  std::vector<value_type> values(image.height * image.width, value_type(1));
  for (std::size_t row = top; row < top + height; ++row) {
    for (std::size_t column = left; column < left + width; ++column) values[row * image.width + column] = 0;
  }
  return X({1, 1, image.height, image.width}, std::span<const value_type>(values));
}

/// A box whose corner is uniform on margin ... size - margin - box - 1 in both directions (upper end exclusive, as in
/// the published code; where the range is empty, at the margin). Margin 16: DPS, SITCOM; 32: DAPS, InverseBench.
/// Throws where the box and two margins do not fit.
template <class X = cpu::tensor<float>>
X random_box_mask(const shape& image, std::size_t height, std::size_t width, std::size_t margin,
                  const noise_address& address) {
  require(height + 2 * margin <= image.height && width + 2 * margin <= image.width,
          "equireg::measurement::random_box_mask", "a box of ", extent{height, width}, " with a margin of ", margin,
          " pixels does not fit an image of ", image.plane());
  const auto corner = [&](std::size_t room, std::uint32_t element) {
    return margin + (room == 0 ? 0 : uniform_index(room, address, 0, element));
  };
  const std::size_t top = corner(image.height - height - 2 * margin, 0);
  const std::size_t left = corner(image.width - width - 2 * margin, 1);
  return box_mask<X>(image, top, left, height, width);
}

namespace detail {

/// (1, channels, H, W): in each channel int(fraction_removed H W) zeros, by the channel's own stream.
template <class X>
X random_zeros(const shape& image, std::size_t channels, double fraction_removed, const noise_address& address,
               const char* where) {
  require(fraction_removed >= 0 && fraction_removed <= 1, where,
          "expected a fraction in [0, 1] to remove, but got ", fraction_removed);
  using value_type = typename X::value_type;
  const std::size_t count = image.height * image.width;
  const auto removed = static_cast<std::size_t>(fraction_removed * static_cast<double>(count));
  std::vector<value_type> values(channels * count, value_type(1));
  std::vector<std::size_t> order(count);
  for (std::size_t c = 0; c < channels; ++c) {
    std::iota(order.begin(), order.end(), std::size_t{0});
    draw_to_front(order, removed, address, c);
    for (std::size_t i = 0; i < removed; ++i) values[c * count + order[i]] = 0;
  }
  return X({1, channels, image.height, image.width}, std::span<const value_type>(values));
}

}  // namespace detail

/// Exactly int(fraction_removed H W) pixels are 0, every such set with the same probability; all channels share the
/// mask (1, 1, H, W). Throws unless the fraction is in [0, 1].
template <class X = cpu::tensor<float>>
X random_mask(const shape& image, double fraction_removed, const noise_address& address) {
  return detail::random_zeros<X>(image, 1, fraction_removed, address, "equireg::measurement::random_mask");
}

/// As `random_mask` with a mask for each channel, (1, C, H, W), all independent: entries are missing, not pixels.
template <class X = cpu::tensor<float>>
X random_entry_mask(const shape& image, double fraction_removed, const noise_address& address) {
  return detail::random_zeros<X>(image, image.channels, fraction_removed, address,
                                 "equireg::measurement::random_entry_mask");
}

/// The filter of a camera's sensor, (1, 3, H, W): `inpainting` with it is mosaicing, and its inverse demosaicing.
/// Counted from 0, red is seen at odd rows and odd columns, blue at even and even, green at the mixed ones. Throws
/// unless the image has three channels.
template <class X = cpu::tensor<float>>
X bayer_mask(const shape& image) {
  require(image.channels == 3, "equireg::measurement::bayer_mask", "expected 3 channels, but the image has shape ",
          image);
  using value_type = typename X::value_type;
  std::vector<value_type> values;
  values.reserve(3 * image.height * image.width);
  for (const std::size_t odd : {2U, 1U, 0U}) {  // how many of row and column are odd: red, green, blue
    for (std::size_t row = 0; row < image.height; ++row) {
      for (std::size_t column = 0; column < image.width; ++column) {
        values.push_back(row % 2 + column % 2 == odd ? value_type(1) : value_type(0));
      }
    }
  }
  return X({1, 3, image.height, image.width}, std::span<const value_type>(values));
}

}  // namespace equireg::measurement
