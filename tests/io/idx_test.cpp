// SPDX-License-Identifier: BSD-3-Clause
#if __has_include(<zlib.h>)

#include <support/catch.hpp>
#include <support/temporary_file.hpp>

#include <equireg/io/idx.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace idx_test {

using namespace equireg::test;
namespace io = equireg::io;

namespace {

// Two images of 2 x 3 pixels.
std::string two_images() {
  std::string bytes{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3};
  for (int i = 0; i < 12; ++i) bytes += static_cast<char>(i * 23);
  return bytes;
}

void write_gzipped(const std::filesystem::path& path, const std::string& bytes) {
  const gzFile file = gzopen(path.c_str(), "wb");
  REQUIRE(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) == static_cast<int>(bytes.size()));
  REQUIRE(gzclose(file) == Z_OK);
}

}  // namespace

TEST_CASE("idx images are read, plain or gzipped, into the range asked for", "[io][idx]") {
  const temporary_file plain("images"), gzipped("images.gz");
  plain.write(two_images());
  write_gzipped(gzipped.path(), two_images());
  for (const auto& path : {plain.path(), gzipped.path()}) {
    const auto array = io::read_idx(path);
    CHECK(array.extents == std::vector<std::size_t>{2, 2, 3});
    CHECK(array.values[1] == 23);
    const auto images = io::read_idx_images<double>(path);
    CHECK(images.shape() == equireg::shape{2, 1, 2, 3});
    CHECK(images(0, 0, 0, 0) == -1);
    CHECK(std::abs(images(1, 0, 1, 2) - (2 * 253.0 / 255 - 1)) < 1e-15);
    CHECK(io::read_idx_images<double>(path, 0, 255)(0, 0, 1, 0) == 3 * 23);
    const auto first = io::read_idx_images<double>(path, -1, 1, 1);
    CHECK(first.shape() == equireg::shape{1, 1, 2, 3});
    CHECK(std::equal(first.values().begin(), first.values().end(), images.values().begin()));
    CHECK(io::read_idx_images<float>(path, -1, 1, 9).shape().batch == 2);
  }
}

TEST_CASE("idx files that are damaged or of another kind are refused", "[io][idx]") {
  const temporary_file file("bad");
  const auto refuses = [&](const std::string& bytes, const std::string& because) {
    file.write(bytes);
    CHECK_THROWS_WITH(io::read_idx(file.path()), contains(because));
  };
  refuses("", "ends at least 4 bytes early");
  refuses(two_images().substr(0, 10), "bytes early");
  refuses(two_images().substr(0, 27), "ends at least 1 bytes early");
  refuses(two_images() + "x", "longer than its header says");
  refuses(std::string{0, 0, 9, 3} + std::string(30, '\0'), "found 0, 0, 9, 3");
  refuses(std::string{0, 0, 8, 5} + std::string(30, '\0'), "found 0, 0, 8, 5");
  refuses(std::string{0, 0, 8, 0} + std::string(30, '\0'), "found 0, 0, 8, 0");
  refuses(std::string{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3}, "an item of the file is empty");
  refuses(std::string{0, 0, 8, 3} + std::string(12, '\xFF'), "larger than 4 GiB");
  refuses(std::string{0, 0, 8, 2} + std::string(8, '\x7F'), "bytes early");
  const temporary_file gzipped("bad.gz");
  write_gzipped(gzipped.path(), two_images());
  const std::string whole = gzipped.read();
  gzipped.write(whole.substr(0, 25));
  CHECK_THROWS_WITH(io::read_idx(gzipped.path()), contains("early or is damaged"));
  for (const std::size_t lost : {1, 4, 8}) {  // all images are there, but not the whole of the checksum and the length
    gzipped.write(whole.substr(0, whole.size() - lost));
    CHECK_THROWS_WITH(io::read_idx(gzipped.path()), contains("the compressed file is cut off"));
  }
  std::string other_checksum = whole;
  other_checksum[whole.size() - 8] ^= 1;
  gzipped.write(other_checksum);
  CHECK_THROWS_WITH(io::read_idx(gzipped.path()), contains("damaged"));
  gzipped.write(whole);
  CHECK(io::read_idx(gzipped.path()).values.size() == 12);
  CHECK_THROWS_WITH(io::read_idx("/nonexistent/file"), contains("/nonexistent/file: cannot open the file"));
  file.write(std::string{0, 0, 8, 1, 0, 0, 0, 1, 7});
  CHECK(io::read_idx(file.path()).values == std::vector<std::uint8_t>{7});
  CHECK_THROWS_WITH(io::read_idx_images<float>(file.path()), contains("images have three extents, this file has 1"));
}

}  // namespace idx_test

#endif
