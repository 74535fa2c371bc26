// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/metric/multiscale_ssim.hpp>

namespace multiscale_ssim_test {

using namespace equireg;

// The images of tests/reference/make_metrics_golden.py, by the same formula.
template <class T>
std::pair<cpu::tensor<T>, cpu::tensor<T>> images(const shape& s) {
  cpu::tensor<T> truth(s), noisy(s);
  for (std::size_t b = 0; b < s.batch; ++b) {
    for (std::size_t c = 0; c < s.channels; ++c) {
      for (std::size_t i = 0; i < s.height; ++i) {
        for (std::size_t j = 0; j < s.width; ++j) {
          const auto h = static_cast<double>(i), w = static_cast<double>(j), n = static_cast<double>(b);
          const double v = 0.6 * std::sin(0.07 * h + 1.3 * static_cast<double>(c)) * std::cos(0.05 * w + n) +
                           0.3 * std::sin(0.9 * h + 0.7 * w);
          const double noise =
              static_cast<double>((7 * i * i + 13 * j * j + i * j + 31 * b + 17 * c) % 101) / 101 - 0.5;
          truth(b, c, i, j) = static_cast<T>(v);
          noisy(b, c, i, j) = static_cast<T>(0.9 * v + (0.3 + 0.5 * n) * noise);
        }
      }
    }
  }
  return {std::move(truth), std::move(noisy)};
}

TEMPLATE_TEST_CASE("multi-scale ssim is what SciPy's convolutions give, with odd sides", "[metric][multiscale_ssim]",
                   float, double) {
  const auto [truth, noisy] = images<TestType>({2, 2, 181, 190});
  const auto values = metric::multiscale_ssim(noisy, truth), swapped = metric::multiscale_ssim(truth, noisy);
  const auto expected = test::golden("metrics_multiscale_ssim");
  REQUIRE(values.size() == 2);
  // Rounding the images to float moves their variances by about 1e-7.
  const double tolerance = std::is_same_v<TestType, double> ? 1e-12 : 1e-6;
  for (std::size_t b = 0; b < 2; ++b) {
    CHECK(test::close(values[b], expected.data()[b], tolerance));
    CHECK(test::close(swapped[b], values[b], 1e-13));
  }
}

TEST_CASE("multi-scale ssim of an image with itself is 1, and with its negative 0", "[metric][multiscale_ssim]") {
  using X = cpu::tensor<double>;
  const X x = test::random_tensor<X>({2, 1, 176, 176}, 1);
  X negative(x.shape());
  transform(
      negative, [](double v) { return -v; }, x);
  for (const double v : metric::multiscale_ssim(x, x)) CHECK(test::close(v, 1, 1e-12));
  for (const double v : metric::multiscale_ssim(negative, x)) CHECK(v == 0);
}

TEST_CASE("multi-scale ssim names the least size of an image", "[metric][multiscale_ssim]") {
  using X = cpu::tensor<float>;
  REQUIRE_THROWS_WITH(metric::multiscale_ssim(X({1, 1, 200, 175}, 0.0F), X({1, 1, 200, 175}, 0.0F)),
                      test::contains("at least 176 x 176 pixels, but they are 200 x 175"));
  REQUIRE_THROWS_WITH(metric::multiscale_ssim(X({1, 1, 176, 176}, 0.0F), X({2, 1, 176, 176}, 0.0F)),
                      test::contains("truth has shape (2, 1, 176, 176)"));
}

}  // namespace multiscale_ssim_test
