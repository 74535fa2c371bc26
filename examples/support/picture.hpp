// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief A sheet of small images in rows, with a label before each row, written as a PNG.

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/io/png.hpp>

#include <stb/stb_easy_font.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace support {

namespace eq = equireg;

/// Rows of images of equal size, in grey or colour. A row shows the first samples of a batch; smaller images, such as
/// low-resolution measurements, are enlarged to the size of the others without smoothing.
class picture {
 public:
  /// Each image is `height` x `width` pixels, drawn `zoom` times as large, `columns` in a row.
  picture(std::size_t height, std::size_t width, std::size_t columns, std::size_t zoom)
      : height_(height), width_(width), columns_(columns), zoom_(zoom) {}

  /// A line of text across the sheet.
  void add_title(std::string text) { rows_.push_back({std::move(text), {}, true}); }

  /// The first images of x, (B, 1 or 3, H, W) in [-1, 1].
  void add_row(std::string label, const eq::cpu::tensor<float>& x) { rows_.push_back({std::move(label), x, false}); }

  /// Throws where the file cannot be written.
  void write(const std::string& path) const {
    const std::size_t width = label_width + columns_ * (width_ * zoom_ + gap) + gap;
    std::size_t height = gap;
    for (const auto& r : rows_) height += row_height(r);
    canvas paper{eq::cpu::tensor<float>({1, 3, height, width}, 1.0F)};
    std::size_t top = gap;
    for (const auto& r : rows_) {
      if (r.is_title) {
        paper.print(gap, top + 6, 2, r.label);
      } else {
        paper.print(gap, top + height_ * zoom_ / 2 - 6, 1, r.label);
        const std::size_t count = std::min(columns_, r.images.shape().batch);
        for (std::size_t c = 0; c < count; ++c) {
          draw(paper, r.images, c, label_width + c * (width_ * zoom_ + gap), top);
        }
      }
      top += row_height(r);
    }
    eq::io::write_png(path, paper.pixels);
  }

 private:
  static constexpr std::size_t gap = 4, label_width = 150;

  struct row_type {
    std::string label;
    eq::cpu::tensor<float> images;
    bool is_title;
  };

  struct canvas {
    eq::cpu::tensor<float> pixels;  // (1, 3, height, width), white at first

    void fill(std::size_t left, std::size_t top, std::size_t width, std::size_t height, const float (&colour)[3]) {
      const eq::shape s = pixels.shape();
      for (std::size_t c = 0; c < 3; ++c) {
        for (std::size_t i = top; i < std::min(top + height, s.height); ++i) {
          for (std::size_t j = left; j < std::min(left + width, s.width); ++j) pixels(0, c, i, j) = colour[c];
        }
      }
    }

    /// The font gives each stroke as a quadrilateral of four vertices (x, y, z, colour).
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
  };

  [[nodiscard]] std::size_t row_height(const row_type& r) const { return (r.is_title ? 28 : height_ * zoom_) + gap; }

  void draw(canvas& paper, const eq::cpu::tensor<float>& x, std::size_t b, std::size_t left, std::size_t top) const {
    const eq::shape s = x.shape();
    for (std::size_t i = 0; i < height_ * zoom_; ++i) {
      for (std::size_t j = 0; j < width_ * zoom_; ++j) {
        const std::size_t from_row = i * s.height / (height_ * zoom_), from_column = j * s.width / (width_ * zoom_);
        const auto value = [&](std::size_t c) { return x(b, s.channels == 3 ? c : 0, from_row, from_column); };
        paper.fill(left + j, top + i, 1, 1, {value(0), value(1), value(2)});
      }
    }
  }

  std::size_t height_, width_, columns_, zoom_;
  std::vector<row_type> rows_;
};

}  // namespace support
