// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/fourier.hpp>

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

namespace fourier_test {

namespace eq = equireg;
using namespace equireg::test;

namespace {

const eq::extent extents[] = {{1, 1},   {1, 6},   {4, 6},   {5, 7},   {11, 1},  {22, 26},  {16, 16},
                              {33, 20}, {40, 17}, {64, 48}, {28, 28}, {97, 30}, {128, 320}};

/// One output of the definition: sum_n f[n] exp(-+2 pi i (k - o)(n - o) / N), o the origin.
std::complex<double> definition(const std::vector<std::complex<double>>& f, eq::extent e, std::size_t i, std::size_t j,
                                bool inverse, bool centred) {
  const auto angle = [&](std::size_t k, std::size_t n, std::size_t length) {
    const auto origin = static_cast<double>(centred ? length / 2 : 0);
    const double product = (static_cast<double>(k) - origin) * (static_cast<double>(n) - origin);
    return std::fmod(product, static_cast<double>(length)) / static_cast<double>(length);
  };
  std::complex<double> sum = 0;
  for (std::size_t p = 0; p < e.height; ++p) {
    for (std::size_t q = 0; q < e.width; ++q) {
      const double turns = angle(i, p, e.height) + angle(j, q, e.width);
      sum += f[p * e.width + q] * std::polar(1.0, (inverse ? 2 : -2) * std::numbers::pi * turns);
    }
  }
  return sum;
}

/// The plane of a pair of channels; a missing imaginary part is 0.
template <class T>
std::vector<std::complex<double>> plane_of(const eq::cpu::tensor<T>& re, std::size_t channel_re,
                                           const eq::cpu::tensor<T>* im, std::size_t channel_im) {
  const eq::shape s = re.shape();
  std::vector<std::complex<double>> f;
  for (std::size_t i = 0; i < s.height; ++i) {
    for (std::size_t j = 0; j < s.width; ++j) {
      f.emplace_back(re(0, channel_re, i, j), im == nullptr ? 0.0 : static_cast<double>((*im)(0, channel_im, i, j)));
    }
  }
  return f;
}

}  // namespace

TEMPLATE_TEST_CASE("a plane becomes the sum of the definition, and the inverse brings it back", "[backend][fourier]",
                   float, double) {
  for (const eq::extent e : extents) {
    for (const bool inverse : {false, true}) {
      INFO(eq::to_text(e) << ", inverse " << inverse);
      const auto x = random_tensor<eq::cpu::tensor<TestType>>({1, 2, e.height, e.width}, 5);
      const auto f = plane_of(x, 0, &x, 1);
      std::vector<std::complex<TestType>> plane(f.begin(), f.end());
      eq::cpu::fourier_plane(plane.data(), e, inverse);
      const double size = std::sqrt(static_cast<double>(f.size()));
      for (std::size_t k = 0; k < f.size(); k += 1 + f.size() / 12) {
        const auto expected = definition(f, e, k / e.width, k % e.width, inverse, false);
        CHECK(std::abs(std::complex<double>(plane[k]) - expected) < 10 * tolerance<TestType>::rounding * size);
      }
      eq::cpu::fourier_plane(plane.data(), e, !inverse);
      double worst = 0;
      for (std::size_t k = 0; k < f.size(); ++k) {
        worst = std::max(worst, std::abs(std::complex<double>(plane[k]) / (size * size) - f[k]));
      }
      CHECK(worst < 10 * tolerance<TestType>::rounding);
    }
  }
}

TEMPLATE_TEST_CASE("pairs of channels are transformed about the origin or the centre", "[backend][fourier]", float,
                   double) {
  for (const eq::extent e : extents) {
    for (const bool inverse : {false, true}) {
      for (const bool centred : {false, true}) {
        INFO(eq::to_text(e) << ", inverse " << inverse << ", centred " << centred);
        const auto x = random_tensor<eq::cpu::tensor<TestType>>({1, 4, e.height, e.width}, 6);
        const auto y = fourier(x, inverse, centred);
        const auto of_real = fourier_of_real(x, inverse, centred);
        const auto real_part = real_of_fourier(x, inverse, centred);
        REQUIRE(y.shape() == x.shape());
        REQUIRE(of_real.shape() == eq::shape{1, 8, e.height, e.width});
        REQUIRE(real_part.shape() == eq::shape{1, 2, e.height, e.width});
        const double bound = 10 * tolerance<TestType>::rounding;
        const auto pair = plane_of(x, 2, &x, 3), single = plane_of<TestType>(x, 3, nullptr, 0);
        const double scale = 1 / std::sqrt(static_cast<double>(pair.size()));
        for (std::size_t k = 0; k < pair.size(); k += 1 + pair.size() / 8) {
          const std::size_t i = k / e.width, j = k % e.width;
          const auto expected = scale * definition(pair, e, i, j, inverse, centred);
          CHECK(std::abs(std::complex<double>(y(0, 2, i, j), y(0, 3, i, j)) - expected) < bound);
          CHECK(std::abs(static_cast<double>(real_part(0, 1, i, j)) - expected.real()) < bound);
          const auto expected_of_real = scale * definition(single, e, i, j, inverse, centred);
          CHECK(std::abs(std::complex<double>(of_real(0, 6, i, j), of_real(0, 7, i, j)) - expected_of_real) < bound);
        }
        CHECK(relative_error(fourier(y, !inverse, centred).values(), x.values()) < tolerance<TestType>::rounding);
        CHECK(relative_error(real_of_fourier(of_real, !inverse, centred).values(), x.values()) <
              tolerance<TestType>::rounding);
      }
    }
  }
}

TEST_CASE("planes of a batch that is transformed a few at a time are what each is alone", "[backend][fourier]") {
  const eq::shape s{5, 2, 256, 300};
  const auto x = random_tensor<eq::cpu::tensor<float>>(s, 7);
  const auto y = fourier(x);
  for (const std::size_t b : {0, 3, 4}) {
    const auto alone = fourier(eq::cpu::tensor<float>(s.with_batch(1), x.sample(b)));
    CHECK(relative_error(alone.values(), y.sample(b)) == 0);
  }
}

TEST_CASE("a transform refuses half a pair", "[backend][fourier]") {
  REQUIRE_THROWS_WITH(fourier(eq::cpu::tensor<float>({1, 3, 4, 4}, 1.0F)), contains("(1, 3, 4, 4)"));
  REQUIRE_THROWS_WITH(real_of_fourier(eq::cpu::tensor<float>({1, 1, 4, 4}, 1.0F)), contains("(1, 1, 4, 4)"));
}

}  // namespace fourier_test
