// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/measurement/super_resolution.hpp>

#include <numbers>

namespace super_resolution_test {

using namespace equireg;
using equireg::measurement::downsampling;
using equireg::measurement::outside;
using equireg::measurement::super_resolution;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_linear_map<super_resolution, tensor_f>() && check_linear_map<super_resolution, tensor_d>());
static_assert(has_pseudo_inverse<super_resolution, tensor_d> && has_prox<super_resolution, tensor_d>);

TEST_CASE("super-resolution obeys the laws of a linear map with pseudo-inverse and proximal point",
          "[measurement][super_resolution]") {
  for (const auto filter : {downsampling::bicubic, downsampling::average}) {
    for (const std::size_t factor : {1U, 2U, 3U, 4U, 8U}) {
      INFO("factor " << factor << (filter == downsampling::average ? ", average" : ", bicubic"));
      const super_resolution a{factor, filter};
      for (const shape s :
           {shape{1, 1, factor, factor}, shape{2, 3, 3 * factor, 5 * factor}, shape{1, 2, 9 * factor, factor}}) {
        test::check_linear<tensor_d>(a, s);
        test::check_pseudo_inverse<tensor_d>(a, s, 1e-11);
        for (const double rho : {1e-3, 1.0}) test::check_prox<tensor_d>(a, s, rho, 1e-11);
      }
      test::check_linear<tensor_f>(a, {2, 3, 6 * factor, 5 * factor});
      test::check_prox<tensor_f>(a, {2, 3, 6 * factor, 5 * factor}, 0.1, 1e-5);
    }
  }
}

TEST_CASE("the bicubic without antialiasing and the one that drops weights outside obey the same laws",
          "[measurement][super_resolution]") {
  for (const bool antialias : {false, true}) {
    for (const outside border : {outside::mirrored, outside::dropped}) {
      for (const std::size_t factor : {1U, 2U, 3U, 4U}) {
        INFO("factor " << factor << (antialias ? ", antialiased" : "")
                       << (border == outside::dropped ? ", dropped" : ""));
        const super_resolution a{.factor = factor, .antialias = antialias, .border = border};
        for (const shape s : {shape{1, 1, factor, factor}, shape{2, 3, 3 * factor, 5 * factor}}) {
          test::check_linear<tensor_d>(a, s);
          test::check_linear<tensor_f>(a, s);
          test::check_pseudo_inverse<tensor_d>(a, s, 1e-11);
          test::check_prox<tensor_d>(a, s, 0.1, 1e-11);
        }
      }
    }
  }
}

TEST_CASE("bicubic with and without antialiasing agrees with PyTorch, and with the cubic through four pixels",
          "[measurement][super_resolution]") {
  const tensor_d x = test::golden("convolution_resize_input");
  for (const std::size_t factor : {2U, 4U}) {
    const auto agrees = [&](const super_resolution& a, const std::string& name) {
      const tensor_d expected = test::golden("convolution_resize_" + name + "_x" + std::to_string(factor)), y = a(x);
      REQUIRE(y.shape() == expected.shape());
      CHECK(test::relative_error(y.values(), expected.values()) < 1e-14);
    };
    agrees({.factor = factor, .border = outside::dropped}, "antialiased");
    agrees({.factor = factor, .antialias = false}, "keys");
    agrees({.factor = factor, .antialias = false, .slope = -0.75}, "plain");
  }
}

TEST_CASE("bicubic that drops weights outside maps squares to the reference values",
          "[measurement][super_resolution]") {
  tensor_d x({1, 1, 8, 8});
  for (std::size_t i = 0; i < 64; ++i) x.data()[i] = static_cast<double>((i % 8) * (i % 8));
  const tensor_d half = super_resolution{.factor = 2, .border = outside::dropped}(x);
  const tensor_d quarter = super_resolution{.factor = 4, .border = outside::dropped}(x);
  const double expected_half[] = {0.4100418410, 6.1891891892, 20.7567567568, 41.7949790795};
  const double expected_quarter[] = {3.8909185804, 29.3700417537};
  for (std::size_t j = 0; j < 4; ++j) CHECK(std::abs(half(0, 0, 1, j) - expected_half[j]) < 5e-11);
  for (std::size_t j = 0; j < 2; ++j) CHECK(std::abs(quarter(0, 0, 1, j) - expected_quarter[j]) < 5e-11);
}

TEST_CASE("bicubic has the exact taps of the stretched cubic", "[measurement][super_resolution]") {
  const std::pair<std::size_t, std::vector<double>> cases[] = {
      {2, {111, 29, -9, -3}},
      {4, {987, 745, 399, 93, -49, -75, -45, -7}},
      {8, {8115, 7553, 6567, 5301, 3899, 2505, 1263, 317, -225, -507, -605, -567, -441, -275, -117, -15}}};
  for (const auto& [factor, half] : cases) {
    const auto [taps, first] = super_resolution{.factor = factor}.taps();
    REQUIRE(taps.size() == 4 * factor);
    CHECK(first == -static_cast<std::ptrdiff_t>(3 * factor / 2));
    const double scale = factor == 2 ? 256 : (factor == 4 ? 4096 : 65536);
    for (std::size_t k = 0; k < half.size(); ++k) {
      CHECK(std::abs(taps[2 * factor + k] - half[k] / scale) < 1e-15);
      CHECK(std::abs(taps[2 * factor - 1 - k] - half[k] / scale) < 1e-15);
    }
  }
}

TEST_CASE("bicubic maps squares to the reference values", "[measurement][super_resolution]") {
  tensor_d x({1, 1, 8, 8});
  for (std::size_t i = 0; i < 64; ++i) x.data()[i] = static_cast<double>((i % 8) * (i % 8));
  const tensor_d half = super_resolution{.factor = 2}(x), quarter = super_resolution{.factor = 4}(x);
  const double expected_half[] = {0.30078125, 6.26171875, 20.42578125, 43.01171875};
  const double expected_quarter[] = {2.6318359375, 32.3681640625};
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) CHECK(test::close(half(0, 0, i, j), expected_half[j], 1e-14));
  }
  for (std::size_t j = 0; j < 2; ++j) CHECK(test::close(quarter(0, 0, 1, j), expected_quarter[j], 1e-14));
}

TEST_CASE("bicubic's adjoint scatters each tap and folds the border back", "[measurement][super_resolution]") {
  tensor_d y({1, 1, 1, 4}, {1.0, 0.0, 0.0, 0.0});
  // One row of height 1 becomes two: in that direction D is (1/2, 1/2), by symmetry and row sum 1.
  const tensor_d x = super_resolution{.factor = 2}.adjoint(y);
  REQUIRE(x.shape() == shape{1, 1, 2, 8});
  const double expected[] = {0.546875, 0.3984375, 0.1015625, -0.03515625, -0.01171875, 0, 0, 0};
  for (std::size_t j = 0; j < 8; ++j) CHECK(std::abs(x(0, 0, 0, j) - 0.5 * expected[j]) < 1e-15);
}

TEST_CASE("bicubic has the singular values that the cosine transform gives", "[measurement][super_resolution]") {
  const auto singular_values = [](std::size_t pixels, std::size_t factor) {
    const auto [taps, first] = super_resolution{.factor = factor}.taps();
    const measurement::line_operator d(
        filter_matrix(pixels / factor, pixels, factor, first, taps, boundary::symmetric));
    std::vector<double> s;
    for (const double v : d.gram().values) s.insert(s.begin(), std::sqrt(v));
    return s;
  };
  const auto eight_by_two = singular_values(8, 2), eight_by_four = singular_values(8, 4);
  const double expected[] = {0.7071067812, 0.7037829769, 0.6638326808, 0.5599351856};
  for (std::size_t k = 0; k < 4; ++k) CHECK(std::abs(eight_by_two[k] - expected[k]) < 1e-10);
  CHECK(std::abs(eight_by_four[0] - 0.5) < 1e-10);
  CHECK(std::abs(eight_by_four[1] - 0.4704984481) < 1e-10);
  const auto large = singular_values(256, 4);
  const std::pair<std::size_t, double> spots[] = {{0, 0.5},           {1, 0.4999999636},  {16, 0.4977538718},
                                                  {32, 0.4704984481}, {48, 0.3990688285}, {63, 0.3485170948}};
  for (const auto& [k, value] : spots) CHECK(std::abs(large[k] - value) < 1e-10);
}

TEST_CASE("the cosine transform diagonalises the mirrored bicubic, with or without antialiasing",
          "[measurement][super_resolution]") {
  constexpr double pi = std::numbers::pi;
  for (const bool antialias : {false, true}) {
    for (const auto& [pixels, factor] : {std::pair<std::size_t, std::size_t>{8, 2}, {24, 3}, {40, 4}, {9, 9}, {5, 1}}) {
      INFO(pixels << " pixels, factor " << factor << (antialias ? ", antialiased" : ""));
      const auto [taps, first] = super_resolution{.factor = factor, .antialias = antialias}.taps();
      const std::size_t m = pixels / factor;
      const double n = static_cast<double>(pixels), s = static_cast<double>(factor);
      // Mode k = 2 m q +- k' of the large image becomes mode k' of the small one, times the taps' response.
      std::vector<double> squares(m);
      for (std::size_t k = 0; k < pixels; ++k) {
        const std::size_t rest = k % (2 * m);
        if (rest == m) continue;  // k' = m: to zero
        const std::size_t to = rest < m ? rest : 2 * m - rest;
        double response = 0;
        for (std::size_t t = 0; t < taps.size(); ++t) {
          const double d = static_cast<double>(first) + static_cast<double>(t) - (s - 1) / 2;
          response += taps[t] * std::cos(pi * static_cast<double>(k) * d / n);
        }
        squares[to] += (to == 0 && k > 0 ? 2 : 1) * response * response / s;
      }
      // D D^T = C^T diag(squares) C with the orthonormal DCT-II C.
      const banded_matrix d = filter_matrix(m, pixels, factor, first, taps, boundary::symmetric);
      const dense_matrix dense = d.dense();
      for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < m; ++j) {
          double product = 0, by_modes = 0;
          for (std::size_t l = 0; l < pixels; ++l) product += dense(i, l) * dense(j, l);
          for (std::size_t k = 0; k < m; ++k) {
            const auto mode = [&](std::size_t at) {
              return std::sqrt((k == 0 ? 1.0 : 2.0) / static_cast<double>(m)) *
                     std::cos(pi * static_cast<double>(k) * (static_cast<double>(at) + 0.5) / static_cast<double>(m));
            };
            by_modes += mode(i) * squares[k] * mode(j);
          }
          CHECK(std::abs(product - by_modes) < 1e-14);
        }
      }
    }
  }
}

TEST_CASE("bicubic agrees with NumPy's padding and correlation", "[measurement][super_resolution]") {
  const tensor_d x = test::golden("bicubic_input");
  for (const std::size_t factor : {2U, 4U}) {
    const tensor_d expected = test::golden("bicubic_x" + std::to_string(factor));
    const tensor_d y = super_resolution{.factor = factor}(x);
    REQUIRE(y.shape() == expected.shape());
    CHECK(test::relative_error(y.values(), expected.values()) < 1e-14);
  }
}

TEST_CASE("averaging is the mean of each block, and its pseudo-inverse repeats pixels",
          "[measurement][super_resolution]") {
  const super_resolution a{.factor = 2, .filter = downsampling::average};
  const tensor_d y = a(tensor_d({1, 1, 2, 4}, {1.0, 2.0, 5.0, 6.0, 3.0, 4.0, 7.0, 10.0}));
  CHECK(std::vector<double>(y.values().begin(), y.values().end()) == std::vector<double>{2.5, 7});
  const tensor_d x = a.pseudo_inverse(y);
  CHECK(std::vector<double>(x.values().begin(), x.values().end()) ==
        std::vector<double>{2.5, 2.5, 7, 7, 2.5, 2.5, 7, 7});
}

TEST_CASE("bicubic commutes with flips and quarter turns", "[measurement][super_resolution]") {
  const super_resolution a{.factor = 4};
  const tensor_d x = test::random_tensor<tensor_d>({1, 2, 16, 24}, 1);
  const auto pairs = {std::pair{pixel_map::flip_rows({16, 24}), pixel_map::flip_rows({4, 6})},
                      std::pair{pixel_map::quarter_turn({16, 24}), pixel_map::quarter_turn({4, 6})}};
  for (const auto& [high, low] : pairs) {
    CHECK(test::relative_error(a(gather(x, high)).values(), gather(a(x), low).values()) < 1e-14);
  }
}

TEST_CASE("super-resolution refuses sizes that the factor does not divide", "[measurement][super_resolution]") {
  REQUIRE_THROWS_WITH(super_resolution{.factor = 4}(tensor_d({1, 1, 8, 10}, 1.0)),
                      test::contains("a factor of 4 does not divide an image of 8 x 10"));
  REQUIRE_THROWS_WITH(super_resolution{.factor = 0}(tensor_d({1, 1, 8, 8}, 1.0)), test::contains("factor"));
}

}  // namespace super_resolution_test
