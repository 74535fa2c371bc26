// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <equireg/measurement/motion_kernel.hpp>

#include <algorithm>

namespace motion_kernel_test {

using namespace equireg;
using namespace equireg::measurement;

noise_address address(std::uint64_t seed) { return {seed, 0, purpose::mask, 0}; }

TEST_CASE("a motion kernel is a bright path on its square: positive, sum one, and few weights",
          "[measurement][motion_kernel]") {
  for (const std::size_t size : {1U, 7U, 61U, 121U}) {
    for (const double intensity : {0.0, 0.5, 1.0}) {
      for (std::uint64_t seed = 0; seed < 20; ++seed) {
        INFO("size " << size << ", intensity " << intensity << ", seed " << seed);
        const filter_kernel k = motion_kernel({size, intensity}, address(seed));
        REQUIRE((k.size().height <= size && k.size().width <= size));
        CHECK(test::close(k.sum(), 1, 1e-13));
        double least = 1, largest = 0;
        for (const double w : k.weights().values) {
          least = std::min(least, w);
          largest = std::max(largest, w);
        }
        CHECK(least >= 0);
        CHECK(std::none_of(k.weights().values.begin(), k.weights().values.end(),
                           [&](double w) { return w > 0 && w < largest / 511; }));
        // The path is at most 1.5 d = 4.3 sizes long on a canvas of twice the size, the smoothed line 7 pixels wide.
        if (size == 61) CHECK(k.nonzeros() < 800);
      }
    }
  }
}

TEST_CASE("a motion kernel depends on its address alone", "[measurement][motion_kernel]") {
  const filter_kernel a = motion_kernel({}, address(1)), b = motion_kernel({}, address(1));
  CHECK(a.weights().values == b.weights().values);
  CHECK(a.weights().values != motion_kernel({}, address(2)).weights().values);
}

TEST_CASE("without intensity the path is straight; it bends the more the higher it is",
          "[measurement][motion_kernel]") {
  // The mean over paths of the length from end to end over the length along the path.
  const auto straightness = [](double intensity) {
    double sum = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      motion_parts::draws random(address(seed));
      const auto corners = motion_parts::path(172.5, intensity, random);
      double length = 0;
      for (std::size_t k = 1; k < corners.size(); ++k) length += std::abs(corners[k] - corners[k - 1]);
      sum += length > 0 ? std::abs(corners.back() - corners.front()) / length : 1;
    }
    return sum / 200;
  };
  const double straight = straightness(0), half = straightness(0.5), full = straightness(1);
  CHECK(straight > 0.995);  // headings stay below 0.1
  CHECK(half < straight - 0.02);
  CHECK(full < half - 0.1);
}

TEST_CASE("the path's corners have their mean at the origin and its random numbers their distributions",
          "[measurement][motion_kernel]") {
  constexpr int count = 4000;
  motion_parts::draws random(address(3));
  double beta_30 = 0, beta_2 = 0, triangular = 0;
  for (int i = 0; i < count; ++i) {
    beta_30 += random.beta_1(30) / count;
    beta_2 += random.beta_2_20() / count;
    triangular += random.triangular(0.5, 1.1) / count;
  }
  const auto error = [&](double variance) { return std::sqrt(variance / count); };
  CHECK(test::within_standard_errors(beta_30, 1.0 / 31, error(30.0 / (31 * 31 * 32))));
  CHECK(test::within_standard_errors(beta_2, 2.0 / 22, error(40.0 / (22 * 22 * 23))));
  CHECK(test::within_standard_errors(triangular, 1.6 / 3, error((0.25 + 1.21 - 0.55) / 18)));
  const auto corners = motion_parts::path(172.5, 0.5, random);
  motion_parts::point sum = 0;
  for (const auto& p : corners) sum += p;
  CHECK(std::abs(sum) < 1e-10);
}

TEST_CASE("a straight line is as wide as it is told and as long as it is", "[measurement][motion_kernel]") {
  dense_matrix canvas(20, 30);
  motion_parts::draw(canvas, {10.5, 5.5}, {10.5, 20.5}, 3.0);
  CHECK(canvas(10, 12) == 1);
  CHECK(canvas(9, 12) == 1);
  CHECK(canvas(8, 12) == 0);
  CHECK(canvas(10, 3) == 0);
  CHECK(test::close(canvas(10, 4), 1, 1e-14));
  motion_parts::draw(canvas, {-50, -50}, {-30, -40}, 1.0);  // what leaves the canvas is lost
  double sum = 0;
  for (const double v : canvas.values) sum += v;
  CHECK(test::close(sum, 16 * 3, 0.2));
}

TEST_CASE("motion kernels refuse even sizes and intensities that are none", "[measurement][motion_kernel]") {
  REQUIRE_THROWS_WITH(motion_kernel({60, 0.5}, address(0)), test::contains("they are 60 and 0.5"));
  REQUIRE_THROWS_WITH(motion_kernel({61, 1.5}, address(0)), test::contains("61 and 1.5"));
}

}  // namespace motion_kernel_test
