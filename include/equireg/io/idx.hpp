// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Images and labels in the IDX format of the MNIST family, plain or gzipped. Needs zlib.

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace equireg::io {

/// An array of bytes with its extents, the first of which counts items.
struct idx_array {
  std::vector<std::size_t> extents;
  std::vector<std::uint8_t> values;
};

/// Reads a file of unsigned bytes (type 0x08) with one to four extents. Throws where the file cannot be read, is
/// another format, or is longer or shorter than its header says. At most `most` items are read (0: all).
inline idx_array read_idx(const std::filesystem::path& path, std::size_t most = 0) {
  const std::string where = "equireg::io::read_idx: " + path.string();
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.string().c_str(), "rb"), gzclose);
  require(file != nullptr, where, "cannot open the file");
  const auto read = [&](void* to, std::size_t count) {
    auto* bytes = static_cast<unsigned char*>(to);
    while (count > 0) {
      const auto piece = static_cast<unsigned>(std::min<std::size_t>(count, 1U << 20));
      const int got = gzread(file.get(), bytes, piece);
      require(got > 0, where, "the file ends at least ", count, " bytes early or is damaged");
      bytes += got;
      count -= static_cast<std::size_t>(got);
    }
  };
  unsigned char magic[4];
  read(magic, 4);
  require(magic[0] == 0 && magic[1] == 0 && magic[2] == 8 && magic[3] >= 1 && magic[3] <= 4, where,
          "expected IDX bytes of one to four extents (0, 0, 8, n), found ", int{magic[0]}, ", ", int{magic[1]}, ", ",
          int{magic[2]}, ", ", int{magic[3]});
  idx_array result;
  std::size_t item = 1;
  for (int i = 0; i < magic[3]; ++i) {
    unsigned char b[4];
    read(b, 4);
    result.extents.push_back((std::size_t{b[0]} << 24) | (std::size_t{b[1]} << 16) | (std::size_t{b[2]} << 8) | b[3]);
    if (i == 0) continue;
    require(result.extents.back() > 0 && item <= (std::size_t{1} << 32) / result.extents.back(), where,
            "an item of the file is empty or larger than 4 GiB");
    item *= result.extents.back();
  }
  const bool all = most == 0 || most >= result.extents[0];
  if (!all) result.extents[0] = most;
  // Grows as it reads: a header that promises too much is found out before much is allocated.
  const std::size_t total = result.extents[0] * item;
  while (result.values.size() < total) {
    const std::size_t first = result.values.size(), count = std::min<std::size_t>(total - first, 1U << 24);
    result.values.resize(first + count);
    read(result.values.data() + first, count);
  }
  if (all) {
    unsigned char extra;
    require(gzread(file.get(), &extra, 1) == 0, where, "the file is longer than its header says, or damaged");
    int state = Z_OK;  // a stream cut off within its checksum ends like a whole one, but for this
    gzerror(file.get(), &state);
    require(state == Z_OK || state == Z_STREAM_END, where, "the compressed file is cut off");
  }
  return result;
}

/// Grey images as (N, 1, H, W), bytes 0 ... 255 becoming low ... high. Throws as `read_idx` does, and unless the file
/// has three extents.
template <class T>
cpu::tensor<T> read_idx_images(const std::filesystem::path& path, double low = -1, double high = 1,
                               std::size_t most = 0) {
  const auto array = read_idx(path, most);
  require(array.extents.size() == 3, "equireg::io::read_idx_images: " + path.string(),
          "images have three extents, this file has ", array.extents.size());
  cpu::tensor<T> images({array.extents[0], 1, array.extents[1], array.extents[2]});
  std::transform(array.values.begin(), array.values.end(), images.data(),
                 [&](std::uint8_t v) { return static_cast<T>(low + (high - low) / 255 * v); });
  return images;
}

}  // namespace equireg::io
