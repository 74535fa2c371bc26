// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief A sheet of small images in rows, with a label before each row, written as a PNG.

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>

#include <stb/stb_easy_font.h>
#include <stb/stb_image_write.h>

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
    const std::size_t sheet_width = label_width + columns_ * (width_ * zoom_ + gap) + gap;
    std::size_t sheet_height = gap;
    for (const auto& row : rows_) sheet_height += row_height(row);
    sheet sheet{sheet_width, sheet_height, std::vector<std::uint8_t>(sheet_width * sheet_height * 3, 255)};
    std::size_t top = gap;
    for (const auto& row : rows_) {
      if (row.is_title) {
        sheet.print(gap, top + 6, 2, row.label);
      } else {
        sheet.print(gap, top + height_ * zoom_ / 2 - 6, 1, row.label);
        const std::size_t count = std::min(columns_, row.images.shape().batch);
        for (std::size_t c = 0; c < count; ++c) {
          draw(sheet, row.images, c, label_width + c * (width_ * zoom_ + gap), top);
        }
      }
      top += row_height(row);
    }
    if (stbi_write_png(path.c_str(), static_cast<int>(sheet.width), static_cast<int>(sheet.height), 3,
                       sheet.pixels.data(), static_cast<int>(sheet.width * 3)) == 0) {
      eq::fail("picture", "cannot write ", path);
    }
  }

 private:
  static constexpr std::size_t gap = 4, label_width = 150;

  struct row {
    std::string label;
    eq::cpu::tensor<float> images;
    bool is_title;
  };

  struct sheet {
    std::size_t width, height;
    std::vector<std::uint8_t> pixels;  // height x width x 3

    void fill(std::size_t left, std::size_t top, std::size_t w, std::size_t h, const std::uint8_t (&colour)[3]) {
      for (std::size_t i = top; i < std::min(top + h, height); ++i) {
        for (std::size_t j = left; j < std::min(left + w, width); ++j) {
          std::copy_n(colour, 3, &pixels[(i * width + j) * 3]);
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
        fill(left + at(a.x), top + at(a.y), at(c.x) - at(a.x), at(c.y) - at(a.y), {30, 30, 30});
      }
    }
  };

  [[nodiscard]] std::size_t row_height(const row& r) const { return (r.is_title ? 28 : height_ * zoom_) + gap; }

  void draw(sheet& sheet, const eq::cpu::tensor<float>& x, std::size_t b, std::size_t left, std::size_t top) const {
    const eq::shape s = x.shape();
    for (std::size_t i = 0; i < height_ * zoom_; ++i) {
      for (std::size_t j = 0; j < width_ * zoom_; ++j) {
        const std::size_t row = i * s.height / (height_ * zoom_), column = j * s.width / (width_ * zoom_);
        std::uint8_t colour[3];
        for (std::size_t c = 0; c < 3; ++c) {
          const float value = x(b, s.channels == 3 ? c : 0, row, column);
          colour[c] = static_cast<std::uint8_t>(std::clamp((value + 1.0F) * 127.5F + 0.5F, 0.0F, 255.0F));
        }
        sheet.fill(left + j, top + i, 1, 1, colour);
      }
    }
  }

  std::size_t height_, width_, columns_, zoom_;
  std::vector<row> rows_;
};

}  // namespace support
