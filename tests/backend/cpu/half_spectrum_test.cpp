// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/half_spectrum.hpp>

#include <cmath>
#include <utility>

namespace half_spectrum_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

const extent extents[] = {{1, 1},   {1, 6},   {4, 6},   {5, 7},   {11, 1},  {22, 26},
                          {16, 16}, {33, 20}, {40, 17}, {64, 48}, {70, 97}, {128, 80}};

TEST_CASE("half a spectrum is the left half of the whole", "[backend][half_spectrum]") {
  for (const extent e : extents) {
    INFO(to_text(e));
    const auto x = test::random_tensor<tensor_d>({2, 2, e.height, e.width}, 1);
    const auto half = half_spectrum(x), whole = fourier_of_real(x, false, false);
    REQUIRE(half.shape() == shape{2, 4, e.height, e.width / 2 + 1});
    double worst = 0;
    for (std::size_t c = 0; c < 4; ++c) {
      for (std::size_t i = 0; i < e.height; ++i) {
        for (std::size_t j = 0; j <= e.width / 2; ++j) {
          worst = std::max(worst, std::abs(half(1, c, i, j) - whole(1, c, i, j)));
        }
      }
    }
    CHECK(worst < 1e-13);
  }
}

TEST_CASE("a padded spectrum is that of the image in the corner of zeros", "[backend][half_spectrum]") {
  for (const extent e : extents) {
    const extent padded{e.height + 3, e.width + e.width / 2};
    INFO(to_text(e) << " in " << to_text(padded));
    const auto x = test::random_tensor<tensor_d>({1, 1, e.height, e.width}, 1);
    tensor_d corner({1, 1, padded.height, padded.width}, 0.0);
    for (std::size_t i = 0; i < e.height; ++i) {
      for (std::size_t j = 0; j < e.width; ++j) corner(0, 0, i, j) = x(0, 0, i, j);
    }
    CHECK(test::relative_error(half_spectrum(x, padded).values(), half_spectrum(corner).values()) < 1e-14);
  }
}

TEMPLATE_TEST_CASE("the image of half a spectrum is the image", "[backend][half_spectrum]", tensor_f, tensor_d) {
  for (const extent e : extents) {
    INFO(to_text(e));
    const auto x = test::random_tensor<TestType>({2, 3, e.height, e.width}, 1);
    CHECK(test::relative_error(image_of_half_spectrum(half_spectrum(x), e.width, e).values(), x.values()) <
          test::tolerance<typename TestType::value_type>::rounding);
    const extent padded{e.height + 5, e.width + e.width / 2};
    CHECK(test::relative_error(image_of_half_spectrum(half_spectrum(x, padded), padded.width, e).values(), x.values()) <
          test::tolerance<typename TestType::value_type>::rounding);
  }
}

TEST_CASE("an image of half a spectrum is that of the whole, cropped", "[backend][half_spectrum]") {
  for (const extent e : extents) {
    const extent small{(e.height + 1) / 2, (e.width + 2) / 2 > e.width ? e.width : (e.width + 2) / 2};
    INFO(to_text(e) << ", " << to_text(small));
    const auto x = test::random_tensor<tensor_d>({1, 2, e.height, e.width}, 2);
    const auto cropped = image_of_half_spectrum(half_spectrum(x), e.width, small);
    double worst = 0;
    for (std::size_t i = 0; i < small.height; ++i) {
      for (std::size_t j = 0; j < small.width; ++j)
        worst = std::max(worst, std::abs(cropped(0, 1, i, j) - x(0, 1, i, j)));
    }
    CHECK(worst < 1e-13);
  }
}

TEST_CASE("even numbers survive the way to the half and back", "[backend][half_spectrum]") {
  for (const extent e : extents) {
    INFO(to_text(e));
    const auto w = test::random_tensor<tensor_d>({1, 2, e.height, e.width}, 3);
    const auto even = centred_whole(even_half(w), e.width);
    REQUIRE(even.shape() == w.shape());
    double worst = 0;
    for (std::size_t i = 0; i < e.height; ++i) {
      for (std::size_t j = 0; j < e.width; ++j) {
        const std::size_t p = (2 * (e.height / 2) + e.height - i) % e.height;
        const std::size_t q = (2 * (e.width / 2) + e.width - j) % e.width;
        worst = std::max(worst, std::abs(even(0, 1, i, j) - (w(0, 1, i, j) + w(0, 1, p, q)) / 2));
      }
    }
    CHECK(worst == 0);
  }
}

TEST_CASE("half spectra refuse extents that do not fit", "[backend][half_spectrum]") {
  REQUIRE_THROWS_WITH(half_spectrum(tensor_d({1, 1, 4, 4}, 1.0), {4, 3}), test::contains("4 x 3"));
  const tensor_d z({1, 2, 4, 3}, 1.0);
  REQUIRE_THROWS_WITH(image_of_half_spectrum(z, 6, {4, 4}), test::contains("(1, 2, 4, 3)"));
  REQUIRE_THROWS_WITH(image_of_half_spectrum(z, 4, {5, 4}), test::contains("5 x 4"));
  REQUIRE_THROWS_WITH(centred_whole(z, 7), test::contains("(1, 2, 4, 3)"));
}

}  // namespace half_spectrum_test
