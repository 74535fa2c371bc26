// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/separable.hpp>

#include <span>
#include <vector>

namespace separable_test {

using namespace equireg;

// Dense random numbers with a band of `width` around the diagonal, running over the end.
dense_matrix band(std::size_t rows, std::size_t columns, std::size_t width, std::uint32_t stream) {
  const auto numbers = test::random_tensor<cpu::tensor<double>>({1, 1, rows, columns}, stream);
  dense_matrix m(rows, columns);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = 0; k < width; ++k) {
      const std::size_t j = (i * columns / rows + k) % columns;
      m(i, j) = numbers(0, 0, i, j);
    }
  }
  return m;
}

// The definition, in double.
template <class T>
cpu::tensor<double> by_definition(const cpu::tensor<T>& x, const dense_matrix& r, const dense_matrix& c) {
  const shape s = x.shape();
  cpu::tensor<double> out({s.batch, s.channels, r.rows, c.rows}, 0.0);
  for (std::size_t b = 0; b < s.batch; ++b) {
    for (std::size_t k = 0; k < s.channels; ++k) {
      dense_matrix half(s.height, c.rows);
      for (std::size_t i = 0; i < s.height; ++i) {
        for (std::size_t j = 0; j < c.rows; ++j) {
          for (std::size_t l = 0; l < s.width; ++l) half(i, j) += static_cast<double>(x(b, k, i, l)) * c(j, l);
        }
      }
      for (std::size_t i = 0; i < r.rows; ++i) {
        for (std::size_t j = 0; j < c.rows; ++j) {
          for (std::size_t l = 0; l < s.height; ++l) out(b, k, i, j) += r(i, l) * half(l, j);
        }
      }
    }
  }
  return out;
}

TEMPLATE_TEST_CASE("separable is R x C^T, banded and dense, for sizes on both sides of every vector length",
                   "[backend][separable]", float, double) {
  using X = cpu::tensor<TestType>;
  const std::size_t sizes[][4] = {{1, 1, 1, 1},   {3, 5, 4, 2},    {16, 32, 16, 32},  {40, 33, 70, 67},
                                  {64, 64, 8, 8}, {9, 15, 65, 31}, {31, 129, 31, 129}};
  for (const auto& [height, width, out_height, out_width] : sizes) {
    INFO(height << " x " << width << " to " << out_height << " x " << out_width);
    const dense_matrix r = band(out_height, height, std::min<std::size_t>(height, 5), 1);
    const dense_matrix c = band(out_width, width, std::min<std::size_t>(width, 3), 2);
    const X x = test::random_tensor<X>({2, 3, height, width}, 3);
    const auto expected = by_definition(x, r, c);
    const X banded = separable(x, banded_matrix(r), banded_matrix(c));
    REQUIRE(banded.shape() == expected.shape());
    CHECK(test::relative_error(banded.values(), expected.values()) < test::tolerance<TestType>::rounding);
    CHECK(test::relative_error(separable(x, r, c).values(), expected.values()) < test::tolerance<TestType>::rounding);
  }
}

// Neighbouring rows have the same weights and are worked on together; of a transpose with a stride, some have none.
TEMPLATE_TEST_CASE("separable filters with equal rows, and with rows of zeros, as their definition says",
                   "[backend][separable]", float, double) {
  using X = cpu::tensor<TestType>;
  const std::vector<double> taps = {0.5, -1, 2, 0.25};
  for (const std::size_t count : {std::size_t{1}, std::size_t{3}, std::size_t{4}}) {
    for (const std::size_t stride : {1U, 2U, 3U, 5U}) {
      INFO(count << " weights, stride " << stride);
      const auto some = std::span(taps).first(count);
      const banded_matrix down = filter_matrix(24, 24 * stride, stride, 1, some, boundary::circular);
      const banded_matrix up = down.transposed();
      const X x = test::random_tensor<X>({1, 2, 24 * stride, 24}, 3);
      const auto expected = by_definition(x, down.dense(), up.dense());
      const X got = separable(x, down, up);
      CHECK(test::relative_error(got.values(), expected.values()) < test::tolerance<TestType>::rounding);
      const X back = separable(got, up, down);
      CHECK(test::relative_error(back.values(), by_definition(got, up.dense(), down.dense()).values()) <
            test::tolerance<TestType>::rounding);
    }
  }
}

TEST_CASE("a sample filtered in a batch has the bits that it has alone", "[backend][separable]") {
  using X = cpu::tensor<float>;
  const banded_matrix r(band(40, 50, 7, 1)), c(band(37, 29, 4, 2));
  const X x = test::random_tensor<X>({5, 1, 50, 29}, 3);
  const X all = separable(x, r, c);
  for (std::size_t b = 0; b < 5; ++b) {
    const X one = separable(X({1, 1, 50, 29}, std::span<const float>(x.sample(b))), r, c);
    CHECK(std::equal(one.values().begin(), one.values().end(), all.sample(b).begin()));
  }
}

TEST_CASE("separable refuses matrices of another size than the planes", "[backend][separable]") {
  const cpu::tensor<double> x({1, 1, 4, 6}, 1.0);
  const dense_matrix four(3, 4), six(5, 6);
  REQUIRE_THROWS_WITH(separable(x, banded_matrix(six), banded_matrix(four)), test::contains("planes of 4 x 6"));
  REQUIRE_THROWS_WITH(separable(x, six, four), test::contains("planes of 4 x 6"));
  CHECK(separable(x, four, six).shape() == shape{1, 1, 3, 5});
}

}  // namespace separable_test
