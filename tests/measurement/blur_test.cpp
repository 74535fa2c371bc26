// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/measurement/blur.hpp>
#include <equireg/measurement/gaussian_blur.hpp>
#include <equireg/measurement/kernels.hpp>

#include <numbers>

namespace blur_test {

using namespace equireg;
using equireg::measurement::blur;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_linear_map<blur, tensor_f>() && check_linear_map<blur, tensor_d>());
static_assert(has_pseudo_inverse<blur, tensor_d> && has_prox<blur, tensor_d>);

constexpr boundary rules[] = {boundary::reflect, boundary::symmetric, boundary::circular};
const shape shapes[] = {{1, 1, 1, 1}, {2, 3, 11, 17}, {1, 2, 20, 1}, {1, 1, 2, 35}, {1, 3, 16, 24}};

// Neither symmetric nor a product of a column and a row.
filter_kernel lopsided(std::size_t rows, std::size_t columns) {
  dense_matrix w(rows, columns);
  for (std::size_t k = 0; k < w.values.size(); ++k) w.values[k] = static_cast<double>(k * k % 11) + 0.25;
  return filter_kernel(w).normalized();
}

filter_kernel from_golden(const std::string& name) {
  const tensor_d values = test::golden(name);
  dense_matrix w(values.shape().height, values.shape().width);
  std::copy_n(values.data(), values.size(), w.values.begin());
  return filter_kernel(w);
}

TEST_CASE("blur has its exact adjoint for any kernel and border, odd sizes and images smaller than the kernel",
          "[measurement][blur]") {
  for (const boundary rule : rules) {
    for (const filter_kernel& kernel : {lopsided(5, 7), lopsided(4, 2), lopsided(13, 13), measurement::box_kernel(2, 3),
                                        measurement::gaussian_kernel({2.0, 0.7, 0.5})}) {
      const blur a{.kernel = kernel, .boundary = rule};
      for (const shape& s : shapes) {
        test::check_linear<tensor_d>(a, s);
        test::check_linear<tensor_f>(a, s);
      }
    }
  }
}

TEST_CASE("blur agrees with SciPy for all three borders, kernels of odd and even size", "[measurement][blur]") {
  const std::pair<boundary, const char*> cases[] = {
      {boundary::reflect, "reflect"}, {boundary::symmetric, "symmetric"}, {boundary::circular, "circular"}};
  for (const std::string size : {"odd", "even"}) {
    const tensor_d x = test::golden("convolution_" + size + "_input");
    const filter_kernel kernel = from_golden("convolution_" + size + "_kernel");
    for (const auto& [rule, name] : cases) {
      INFO(size << ", " << name);
      const tensor_d expected = test::golden("convolution_" + size + "_" + name);
      CHECK(test::relative_error(blur{kernel, rule}(x).values(), expected.values()) < 1e-14);
    }
  }
}

TEST_CASE("a kernel of the DPS family is given flipped", "[measurement][blur]") {
  const tensor_d x({1, 1, 1, 5}, {0.0, 0.0, 1.0, 0.0, 0.0});
  dense_matrix w(1, 3);
  w.values = {1, 2, 3};
  const tensor_d convolved = blur{.kernel = filter_kernel(w)}(x);
  const tensor_d correlated = blur{.kernel = filter_kernel(w).flipped()}(x);
  CHECK(std::vector<double>(convolved.values().begin(), convolved.values().end()) ==
        std::vector<double>{0, 1, 2, 3, 0});
  CHECK(std::vector<double>(correlated.values().begin(), correlated.values().end()) ==
        std::vector<double>{0, 3, 2, 1, 0});
}

TEST_CASE("blur by a Gaussian is gaussian_blur", "[measurement][blur]") {
  const tensor_d x = test::random_tensor<tensor_d>({2, 3, 33, 20}, 1), y = test::random_tensor<tensor_d>(x.shape(), 2);
  const filter_kernel kernel = measurement::gaussian_kernel(3.0, 61);
  REQUIRE(kernel.separated().has_value());
  for (const boundary rule : rules) {
    const blur a{.kernel = kernel, .boundary = rule};
    const measurement::gaussian_blur b{.size = 61, .sigma = 3.0, .boundary = rule};
    CHECK(test::relative_error(a(x).values(), b(x).values()) < 1e-14);
    CHECK(test::relative_error(a.adjoint(x).values(), b.adjoint(x).values()) < 1e-14);
    CHECK(test::relative_error(a.prox(x, y, 0.1).values(), b.prox(x, y, 0.1).values()) < 1e-12);
    CHECK(test::relative_error(a.pseudo_inverse(y).values(), b.pseudo_inverse(y).values()) < 1e-11);
  }
}

TEST_CASE("the proximal point of blur is exact for circular borders and for separable kernels", "[measurement][blur]") {
  for (const double rho : {1e-3, 0.1, 10.0}) {
    for (const shape& s : shapes) {
      const blur circular{.kernel = lopsided(5, 7), .boundary = boundary::circular};
      test::check_prox<tensor_d>(circular, s, rho, 1e-12);
      test::check_prox<tensor_f>(circular, s, rho, 1e-4);
      for (const boundary rule : rules) {
        test::check_prox<tensor_d>(blur{.kernel = measurement::box_kernel(3, 4), .boundary = rule}, s, rho, 1e-12);
      }
    }
  }
}

TEST_CASE("the pseudo-inverse of a blur with any kernel is exact on the modes above its cut, and one of the others",
          "[measurement][blur]") {
  const blur sharp{
      .kernel = measurement::gaussian_kernel({0.6, 0.4, 0.5}), .boundary = boundary::circular, .cut = 1e-6};
  REQUIRE_FALSE(sharp.kernel.separated().has_value());
  const blur wide{.kernel = lopsided(7, 9), .boundary = boundary::circular};
  for (const shape& s : shapes) {
    test::check_pseudo_inverse<tensor_d>(sharp, s, 1e-11);  // no mode lies below the cut: A A^+ A = A in full
    const tensor_d y = test::random_tensor<tensor_d>(s, 1), u = wide.pseudo_inverse(y);
    CHECK(test::relative_error(wide.pseudo_inverse(wide(u)).values(), u.values()) < 1e-11);
    CHECK(test::norm(u) <= test::norm(y) / 0.03 * (1 + 1e-12));  // the largest singular value is 1
  }
}

TEST_CASE("the spectrum holds the eigenvalues of a circular blur at the waves of the plane", "[measurement][blur]") {
  const blur a{.kernel = lopsided(3, 4), .boundary = boundary::circular};
  const extent e{6, 5};
  const auto k = a.spectrum<tensor_d>(e);
  REQUIRE(k.shape() == shape{1, 2, 6, 5});
  CHECK(test::close(k(0, 0, 0, 0), 1, 1e-14));
  tensor_d x({1, 2, 6, 5});  // exp(2 pi i (2 m / 6 + n / 5)) as two channels
  for (std::size_t m = 0; m < 6; ++m) {
    for (std::size_t n = 0; n < 5; ++n) {
      const double phase = 2 * std::numbers::pi * (2 * static_cast<double>(m) / 6 + static_cast<double>(n) / 5);
      x(0, 0, m, n) = std::cos(phase);
      x(0, 1, m, n) = std::sin(phase);
    }
  }
  const tensor_d y = a(x);
  const double re = k(0, 0, 2, 1), im = k(0, 1, 2, 1);
  for (std::size_t p = 0; p < 30; ++p) {
    const double c = x.data()[p], s = x.data()[30 + p];
    CHECK(std::abs(y.data()[p] - (re * c - im * s)) < 1e-14);
    CHECK(std::abs(y.data()[30 + p] - (re * s + im * c)) < 1e-14);
  }
}

TEST_CASE("blur has the proximal point of every kernel, by conjugate gradients where there is no closed form",
          "[measurement][blur]") {
  for (const boundary rule : {boundary::reflect, boundary::symmetric}) {
    const blur a{.kernel = lopsided(3, 4), .boundary = rule};
    for (const double rho : {0.01, 1.0}) test::check_prox<tensor_d>(a, {2, 2, 7, 9}, rho, 1e-9);
  }
}

TEST_CASE("blur says what it has no closed form for", "[measurement][blur]") {
  const tensor_d x({1, 1, 8, 8}, 1.0);
  const blur a{.kernel = lopsided(3, 4), .boundary = boundary::reflect};
  REQUIRE_THROWS_WITH(a.pseudo_inverse(x), test::contains("a kernel of 3 x 4"));
  REQUIRE_THROWS_WITH(a.spectrum<tensor_d>({8, 8}), test::contains("only circular borders"));
}

}  // namespace blur_test
