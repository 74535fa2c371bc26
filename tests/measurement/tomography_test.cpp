// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>
#include <support/threads.hpp>

#include <equireg/measurement/tomography.hpp>

#include <numbers>

namespace tomography_test {

using namespace equireg;
using equireg::measurement::angles_between;
using equireg::measurement::equispaced_angles;
using equireg::measurement::tomography;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;
using std::numbers::pi;

static_assert(check_linear_map<tomography, tensor_f>() && check_linear_map<tomography, tensor_d>());
static_assert(has_pseudo_inverse<tomography, tensor_d> && has_prox<tomography, tensor_d>);

TEST_CASE("tomography has its exact adjoint for any angles, sizes and numbers of planes", "[measurement][tomography]") {
  const std::vector<double> lists[] = {equispaced_angles(12),
                                       equispaced_angles(7),
                                       angles_between(-0.3, 1.1, 5),
                                       {0.2},
                                       {5.0, -7.3, 0.2, 0.2, pi, 0.0, 31.5 * pi}};
  for (const auto& angles : lists) {
    for (const shape s :
         {shape{1, 1, 1, 1}, shape{1, 2, 2, 2}, shape{2, 3, 33, 33}, shape{1, 1, 64, 64}, shape{5, 1, 17, 17}}) {
      test::check_linear<tensor_d>(tomography{.size = s.width, .angles = angles}, s);
    }
    test::check_linear<tensor_f>(tomography{.size = 40, .angles = angles}, {1, 3, 40, 40});
  }
  test::check_linear<tensor_d>(tomography{.size = 16, .angles = {0.4, 2.0}, .detectors = 9}, {1, 1, 16, 16});
}

// The definition, point by point: bilinear reading of a plane that is zero outside.
double line_sum(const tensor_d& x, std::size_t plane, double theta, double s) {
  const std::size_t n = x.shape().width;
  const double half = 0.5 * static_cast<double>(n - 1);
  const auto at = [&](double row, double column) {
    if (row < 0 || column < 0 || row >= static_cast<double>(n) || column >= static_cast<double>(n)) return 0.0;
    return x.data()[(plane * n + static_cast<std::size_t>(row)) * n + static_cast<std::size_t>(column)];
  };
  double sum = 0;
  for (double t = -2.0 * static_cast<double>(n) - 4.5; t < 2.0 * static_cast<double>(n) + 5; t += 1) {
    const double column = s * std::cos(theta) + t * std::sin(theta) + half;
    const double row = -s * std::sin(theta) + t * std::cos(theta) + half;
    const double i = std::floor(row), j = std::floor(column), a = row - i, b = column - j;
    sum += (1 - a) * ((1 - b) * at(i, j) + b * at(i, j + 1)) + a * ((1 - b) * at(i + 1, j) + b * at(i + 1, j + 1));
  }
  return sum;
}

TEST_CASE("tomography sums what its formula says", "[measurement][tomography]") {
  for (const std::size_t n : {1, 2, 8, 13}) {
    for (const std::size_t channels : {1, 2, 3}) {
      tomography a{.size = n, .angles = {0, 0.3, 0.8, 1.2, pi / 2, 1.9, 2.7, -0.4, 4.0}};
      const tensor_d x = test::random_tensor<tensor_d>({2, channels, n, n}, 1);
      const tensor_d y = a(x);
      const std::size_t detectors =
          2 * static_cast<std::size_t>(std::ceil(std::sqrt(2.0) * static_cast<double>(n) / 2));
      REQUIRE(y.shape() == shape{2, channels, 9, detectors});
      for (std::size_t p = 0; p < 2 * channels; ++p) {
        for (std::size_t j = 0; j < 9; ++j) {
          for (std::size_t d = 0; d < detectors; ++d) {
            const double s = static_cast<double>(d) - 0.5 * static_cast<double>(detectors - 1);
            const double expected = line_sum(x, p, a.angles[j], s);
            REQUIRE(std::abs(y.data()[(p * 9 + j) * detectors + d] - expected) < 1e-11);
          }
        }
      }
    }
  }
}

TEST_CASE("quarter turns and flips of the image act on the sinogram as permutations", "[measurement][tomography]") {
  for (const std::size_t views : {2, 4, 10, 12}) {
    for (const std::size_t n : {9, 16}) {
      const tomography a{.size = n, .angles = equispaced_angles(views)};
      const tensor_d x = test::random_tensor<tensor_d>({1, 2, n, n}, 1);
      const tensor_d y = a(x);
      const std::size_t detectors = y.shape().width;
      const auto check = [&](const tensor_d& moved, const auto& from, const auto& reversed) {
        const tensor_d z = a(moved);
        tensor_d expected(y.shape());
        for (std::size_t c = 0; c < 2; ++c) {
          for (std::size_t j = 0; j < views; ++j) {
            for (std::size_t d = 0; d < detectors; ++d) {
              expected(0, c, j, d) = y(0, c, from(j), reversed(j) ? detectors - 1 - d : d);
            }
          }
        }
        CHECK(test::relative_error(z.values(), expected.values()) < 1e-14);
      };
      tensor_d turned(x.shape()), left_right(x.shape()), up_down(x.shape());
      for (std::size_t c = 0; c < 2; ++c) {
        for (std::size_t i = 0; i < n; ++i) {
          for (std::size_t j = 0; j < n; ++j) {
            turned(0, c, i, j) = x(0, c, j, n - 1 - i);  // NumPy's rot90
            left_right(0, c, i, j) = x(0, c, i, n - 1 - j);
            up_down(0, c, i, j) = x(0, c, n - 1 - i, j);
          }
        }
      }
      const auto opposite = [&](std::size_t j) { return (views - j) % views; };
      check(
          turned, [&](std::size_t j) { return (j + views / 2) % views; }, [&](std::size_t j) { return j < views / 2; });
      check(left_right, opposite, [](std::size_t j) { return j == 0; });
      check(up_down, opposite, [](std::size_t j) { return j != 0; });
    }
  }
}

TEST_CASE("the sinogram of a disc is its chords", "[measurement][tomography]") {
  // Each pixel holds the part of it that the disc covers, by 16 x 16 points: the error left is that of a line through
  // pixels, at most about one pixel at the rim, where the chord's slope is infinite, and a few hundredths within.
  constexpr std::size_t n = 64, fine = 16;
  constexpr double radius = 20;
  tensor_d x({1, 1, n, n}, 0.0);
  for (std::size_t i = 0; i < n * fine; ++i) {
    for (std::size_t j = 0; j < n * fine; ++j) {
      const double a = (static_cast<double>(i) + 0.5) / fine - n / 2.0,
                   b = (static_cast<double>(j) + 0.5) / fine - n / 2.0;
      if (a * a + b * b < radius * radius) x(0, 0, i / fine, j / fine) += 1.0 / (fine * fine);
    }
  }
  const tensor_d y = tomography{.size = n, .angles = equispaced_angles(24)}(x);
  double inner = 0, rim = 0;
  for (std::size_t j = 0; j < 24; ++j) {
    double mass = 0;
    for (std::size_t d = 0; d < y.shape().width; ++d) {
      const double s = static_cast<double>(d) - 0.5 * static_cast<double>(y.shape().width - 1);
      const double chord = std::abs(s) < radius ? 2 * std::sqrt(radius * radius - s * s) : 0;
      const double error = std::abs(y(0, 0, j, d) - chord);
      (std::abs(s) < radius - 3 ? inner : rim) = std::max(std::abs(s) < radius - 3 ? inner : rim, error);
      mass += y(0, 0, j, d);
    }
    CHECK(test::close(mass, pi * radius * radius, 2e-3));  // each view sees the whole disc
  }
  CHECK(inner < 0.35);
  CHECK(rim < 1.5);
}

TEST_CASE("tomography agrees with scikit-image where both have the same grid", "[measurement][tomography]") {
  const tensor_d x = test::golden("tomography_image");
  const tensor_d y = tomography{.size = 21, .angles = equispaced_angles(9), .detectors = 21}(x);
  // Both interpolate bilinearly at the same points: what differs is rounding.
  CHECK(test::relative_error(y.values(), test::golden("tomography_sinogram").values()) < 1e-12);
}

// Three ellipses on [-1, 1]^2, at pixel centres.
tensor_d phantom(std::size_t n) {
  tensor_d x({1, 1, n, n}, 0.0);
  const double ellipses[3][6] = {
      {0, 0, 0.7, 0.85, 0, 1}, {0.2, -0.1, 0.2, 0.35, 0.4, -0.5}, {-0.25, 0.3, 0.15, 0.1, 0, 0.6}};
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const double v = 2 * (static_cast<double>(i) + 0.5) / static_cast<double>(n) - 1;
      const double u = 2 * (static_cast<double>(j) + 0.5) / static_cast<double>(n) - 1;
      for (const auto& e : ellipses) {
        const double a = (u - e[0]) * std::cos(e[4]) + (v - e[1]) * std::sin(e[4]);
        const double b = -(u - e[0]) * std::sin(e[4]) + (v - e[1]) * std::cos(e[4]);
        if (a * a / (e[2] * e[2]) + b * b / (e[3] * e[3]) < 1) x(0, 0, i, j) += e[5];
      }
    }
  }
  return x;
}

TEST_CASE("filtered back projection of many views is the phantom, and of few views less so",
          "[measurement][tomography]") {
  const tensor_d x = phantom(64);
  const auto error = [&](std::vector<double> angles) {
    const tomography a{.size = 64, .angles = std::move(angles)};
    return test::relative_error(a.filtered_back_projection(a(x)).values(), x.values());
  };
  const double full = error(equispaced_angles(180)), few = error(equispaced_angles(12));
  CHECK(full < 0.12);  // what is left are the edges, which the lattice of detectors cannot hold
  CHECK(few > 2 * full);
  CHECK(error(angles_between(0, 2 * pi / 3, 120)) > 2 * full);
  // The mean is right, which the sampled ramp is for.
  const tomography a{.size = 64, .angles = equispaced_angles(180)};
  const tensor_d back = a.filtered_back_projection(a(x));
  double mean = 0, truth = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean += back.data()[i];
    truth += x.data()[i];
  }
  CHECK(test::close(mean, truth, 0.01));
}

TEST_CASE("the pseudo-inverse and the proximal point of tomography solve their equations",
          "[measurement][tomography]") {
  const tomography a{.size = 12, .angles = equispaced_angles(5), .solver = {.tolerance = 1e-13}};
  test::check_pseudo_inverse<tensor_d>(a, {2, 1, 12, 12}, 1e-8);
  for (const double rho : {0.1, 10.0}) test::check_prox<tensor_d>(a, {3, 2, 12, 12}, rho, 1e-11);
  test::check_prox<tensor_f>(tomography{.size = 12, .angles = equispaced_angles(5)}, {1, 1, 12, 12}, 1.0, 1e-5);
}

TEST_CASE("tomography has the same bits on any number of threads", "[measurement][tomography]") {
  const tomography a{.size = 70, .angles = equispaced_angles(30)};
  const tensor_f x = test::random_tensor<tensor_f>({2, 3, 70, 70}, 1);
  const tensor_f y = a(x), back = a.adjoint(y);
  const test::thread_scope threads(3);
  CHECK(test::relative_error(a(x).values(), y.values()) == 0);
  CHECK(test::relative_error(a.adjoint(y).values(), back.values()) == 0);
}

TEST_CASE("tomography refuses images that are not square and sinograms of other sizes", "[measurement][tomography]") {
  const tomography a{.size = 8, .angles = equispaced_angles(4)};
  REQUIRE_THROWS_WITH(a(tensor_d({1, 1, 8, 9})), test::contains("square images of 8 x 8"));
  REQUIRE_THROWS_WITH(a.adjoint(tensor_d({1, 1, 4, 8})), test::contains("4 angles x 12 detectors"));
  REQUIRE_THROWS_WITH(radon(tensor_d({1, 1, 8, 9}), std::span<const double>(a.angles), 8),
                      test::contains("square images"));
}

}  // namespace tomography_test
