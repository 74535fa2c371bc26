// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/metric/ssim.hpp>

namespace ssim_test {

using namespace equireg;

TEMPLATE_TEST_CASE("ssim of the reference pattern is 0.993953957872", "[metric][ssim]", float, double) {
  cpu::tensor<TestType> x({1, 1, 32, 32}), y({1, 1, 32, 32});
  for (std::size_t i = 0; i < 32; ++i) {
    for (std::size_t j = 0; j < 32; ++j) {
      const double a = static_cast<double>((7 * i + 13 * j) % 32) / 31;
      const double b = a + 0.05 * (static_cast<double>((3 * i + 5 * j) % 7) - 3) / 3;
      x(0, 0, i, j) = static_cast<TestType>(2 * a - 1);
      y(0, 0, i, j) = static_cast<TestType>(2 * b - 1);  // ssim itself clips
    }
  }
  const double tolerance = std::is_same_v<TestType, double> ? 1e-12 : 1e-7;
  CHECK(test::close(metric::ssim(y, x)[0], 0.993953957872, tolerance));
}

TEST_CASE("ssim agrees with scikit-image, as a mean over channels", "[metric][ssim]") {
  const auto truth = test::golden("ssim_truth"), noisy = test::golden("ssim_noisy");
  REQUIRE(truth.shape() == shape{1, 2, 14, 19});
  CHECK(test::close(metric::ssim(noisy, truth)[0], test::golden("ssim_value").data()[0], 1e-12));
}

TEST_CASE("ssim of an image with itself is 1, scores each sample alone and is symmetric", "[metric][ssim]") {
  using X = cpu::tensor<double>;
  const X x = test::random_tensor<X>({3, 2, 11, 13}, 1), y = test::random_tensor<X>({3, 2, 11, 13}, 2);
  for (const double v : metric::ssim(x, x)) CHECK(test::close(v, 1, 1e-13));
  const auto all = metric::ssim(x, y), swapped = metric::ssim(y, x);
  REQUIRE(all.size() == 3);
  for (std::size_t b = 0; b < 3; ++b) {
    const X one({1, 2, 11, 13}, std::span<const double>(x.sample(b))),
        other({1, 2, 11, 13}, std::span<const double>(y.sample(b)));
    CHECK(metric::ssim(one, other)[0] == all[b]);
    CHECK(test::close(swapped[b], all[b], 1e-13));
    CHECK(all[b] < 0.5);
  }
}

TEST_CASE("ssim refuses images smaller than its window, and two of different shape", "[metric][ssim]") {
  using X = cpu::tensor<float>;
  REQUIRE_THROWS_WITH(metric::ssim(X({1, 1, 10, 32}, 0.0F), X({1, 1, 10, 32}, 0.0F)),
                      test::contains("at least 11 x 11 pixels, but they are 10 x 32"));
  REQUIRE_THROWS_WITH(metric::ssim(X({1, 1, 16, 16}, 0.0F), X({1, 3, 16, 16}, 0.0F)),
                      test::contains("truth has shape (1, 3, 16, 16)"));
}

}  // namespace ssim_test
