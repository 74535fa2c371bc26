// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/convolution.hpp>
#include <equireg/backend/cpu/windows.hpp>

namespace convolution_test {

using namespace equireg;
using cpu::convolution_method;

// The same random numbers for equal sizes; every `each`-th of them, the others 0.
filter_kernel random_kernel(std::size_t rows, std::size_t columns, std::ptrdiff_t centre_row,
                            std::ptrdiff_t centre_column, std::size_t each = 1) {
  const auto numbers = test::random_tensor<cpu::tensor<double>>({1, 1, rows, columns}, 5);
  dense_matrix w(rows, columns);
  for (std::size_t k = 0; k < w.values.size(); k += each) w.values[k] = numbers.data()[k];
  return {w, centre_row, centre_column};
}

// The definition, in double.
template <class T>
cpu::tensor<double> by_definition(const cpu::tensor<T>& x, const filter_kernel& k, boundary rule) {
  const shape s = x.shape();
  const dense_matrix& w = k.weights();
  cpu::tensor<double> out(s, 0.0);
  for (std::size_t n = 0; n < out.size(); ++n) {
    const auto i = static_cast<std::ptrdiff_t>(n / s.width % s.height), j = static_cast<std::ptrdiff_t>(n % s.width);
    const T* const plane = x.data() + n / (s.height * s.width) * s.height * s.width;
    for (std::size_t a = 0; a < w.rows; ++a) {
      for (std::size_t b = 0; b < w.columns; ++b) {
        const std::size_t row = fold(i - static_cast<std::ptrdiff_t>(a) + k.centre_row(), s.height, rule);
        const std::size_t column = fold(j - static_cast<std::ptrdiff_t>(b) + k.centre_column(), s.width, rule);
        out.data()[n] += w(a, b) * static_cast<double>(plane[row * s.width + column]);
      }
    }
  }
  return out;
}

struct convolution {
  filter_kernel kernel;
  boundary rule;
  convolution_method method;

  template <class X>
  X operator()(const X& x) const {
    return convolve(x, kernel, rule, method);
  }
  template <class X>
  X adjoint(const X& y) const {
    return convolve_adjoint(y, kernel, rule, method);
  }
};

const filter_kernel kernels[] = {
    random_kernel(1, 1, 0, 0),      random_kernel(3, 3, 1, 1),  random_kernel(5, 2, 0, 1),
    random_kernel(4, 7, 2, 3, 3),   random_kernel(2, 3, -3, 8),  // a shift as well: the centre lies outside
    random_kernel(21, 18, 10, 9, 7)};
constexpr boundary rules[] = {boundary::reflect, boundary::symmetric, boundary::circular};
constexpr convolution_method methods[] = {convolution_method::direct, convolution_method::fourier,
                                          convolution_method::cheapest};
// Smaller than the kernel, on both sides of every vector length, with and without factors other than 2, 3 and 5.
const shape shapes[] = {{1, 1, 1, 1}, {1, 2, 1, 9}, {2, 1, 7, 1}, {1, 3, 8, 12}, {2, 3, 11, 19}, {1, 1, 18, 150}};

TEMPLATE_TEST_CASE("convolve is its definition, whatever the method, the border and the size", "[backend][convolution]",
                   float, double) {
  using X = cpu::tensor<TestType>;
  for (const filter_kernel& kernel : kernels) {
    for (const boundary rule : rules) {
      for (const shape& s : shapes) {
        const X x = test::random_tensor<X>(s, 3);
        const auto expected = by_definition(x, kernel, rule);
        for (const convolution_method method : methods) {
          INFO(to_text(kernel.size()) << " on " << to_text(s) << ", border " << static_cast<int>(rule) << ", method "
                                      << static_cast<int>(method));
          // Relative to the terms, which may cancel where a plane is one pixel.
          const X y = convolve(x, kernel, rule, method);
          const double terms = test::norm(x) * std::sqrt(static_cast<double>(kernel.nonzeros()));
          cpu::tensor<double> error = expected;
          for (std::size_t k = 0; k < y.size(); ++k) error.data()[k] -= static_cast<double>(y.data()[k]);
          CHECK(test::norm(error) <= test::tolerance<TestType>::rounding * terms);
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("convolve_adjoint is the transpose of convolve", "[backend][convolution]", float, double) {
  for (const filter_kernel& kernel : kernels) {
    for (const boundary rule : rules) {
      for (const convolution_method method : methods) {
        INFO(to_text(kernel.size()) << ", border " << static_cast<int>(rule) << ", method "
                                    << static_cast<int>(method));
        for (const shape& s : shapes) test::check_linear<cpu::tensor<TestType>>(convolution{kernel, rule, method}, s);
      }
    }
  }
}

TEMPLATE_TEST_CASE("convolve_window is a window of convolve, and has its exact adjoint", "[backend][convolution]",
                   float, double) {
  using X = cpu::tensor<TestType>;
  for (const filter_kernel& kernel : kernels) {
    for (const boundary rule : rules) {
      for (const convolution_method method : methods) {
        for (const window& w :
             {window{0, 0, {1, 1}}, window{3, 2, {5, 17}}, window{10, 0, {1, 19}}, window{0, 0, {11, 19}}}) {
          INFO(to_text(kernel.size()) << ", " << to_text(w.size) << " at " << w.top << ", " << w.left << ", border "
                                      << static_cast<int>(rule) << ", method " << static_cast<int>(method));
          const X x = test::random_tensor<X>({1, 3, 11, 19}, 1);
          const X y = convolve_window(x, kernel, rule, w, method);
          const X expected = crop(convolve(x, kernel, rule, convolution_method::direct), w);
          const double terms = test::norm(x) * std::sqrt(static_cast<double>(kernel.nonzeros()));
          CHECK(test::norm(test::combination(1, y, -1, expected)) <= test::tolerance<TestType>::rounding * terms);
          const X q = test::random_tensor<X>(y.shape(), 2);
          const X back = convolve_window_adjoint(q, kernel, rule, w, {11, 19}, method);
          REQUIRE(back.shape() == x.shape());
          CHECK(std::abs(test::inner(y, q) - test::inner(x, back)) <=
                test::tolerance<TestType>::adjoint * (test::norm(q) * terms + test::norm(x) * test::norm(back)));
        }
      }
    }
  }
}

TEST_CASE("few weights are added one by one, and many go through the Fourier domain", "[backend][convolution]") {
  using X = cpu::tensor<double>;
  const X x = test::random_tensor<X>({1, 1, 64, 64}, 1);
  const auto same = [](const X& a, const X& b) { return std::equal(a.data(), a.data() + a.size(), b.data()); };
  const filter_kernel few = random_kernel(41, 41, 20, 20, 200), many = random_kernel(41, 41, 20, 20);
  for (const boundary rule : rules) {
    CHECK(same(convolve(x, few, rule), convolve(x, few, rule, convolution_method::direct)));
    CHECK(same(convolve(x, many, rule), convolve(x, many, rule, convolution_method::fourier)));
    CHECK_FALSE(same(convolve(x, many, rule), convolve(x, many, rule, convolution_method::direct)));
  }
}

TEST_CASE("a plane convolved weight by weight in a batch has the bits that it has alone", "[backend][convolution]") {
  using X = cpu::tensor<float>;
  const filter_kernel kernel = random_kernel(4, 7, 2, 3);
  const X x = test::random_tensor<X>({5, 1, 30, 43}, 3);
  const X all = convolve(x, kernel, boundary::reflect, convolution_method::direct);
  for (std::size_t b = 0; b < 5; ++b) {
    const X alone({1, 1, 30, 43}, std::span<const float>(x.sample(b)));
    const X one = convolve(alone, kernel, boundary::reflect, convolution_method::direct);
    CHECK(std::equal(one.values().begin(), one.values().end(), all.sample(b).begin()));
  }
}

TEST_CASE("convolve of nothing is nothing, and planes and windows without pixels are refused",
          "[backend][convolution]") {
  const filter_kernel kernel = random_kernel(3, 3, 1, 1);
  CHECK(convolve(cpu::tensor<float>({0, 3, 4, 4}), kernel, boundary::reflect).shape() == shape{0, 3, 4, 4});
  REQUIRE_THROWS_WITH(convolve_window(cpu::tensor<float>({1, 3, 4, 4}), kernel, boundary::reflect, {2, 0, {3, 1}}),
                      test::contains("3 x 1 pixels at row 2"));
  REQUIRE_THROWS_WITH(convolve(cpu::tensor<float>({1, 3, 4, 0}), kernel, boundary::reflect),
                      test::contains("of planes of 4 x 0"));
}

}  // namespace convolution_test
