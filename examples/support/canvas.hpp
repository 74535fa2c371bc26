// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief A sheet of paper to draw images and text on.

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/io/png.hpp>

#include <stb/stb_easy_font.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace support {

namespace eq = equireg;

/// White at first. What is drawn beyond its edges is cut off.
class canvas {
 public:
  canvas(std::size_t height, std::size_t width) : pixels_({1, 3, height, width}, 1.0F) {}

  void fill(std::size_t left, std::size_t top, std::size_t width, std::size_t height, const float (&colour)[3]) {
    const eq::shape s = pixels_.shape();
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t i = top; i < std::min(top + height, s.height); ++i) {
        for (std::size_t j = left; j < std::min(left + width, s.width); ++j) pixels_(0, c, i, j) = colour[c];
      }
    }
  }

  /// Dark text, each line 12 scale pixels high. The font gives each stroke as a quadrilateral of four vertices.
  void print(std::size_t left, std::size_t top, std::size_t scale, std::string text) {
    struct vertex {
      float x, y, z;
      std::uint8_t colour[4];
    };
    std::vector<vertex> vertices(text.size() * 68 + 64);
    const int quads = stb_easy_font_print(0, 0, text.data(), nullptr, vertices.data(),
                                          static_cast<int>(vertices.size() * sizeof(vertex)));
    for (std::size_t q = 0; q < static_cast<std::size_t>(quads); ++q) {
      const vertex &a = vertices[4 * q], &c = vertices[4 * q + 2];
      const auto at = [scale](float v) { return static_cast<std::size_t>(v) * scale; };
      fill(left + at(a.x), top + at(a.y), at(c.x) - at(a.x), at(c.y) - at(a.y), {-0.8F, -0.8F, -0.8F});
    }
  }

  /// Sample b of x, (B, 1 or 3, H, W) in [-1, 1], as height x width pixels: repeated or left out, never smoothed.
  void draw(const eq::cpu::tensor<float>& x, std::size_t b, std::size_t left, std::size_t top, std::size_t height,
            std::size_t width) {
    const eq::shape s = x.shape();
    for (std::size_t i = 0; i < height; ++i) {
      for (std::size_t j = 0; j < width; ++j) {
        const auto value = [&](std::size_t c) {
          return x(b, s.channels == 3 ? c : 0, i * s.height / height, j * s.width / width);
        };
        fill(left + j, top + i, 1, 1, {value(0), value(1), value(2)});
      }
    }
  }

  /// Throws where the file cannot be written.
  void write(const std::string& path) const { eq::io::write_png(path, pixels_); }

 private:
  eq::cpu::tensor<float> pixels_;  // (1, 3, height, width)
};

}  // namespace support
