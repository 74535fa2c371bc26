// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/tolerance.hpp>

#if __has_include(<stb/stb_image.h>) && __has_include(<stb/stb_image_write.h>)

#include <equireg/io/png.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace png_test {

using namespace equireg;

class temporary_file {
 public:
  explicit temporary_file(const std::string& name)
      : path_((std::filesystem::temp_directory_path() / ("equireg_png_test_" + name)).string()) {}
  ~temporary_file() { std::remove(path_.c_str()); }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  void write(const std::string& bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }

 private:
  std::string path_;
};

TEMPLATE_TEST_CASE("every byte of a png image survives writing and reading, grey and colour", "[io][png]", float,
                   double) {
  for (const std::size_t channels : {1U, 3U}) {
    const temporary_file file("round_trip.png");
    cpu::tensor<TestType> image({1, channels, 9, 31});
    for (std::size_t i = 0; i < image.size(); ++i) {
      image.data()[i] = static_cast<TestType>(i * 7 % 256) * (TestType(2) / TestType(255)) - TestType(1);
    }
    io::write_png(file.path(), image);
    const auto same = io::read_png<TestType>(file.path());
    REQUIRE(same.shape() == image.shape());
    CHECK(std::equal(image.values().begin(), image.values().end(), same.values().begin()));
  }
}

TEST_CASE("png numbers are clipped and rounded to the nearest byte", "[io][png]") {
  const temporary_file file("rounding.png");
  io::write_png(file.path(), cpu::tensor<float>({1, 1, 1, 5}, {-7.0F, 7.0F, -1.0F + 0.9F / 127.5F, 0.001F, -1.0F}));
  const auto x = io::read_png<float>(file.path());
  const double bytes[] = {0, 255, 1, 128, 0};
  for (std::size_t i = 0; i < 5; ++i) CHECK(test::close((x.data()[i] + 1.0) * 127.5, bytes[i], 1e-5, 1.0));
}

// A grey image of 2 x 1 pixels, 7 and 200, from another encoder.
const unsigned char foreign_png[] = {0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
                                     0x44, 0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
                                     0x00, 0xd1, 0x49, 0x20, 0x56, 0x00, 0x00, 0x00, 0x0b, 0x49, 0x44, 0x41, 0x54, 0x78,
                                     0x9c, 0x63, 0x60, 0x3f, 0x01, 0x00, 0x00, 0xd9, 0x00, 0xd0, 0xd7, 0xa6, 0x22, 0x3c,
                                     0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};

TEST_CASE("a png image of another encoder is read", "[io][png]") {
  const temporary_file file("foreign.png");
  file.write(std::string(reinterpret_cast<const char*>(foreign_png), sizeof foreign_png));
  const auto x = io::read_png<double>(file.path());
  REQUIRE(x.shape() == shape{1, 1, 1, 2});
  CHECK(test::close(x.data()[0], 2 * 7.0 / 255 - 1, 1e-15));
  CHECK(test::close(x.data()[1], 2 * 200.0 / 255 - 1, 1e-15));
}

TEST_CASE("files that are no grey or RGB png image of 8 bits are refused", "[io][png]") {
  const temporary_file file("refused.png");
  REQUIRE_THROWS_WITH(io::read_png("/nowhere/at/all.png"), test::contains("cannot open /nowhere/at/all.png"));
  file.write("not an image");
  REQUIRE_THROWS_WITH(io::read_png(file.path()), test::contains("is not a PNG image"));
  file.write("");
  REQUIRE_THROWS_WITH(io::read_png(file.path()), test::contains("is not a PNG image"));
  std::string bytes(reinterpret_cast<const char*>(foreign_png), sizeof foreign_png);
  file.write(bytes.substr(0, 45));
  REQUIRE_THROWS_WITH(io::read_png(file.path()), test::contains("cannot decode"));
  bytes[25] = 4;  // the colour type: grey with alpha
  file.write(bytes);
  REQUIRE_THROWS_WITH(io::read_png(file.path()), test::contains("alpha channel"));
  bytes[25] = 0;
  bytes[24] = 16;  // the bit depth
  file.write(bytes);
  REQUIRE_THROWS_WITH(io::read_png(file.path()), test::contains("16 bits"));
}

TEST_CASE("png refuses batches, other channels, NaN and places that cannot be written", "[io][png]") {
  using X = cpu::tensor<float>;
  const temporary_file file("unwritten.png");
  REQUIRE_THROWS_WITH(io::write_png(file.path(), X({2, 1, 4, 4}, 0.0F)), test::contains("(2, 1, 4, 4)"));
  REQUIRE_THROWS_WITH(io::write_png(file.path(), X({1, 2, 4, 4}, 0.0F)), test::contains("(1, 2, 4, 4)"));
  REQUIRE_THROWS_WITH(io::write_png(file.path(), X({1, 1, 1, 1}, std::numeric_limits<float>::quiet_NaN())),
                      test::contains("NaN"));
  REQUIRE_THROWS_WITH(io::write_png("/nowhere/at/all.png", X({1, 1, 1, 1}, 0.0F)), test::contains("cannot write"));
}

}  // namespace png_test

#endif
