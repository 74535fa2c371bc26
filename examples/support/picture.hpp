// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief A sheet of small images in rows, with a label before each row, written as a PNG.

#include "support/canvas.hpp"

#include <equireg/backend/cpu/tensor.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// Rows of images of equal size, in grey or colour. A row shows the first samples of a batch; smaller images, such as
/// low-resolution measurements, are enlarged to the size of the others without smoothing.
class picture {
 public:
  /// Each image is `height` x `width` pixels, drawn `zoom` times as large, `columns` in a row.
  picture(std::size_t height, std::size_t width, std::size_t columns, std::size_t zoom)
      : height_(height * zoom), width_(width * zoom), columns_(columns) {}

  /// A line of text across the sheet.
  void add_title(std::string text) { rows_.push_back({std::move(text), {}, true}); }

  /// The first images of x, (B, 1 or 3, H, W) in [-1, 1].
  void add_row(std::string label, const eq::cpu::tensor<float>& x) { rows_.push_back({std::move(label), x, false}); }

  /// Throws where the file cannot be written.
  void write(const std::string& path) const {
    std::size_t height = gap;
    for (const auto& r : rows_) height += row_height(r);
    canvas paper(height, label_width + columns_ * (width_ + gap) + gap);
    std::size_t top = gap;
    for (const auto& r : rows_) {
      if (r.is_title) {
        paper.print(gap, top + 6, 2, r.label);
      } else {
        paper.print(gap, top + height_ / 2 - 6, 1, r.label);
        const std::size_t count = std::min(columns_, r.images.shape().batch);
        for (std::size_t c = 0; c < count; ++c) {
          paper.draw(r.images, c, label_width + c * (width_ + gap), top, height_, width_);
        }
      }
      top += row_height(r);
    }
    paper.write(path);
  }

 private:
  static constexpr std::size_t gap = 4, label_width = 150;

  struct row_type {
    std::string label;
    eq::cpu::tensor<float> images;
    bool is_title;
  };

  [[nodiscard]] std::size_t row_height(const row_type& r) const { return (r.is_title ? 28 : height_) + gap; }

  std::size_t height_, width_, columns_;
  std::vector<row_type> rows_;
};

}  // namespace support
