// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <equireg/measurement/gaussian_blur.hpp>
#include <equireg/measurement/kernels.hpp>

namespace kernels_test {

using namespace equireg;
using namespace equireg::measurement;

// Sum of w (i - centre)^p (j - centre)^q, rows growing downwards.
double moment(const filter_kernel& k, int p, int q) {
  double sum = 0;
  for (std::size_t i = 0; i < k.size().height; ++i) {
    for (std::size_t j = 0; j < k.size().width; ++j) {
      sum += k.weights()(i, j) * std::pow(static_cast<double>(i) - static_cast<double>(k.centre_row()), p) *
             std::pow(static_cast<double>(j) - static_cast<double>(k.centre_column()), q);
    }
  }
  return sum;
}

TEST_CASE("the isotropic Gaussian has the numbers of gaussian_blur", "[measurement][kernels]") {
  const auto g = gaussian_blur{.size = 61, .sigma = 3.0}.taps();
  const filter_kernel k = gaussian_kernel(3.0, 61);
  REQUIRE(k.size() == extent{25, 25});
  for (std::size_t i = 0; i < 25; ++i) {
    for (std::size_t j = 0; j < 25; ++j) CHECK(test::close(k.weights()(i, j), g[i] * g[j], 1e-13));
  }
  CHECK(test::close(k.weights()(12, 12), 0.01768488749, 1e-9));
  CHECK(gaussian_kernel(3.0, 5).size() == extent{5, 5});
}

TEST_CASE("a turned Gaussian has its two variances along and across its angle", "[measurement][kernels]") {
  for (const double angle : {0.0, 0.4, 1.3, -0.7}) {
    INFO("angle " << angle);
    const filter_kernel k = gaussian_kernel({.sigma_along = 3.0, .sigma_across = 1.2, .angle = angle});
    const double c = std::cos(angle), s = std::sin(angle);
    CHECK(test::close(k.sum(), 1, 1e-13));
    CHECK(std::abs(moment(k, 1, 0)) < 1e-13);
    CHECK(std::abs(moment(k, 0, 1)) < 1e-13);
    // Cut at four standard deviations, which leaves out 1e-3 of the variance.
    CHECK(test::close(moment(k, 0, 2), 9 * c * c + 1.44 * s * s, 3e-3));
    CHECK(test::close(moment(k, 2, 0), 9 * s * s + 1.44 * c * c, 3e-3));
    CHECK(test::close(moment(k, 1, 1), -(9 - 1.44) * c * s, 3e-3, 1));  // up is against the rows
  }
}

TEST_CASE("DDRM's anisotropic kernel is 9 x 9, one column times one row", "[measurement][kernels]") {
  const filter_kernel k = gaussian_kernel({.sigma_along = 20, .sigma_across = 1, .size = 9});
  REQUIRE(k.size() == extent{9, 9});
  REQUIRE(k.separated().has_value());
  CHECK(test::close(k.weights()(4, 0) / k.weights()(4, 4), std::exp(-0.5 * 16 / 400), 1e-14));
  CHECK(test::close(k.weights()(0, 4) / k.weights()(4, 4), std::exp(-0.5 * 16), 1e-14));
  CHECK_FALSE(gaussian_kernel({.angle = 0.3}).separated().has_value());
}

TEST_CASE("a box is the mean of its pixels", "[measurement][kernels]") {
  const filter_kernel k = box_kernel(2, 5);
  CHECK(k.size() == extent{2, 5});
  CHECK(k.weights().values == std::vector<double>(10, 0.1));
  CHECK(k.separated().has_value());
}

TEST_CASE("kernels refuse sizes without a centre and widths that are none", "[measurement][kernels]") {
  REQUIRE_THROWS_WITH(gaussian_kernel(3.0, 4), test::contains("it is 4"));
  REQUIRE_THROWS_WITH(gaussian_kernel({.sigma_along = 1, .sigma_across = 0}), test::contains("sigmas > 0"));
  REQUIRE_THROWS_WITH(box_kernel(0, 3), test::contains("0 x 3"));
}

}  // namespace kernels_test
