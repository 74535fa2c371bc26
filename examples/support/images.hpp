// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Where the examples' images come from: Fashion-MNIST's test set, or a PNG of the user's.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/core/error.hpp>
#include <equireg/io/idx.hpp>
#include <equireg/io/png.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

namespace support {

namespace eq = equireg;
using images = eq::cpu::tensor<float>;  // (B, 1, H, W), [-1, 1]

/// Samples first ... first + count - 1 of a batch.
inline images rows(const images& x, std::size_t first, std::size_t count) {
  images part(x.shape().with_batch(count));
  std::copy_n(x.data() + first * x.shape().sample_size(), part.size(), part.data());
  return part;
}

/// Which of Fashion-MNIST's files.
enum class image_set { test, train };

/// Images first ... first + count - 1. Throws where the folder lacks the file, and says how to get it.
inline images fashion_mnist_images(const std::string& folder, image_set set, std::size_t first, std::size_t count) {
  const std::string file = folder + (set == image_set::test ? "/t10k" : "/train") + "-images-idx3-ubyte.gz";
  images all;
  try {
    all = eq::io::read_idx_images<float>(file, -1, 1, first + count);
  } catch (const eq::error& e) {
    eq::fail("restore", e.what(), "; Fashion-MNIST is Debian's package dataset-fashion-mnist, --data names its folder");
  }
  eq::require(all.shape().batch == first + count, "restore", "expected images ", first, " to ", first + count - 1,
              ", but ", file, " has only ", all.shape().batch);
  return rows(all, first, count);
}
inline images fashion_mnist_test_images(const std::string& folder, std::size_t first, std::size_t count) {
  return fashion_mnist_images(folder, image_set::test, first, count);
}

/// A PNG as one grey image of the given size: its longer side is fitted, the rest is black, and each pixel is the mean
/// of those that it covers.
inline images grey_image(const std::string& path, eq::extent size) {
  const images picture = eq::io::read_png<float>(path);
  const eq::shape s = picture.shape();
  const double scale = std::max(static_cast<double>(s.height) / static_cast<double>(size.height),
                                static_cast<double>(s.width) / static_cast<double>(size.width));
  const double top = (static_cast<double>(size.height) - static_cast<double>(s.height) / scale) / 2;
  const double left = (static_cast<double>(size.width) - static_cast<double>(s.width) / scale) / 2;
  const auto grey = [&](std::size_t row, std::size_t column) {
    if (s.channels == 1) return picture(0, 0, row, column);
    return 0.299F * picture(0, 0, row, column) + 0.587F * picture(0, 1, row, column) +
           0.114F * picture(0, 2, row, column);
  };
  images result({1, 1, size.height, size.width}, -1.0F);
  constexpr std::size_t points = 8;  // per pixel and direction
  for (std::size_t i = 0; i < size.height; ++i) {
    for (std::size_t j = 0; j < size.width; ++j) {
      float sum = 0;
      for (std::size_t p = 0; p < points * points; ++p) {
        const double down = (static_cast<double>(p / points) + 0.5) / points;  // in units of the result's pixels
        const double right = (static_cast<double>(p % points) + 0.5) / points;
        const double row = (static_cast<double>(i) + down - top) * scale;
        const double column = (static_cast<double>(j) + right - left) * scale;
        const bool inside =
            row >= 0 && column >= 0 && row < static_cast<double>(s.height) && column < static_cast<double>(s.width);
        sum += inside ? grey(static_cast<std::size_t>(row), static_cast<std::size_t>(column)) : -1.0F;
      }
      result(0, 0, i, j) = sum / (points * points);
    }
  }
  return result;
}

/// `count` copies of one image.
inline images repeated(const images& image, std::size_t count) {
  images all(image.shape().with_batch(count));
  for (std::size_t b = 0; b < count; ++b) std::copy_n(image.data(), image.size(), all.sample(b).data());
  return all;
}

}  // namespace support
