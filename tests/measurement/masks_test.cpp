// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <equireg/measurement/masks.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace masks_test {

using namespace equireg;

noise_address mask_address(std::uint64_t seed) { return {seed, 0, purpose::mask, 0}; }

std::size_t zeros(const cpu::tensor<float>& mask) {
  return static_cast<std::size_t>(std::count(mask.values().begin(), mask.values().end(), 0.0F));
}

TEST_CASE("a box mask is zero in the box and one outside", "[measurement][masks]") {
  const auto mask = measurement::box_mask({2, 3, 6, 8}, 1, 2, 3, 4);
  REQUIRE(mask.shape() == shape{1, 1, 6, 8});
  for (std::size_t i = 0; i < 6; ++i) {
    for (std::size_t j = 0; j < 8; ++j) {
      const bool inside = i >= 1 && i < 4 && j >= 2 && j < 6;
      CHECK(mask(0, 0, i, j) == (inside ? 0.0F : 1.0F));
    }
  }
  REQUIRE_THROWS_WITH(measurement::box_mask({1, 1, 6, 8}, 4, 0, 3, 4), test::contains("leaves an image of 6 x 8"));
}

TEST_CASE("a random box stays within its margins and reaches both of its extreme corners", "[measurement][masks]") {
  std::set<std::size_t> tops;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto mask = measurement::random_box_mask({1, 1, 12, 12}, 4, 4, 2, mask_address(seed));
    REQUIRE(zeros(mask) == 16);
    const auto first =
        static_cast<std::size_t>(std::find(mask.values().begin(), mask.values().end(), 0.0F) - mask.values().begin());
    tops.insert(first / 12);
    CHECK(first % 12 >= 2);
    CHECK(first % 12 < 6);
  }
  CHECK(tops == std::set<std::size_t>{2, 3, 4, 5});
  REQUIRE_THROWS_WITH(measurement::random_box_mask({1, 1, 12, 12}, 10, 4, 2, mask_address(0)),
                      test::contains("does not fit an image of 12 x 12"));
}

TEST_CASE("a random mask removes exactly the wanted number of pixels, every pixel equally often",
          "[measurement][masks]") {
  const shape s{1, 3, 8, 8};
  std::vector<double> removed(64);
  constexpr int repeats = 4000;
  for (int seed = 0; seed < repeats; ++seed) {
    const auto mask = measurement::random_mask(s, 0.3, mask_address(static_cast<std::uint64_t>(seed)));
    REQUIRE(zeros(mask) == 19);  // int(0.3 * 64)
    for (std::size_t i = 0; i < 64; ++i) removed[i] += 1 - static_cast<double>(mask.data()[i]);
  }
  // Given the count, the cells' deviations sum to zero: 63 degrees of freedom after scaling by 63/64.
  const double p = 19.0 / 64, variance = repeats * p * (1 - p) * 64.0 / 63.0;
  double chi_squared = 0;
  for (const double count : removed) chi_squared += (count - repeats * p) * (count - repeats * p) / variance;
  CHECK(chi_squared < 117);  // the 0.9999 quantile with 63 degrees of freedom is 116.5
  CHECK(zeros(measurement::random_mask(s, 0.0, mask_address(1))) == 0);
  CHECK(zeros(measurement::random_mask(s, 1.0, mask_address(1))) == 64);
  REQUIRE_THROWS_WITH(measurement::random_mask(s, 1.5, mask_address(1)), test::contains("fraction in [0, 1]"));
}

TEST_CASE("a random entry mask removes the same number in each channel, and other entries", "[measurement][masks]") {
  const shape s{2, 3, 16, 10};
  const auto mask = measurement::random_entry_mask(s, 0.25, mask_address(3));
  REQUIRE(mask.shape() == shape{1, 3, 16, 10});
  std::size_t shared = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    std::size_t missing = 0;
    for (std::size_t i = 0; i < 160; ++i) {
      const bool zero = mask.data()[c * 160 + i] == 0;
      missing += zero ? 1 : 0;
      shared += zero && mask.data()[(c + 1) % 3 * 160 + i] == 0 ? 1 : 0;
    }
    CHECK(missing == 40);
  }
  CHECK(shared < 60);  // of two independent sets of 40 among 160, 10 are expected to be shared: 30 in all, not 120
  // One channel takes the stream of the shared mask.
  const auto first = measurement::random_mask(s, 0.25, mask_address(3));
  CHECK(std::equal(first.values().begin(), first.values().end(), mask.values().begin()));
  REQUIRE_THROWS_WITH(measurement::random_entry_mask(s, -0.1, mask_address(1)), test::contains("random_entry_mask"));
}

TEST_CASE("a Bayer mask shows one colour at each pixel", "[measurement][masks]") {
  const auto mask = measurement::bayer_mask({4, 3, 3, 4});
  const std::string expected[] = {"BGBG", "GRGR", "BGBG"}, colours = "RGB";
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 4; ++j) CHECK((mask(0, c, i, j) == 1) == (expected[i][j] == colours[c]));
    }
  }
  const auto one = measurement::bayer_mask({1, 3, 1, 1});
  CHECK(std::vector<float>(one.values().begin(), one.values().end()) == std::vector<float>{0, 0, 1});
  REQUIRE_THROWS_WITH(measurement::bayer_mask({1, 1, 4, 4}), test::contains("(1, 1, 4, 4)"));
}

}  // namespace masks_test
