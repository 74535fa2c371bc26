// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief NumPy's .npy files: `read_npy`, `write_npy`.

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace equireg::io {

static_assert(std::endian::native == std::endian::little, "npy files are read and written as little endian");

/// What the header of a .npy file says.
struct npy_header {
  std::string descr;                 ///< "<f4", "<f8" or "|u1"
  std::vector<std::size_t> extents;  ///< at most four
  std::size_t element_size = 0;      ///< bytes

  /// The extents as (B, C, H, W): what is missing in front is 1.
  [[nodiscard]] equireg::shape shape() const {
    std::size_t four[4] = {1, 1, 1, 1};
    std::copy(extents.begin(), extents.end(), four + 4 - extents.size());
    return {four[0], four[1], four[2], four[3]};
  }
};

namespace npy {

inline constexpr std::string_view magic = "\x93NUMPY";

/// The text after `'key':` in the header's dictionary, up to the end of the header.
inline std::string_view value_of(std::string_view header, std::string_view key, const std::string& path) {
  const std::string quoted = "'" + std::string(key) + "'";
  const std::size_t at = header.find(quoted);
  require(at != std::string_view::npos, "equireg::io::read_npy", path, " has no ", quoted, " in its header");
  std::size_t begin = at + quoted.size();
  while (begin < header.size() && (header[begin] == ' ' || header[begin] == ':')) ++begin;
  return header.substr(begin);
}

/// "(2, 3)" as numbers. Throws where it is something else, or has more than four numbers.
inline std::vector<std::size_t> extents(std::string_view text, const std::string& path) {
  const std::size_t close = text.find(')');
  const auto bad = [&](std::string_view why) { fail("equireg::io::read_npy", path, " has a shape that ", why); };
  if (text.empty() || text[0] != '(' || close == std::string_view::npos) bad("is no tuple");
  std::vector<std::size_t> result;
  for (std::size_t i = 1; i < close;) {
    if (text[i] == ' ' || text[i] == ',') {
      ++i;
      continue;
    }
    std::size_t number = 0;
    const std::size_t begin = i;
    for (; i < close && text[i] >= '0' && text[i] <= '9'; ++i) {
      if (number > (std::numeric_limits<std::size_t>::max() >> 5)) bad("is too large");
      number = 10 * number + static_cast<std::size_t>(text[i] - '0');
    }
    if (i == begin) bad("is no tuple of numbers");
    result.push_back(number);
  }
  if (result.size() > 4) bad("has more than four extents");
  return result;
}

}  // namespace npy

/// Reads the header and leaves `file` at the first element. Throws for what is no .npy file, for other types than
/// float32, float64 and uint8, for Fortran order, and where the file is not as long as its header says.
inline npy_header read_npy_header(std::ifstream& file, const std::string& path) {
  constexpr std::string_view where = "equireg::io::read_npy";
  require(file.is_open(), where, "cannot open ", path);
  file.seekg(0, std::ios::end);
  const auto size = static_cast<std::uint64_t>(file.tellg());
  file.seekg(0);
  unsigned char lead[12] = {};
  require(size >= 10 && file.read(reinterpret_cast<char*>(lead), 10) &&
              std::memcmp(lead, npy::magic.data(), npy::magic.size()) == 0,
          where, path, " is not a .npy file");
  const unsigned version = lead[6];
  require(version >= 1 && version <= 3, where, path, " has version ", version, ", expected 1, 2 or 3");
  std::uint64_t length = lead[8] | (static_cast<std::uint64_t>(lead[9]) << 8), start = 10;
  if (version > 1) {  // four bytes of length
    require(static_cast<bool>(file.read(reinterpret_cast<char*>(lead) + 10, 2)), where, path, " ends in its header");
    length |= (static_cast<std::uint64_t>(lead[10]) << 16) | (static_cast<std::uint64_t>(lead[11]) << 24);
    start = 12;
  }
  require(length <= size - start, where, path, " ends in its header");
  std::string text(static_cast<std::size_t>(length), ' ');
  require(static_cast<bool>(file.read(text.data(), static_cast<std::streamsize>(length))), where, "cannot read ", path);

  npy_header header;
  const std::string_view descr = npy::value_of(text, "descr", path);
  header.descr = std::string(descr.substr(0, 5));
  require(header.descr == "'<f4'" || header.descr == "'<f8'" || header.descr == "'|u1'", where, path, " holds ",
          descr.substr(0, descr.find(',')), ", expected '<f4', '<f8' or '|u1'");
  header.descr = header.descr.substr(1, 3);
  header.element_size = static_cast<std::size_t>(header.descr[2] - '0');
  require(npy::value_of(text, "fortran_order", path).starts_with("False"), where, path,
          " is in Fortran order, expected C order");
  header.extents = npy::extents(npy::value_of(text, "shape", path), path);
  std::uint64_t bytes = header.element_size;
  for (const std::size_t n : header.extents) {
    require(n == 0 || bytes <= std::numeric_limits<std::uint64_t>::max() / n, where, path,
            " has a shape that is too large");
    bytes *= n;
  }
  require(bytes == size - start - length, where, path, " should hold ", bytes, " bytes of elements, but holds ",
          size - start - length);
  return header;
}

/// A .npy file as (B, C, H, W): missing extents in front are 1. float32, float64 and uint8 (0 ... 255) convert to T.
/// Throws where the file is not what its header says; see `read_npy_header`.
template <std::floating_point T>
cpu::tensor<T> read_npy(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const npy_header header = read_npy_header(file, path);
  cpu::tensor<T> out(header.shape());
  const auto read_as = [&]<class Element>(Element) {
    std::vector<Element> values(out.size());
    file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(Element)));
    require(static_cast<bool>(file), "equireg::io::read_npy", "cannot read ", path);
    std::transform(values.begin(), values.end(), out.data(), [](Element v) { return static_cast<T>(v); });
  };
  if (header.descr == "<f4") {
    read_as(float{});
  } else if (header.descr == "<f8") {
    read_as(double{});
  } else {
    read_as(std::uint8_t{});
  }
  return out;
}

/// Writes x as an array of four extents; Element is float, double or std::uint8_t. Throws where the file cannot be
/// written, and for uint8 where a number is not within 0 ... 255; numbers between are rounded.
template <class Element, std::floating_point T>
void write_npy_as(const std::string& path, const cpu::tensor<T>& x) {
  static_assert(
      std::is_same_v<Element, float> || std::is_same_v<Element, double> || std::is_same_v<Element, std::uint8_t>,
      "write_npy_as writes float, double or std::uint8_t");
  static constexpr std::string_view where = "equireg::io::write_npy";
  std::vector<Element> values(x.size());
  std::transform(x.data(), x.data() + x.size(), values.begin(), [](T v) {
    if constexpr (std::is_same_v<Element, std::uint8_t>) {
      require(v >= 0 && v <= 255, where, "expected numbers in 0 ... 255, but got ", v);
      return static_cast<Element>(std::lround(v));
    } else {
      return static_cast<Element>(v);
    }
  });
  const std::string descr = std::is_same_v<Element, std::uint8_t> ? "|u1" : (sizeof(Element) == 4 ? "<f4" : "<f8");
  std::string text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + to_text(x.shape()) + ", }";
  text.append(63 - (10 + text.size()) % 64, ' ');  // elements start at a multiple of 64
  text += '\n';
  std::string lead(npy::magic);
  for (const std::size_t byte : {std::size_t{1}, std::size_t{0}, text.size() & 0xff, text.size() >> 8}) {
    lead += static_cast<char>(byte);
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << lead << text;
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(Element)));
  file.close();
  require(static_cast<bool>(file), where, "cannot write ", path);
}

/// Writes x in its own type.
template <std::floating_point T>
void write_npy(const std::string& path, const cpu::tensor<T>& x) {
  write_npy_as<T>(path, x);
}

}  // namespace equireg::io
