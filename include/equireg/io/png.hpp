// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief PNG images: `read_png`, `write_png`. Needs stb's headers (Debian: libstb-dev), which no other header does.

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>

#if !__has_include(<stb/stb_image.h>) || !__has_include(<stb/stb_image_write.h>)
#error "equireg/io/png.hpp needs <stb/stb_image.h> and <stb/stb_image_write.h>: install stb (Debian: libstb-dev)"
#endif
#if defined(STBI_INCLUDE_STB_IMAGE_H) || defined(INCLUDE_STB_IMAGE_WRITE_H)
#error "include equireg/io/png.hpp before stb's headers: it brings stb along, as static functions"
#endif

// Static, so that any number of sources may include this header with nothing to link. A source that includes it has
// stb's functions and must not ask for their bodies again.
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>
#undef STB_IMAGE_IMPLEMENTATION
#undef STB_IMAGE_WRITE_IMPLEMENTATION

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace equireg::io {

/// A grey or RGB image of 8 bits as (1, 1 or 3, H, W) on [-1, 1]: byte v becomes 2 v / 255 - 1. Palettes become RGB.
/// Throws where there is no such file, for what is no PNG, and for an alpha channel or 16 bits.
template <std::floating_point T = float>
cpu::tensor<T> read_png(const std::string& path) {
  constexpr const char* where = "equireg::io::read_png";
  std::ifstream file(path, std::ios::binary);
  require(file.is_open(), where, "cannot open ", path);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  require(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()), where, path, " is too large");
  const auto* data = reinterpret_cast<const stbi_uc*>(bytes.data());
  const int length = static_cast<int>(bytes.size());
  int width = 0, height = 0, channels = 0;
  require(stbi_info_from_memory(data, length, &width, &height, &channels) != 0, where, path, " is not a PNG image");
  require(channels == 1 || channels == 3, where, path, " has an alpha channel, expected grey or RGB");
  require(stbi_is_16_bit_from_memory(data, length) == 0, where, path, " has 16 bits, expected 8");
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_from_memory(data, length, &width, &height, &channels, 0), stbi_image_free);
  require(pixels != nullptr, where, "cannot decode ", path, ": ",
          stbi_failure_reason() == nullptr ? "unknown reason" : stbi_failure_reason());

  const auto c = static_cast<std::size_t>(channels);
  cpu::tensor<T> image({1, c, static_cast<std::size_t>(height), static_cast<std::size_t>(width)});
  const std::size_t plane = image.shape().height * image.shape().width;
  for (std::size_t k = 0; k < c; ++k) {
    for (std::size_t i = 0; i < plane; ++i) {
      image.data()[k * plane + i] = static_cast<T>(pixels.get()[i * c + k]) * (T(2) / T(255)) - T(1);
    }
  }
  return image;
}

/// Writes image (1, 1 or 3, H, W), [-1, 1], with 8 bits: what lies outside is clipped, numbers between are rounded, so
/// that `read_png` differs by at most 1 / 255. Throws for another shape, for a NaN, and where the file cannot be
/// written.
template <std::floating_point T>
void write_png(const std::string& path, const cpu::tensor<T>& image) {
  constexpr const char* where = "equireg::io::write_png";
  const shape s = image.shape();
  require(s.batch == 1 && (s.channels == 1 || s.channels == 3) && s.size() > 0 && s.size() < (std::size_t{1} << 30),
          where, "expected one image of shape (1, 1 or 3, H, W), but it has shape ", s);
  const std::size_t plane = s.height * s.width;
  std::vector<std::uint8_t> bytes(s.size());
  for (std::size_t k = 0; k < s.channels; ++k) {
    for (std::size_t i = 0; i < plane; ++i) {
      const T v = image.data()[k * plane + i];
      require(!std::isnan(v), where, "the image for ", path, " holds a NaN");
      const T level = (v < T(-1) ? T(-1) : (v > T(1) ? T(1) : v)) * T(127.5) + T(127.5);
      bytes[i * s.channels + k] = static_cast<std::uint8_t>(std::lround(level));
    }
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  require(file.is_open(), where, "cannot write ", path);
  const auto append = [](void* to, void* data, int size) {
    static_cast<std::ofstream*>(to)->write(static_cast<const char*>(data), size);
  };
  const int done =
      stbi_write_png_to_func(append, &file, static_cast<int>(s.width), static_cast<int>(s.height),
                             static_cast<int>(s.channels), bytes.data(), static_cast<int>(s.width * s.channels));
  file.close();
  require(done != 0 && static_cast<bool>(file), where, "cannot write ", path);
}

}  // namespace equireg::io
