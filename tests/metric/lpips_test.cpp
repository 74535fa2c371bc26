// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/metric/lpips.hpp>

#include <tuple>

namespace lpips_test {

using namespace equireg;

// Two layers, of 4 channels, and of 2 at half the size: those of tests/reference/make_metrics_golden.py.
template <class T>
std::pair<cpu::tensor<T>, cpu::tensor<T>> layers(const cpu::tensor<T>& z) {
  const shape s = z.shape();
  cpu::tensor<T> first({s.batch, 4, s.height, s.width}), second({s.batch, 2, s.height / 2, s.width / 2}, T(0));
  for (std::size_t b = 0; b < s.batch; ++b) {
    for (std::size_t i = 0; i < s.height; ++i) {
      for (std::size_t j = 0; j < s.width; ++j) {
        const T red = z(b, 0, i, j), green = z(b, 1, i, j), blue = z(b, 2, i, j);
        const T values[4] = {red, -green, blue - red, green * blue};
        for (std::size_t c = 0; c < 4; ++c) first(b, c, i, j) = std::max(values[c], T(0));
        for (std::size_t c = 0; c < 2; ++c) second(b, c, i / 2, j / 2) += first(b, c, i, j) / 4;
      }
    }
  }
  return {std::move(first), std::move(second)};
}

struct as_tuple {
  template <class T>
  std::tuple<cpu::tensor<T>, cpu::tensor<T>> operator()(const cpu::tensor<T>& z) const {
    auto [first, second] = layers(z);
    return {std::move(first), std::move(second)};
  }
};

struct as_vector {
  template <class T>
  std::vector<cpu::tensor<T>> operator()(const cpu::tensor<T>& z) const {
    auto [first, second] = layers(z);
    return {std::move(first), std::move(second)};
  }
};

template <class T>
cpu::tensor<T> images(const std::string& name) {
  const auto x = test::golden(name);
  cpu::tensor<T> out(x.shape());
  for (std::size_t i = 0; i < x.size(); ++i) out.data()[i] = static_cast<T>(x.data()[i]);
  return out;
}

const std::vector<std::vector<double>> weights = {{0.5, 1.25, 0, 2}, {0.75, 3}};

TEMPLATE_TEST_CASE("lpips is the weighted distance of directions that NumPy gives", "[metric][lpips]", float, double) {
  const auto x = images<TestType>("metrics_lpips_x"), y = images<TestType>("metrics_lpips_y");
  const auto expected = test::golden("metrics_lpips_value");
  const double tolerance = std::is_same_v<TestType, double> ? 1e-13 : 1e-5;
  const metric::lpips of_tuple(as_tuple{}, weights);
  const metric::lpips of_vector(as_vector{}, weights);
  CHECK(test::relative_error(of_tuple(x, y), expected.values()) < tolerance);
  CHECK(test::relative_error(of_vector(x, y), expected.values()) < tolerance);
  // 0, but for a product that a fused subtraction does not round.
  for (const double d : of_tuple(x, x)) CHECK(d < 1e-28);
}

TEST_CASE("lpips reads images on [-1, 1] as the networks were trained, on ImageNet's scale", "[metric][lpips]") {
  // ((2 z - 1) - shift) / scale = (z - mean) / std.
  const double mean[] = {0.485, 0.456, 0.406}, deviation[] = {0.229, 0.224, 0.225};
  for (std::size_t c = 0; c < 3; ++c) {
    using distance = metric::lpips<as_tuple>;
    CHECK(test::close(distance::shift[c], 2 * mean[c] - 1, 1e-12));
    CHECK(test::close(distance::scale[c], 2 * deviation[c], 1e-12));
  }
}

TEST_CASE("lpips refuses images, features and weights that do not fit", "[metric][lpips]") {
  using X = cpu::tensor<double>;
  const X x({1, 3, 4, 4}, 0.1), grey({1, 1, 4, 4}, 0.1);
  const metric::lpips good(as_vector{}, weights);
  REQUIRE_THROWS_WITH(good(x, X({1, 3, 4, 2}, 0.1)), test::contains("truth has shape (1, 3, 4, 2)"));
  REQUIRE_THROWS_WITH(good(grey, grey), test::contains("3 channels"));
  REQUIRE_THROWS_WITH(metric::lpips(as_vector{}, {{1, 1, 1, 1}})(x, x), test::contains("1 layers, but there are more"));
  REQUIRE_THROWS_WITH(metric::lpips(as_tuple{}, {{1, 1, 1, 1}, {1, 1}, {1}})(x, x),
                      test::contains("3 layers, but there are 2"));
  REQUIRE_THROWS_WITH(
      metric::lpips(as_vector{}, {{1, 1, 1}, {1, 1}})(x, x),
      test::contains("layer 0 has features of shape (1, 4, 4, 4), but there are 1 images and 3 weights"));
  REQUIRE_THROWS_WITH(metric::lpips(as_vector{}, {{1, 1, 1, 1}, {1, -1}}), test::contains("layer 1 has -1"));
  REQUIRE_THROWS_WITH(metric::lpips(as_vector{}, {}), test::contains("at least one layer"));
}

}  // namespace lpips_test
