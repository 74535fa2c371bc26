// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/backend/cpu/matrix.hpp>

#include <support/catch.hpp>
#include <support/threads.hpp>
#include <support/tolerance.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace matrix_test {

namespace eq = equireg;
using eq::cpu::matrix_view;
using eq::cpu::tensor;
using eq::test::close;
using eq::test::tolerance;

namespace {

template <class T>
tensor<T> normal(std::size_t rows, std::size_t columns, std::uint32_t stream) {
  tensor<T> x({rows, 1, 1, columns});
  fill_normal(x, eq::noise_address{31, stream, eq::purpose::user, 0});
  return x;
}

template <class T>
double entry(const matrix_view<T>& m, std::size_t i, std::size_t j) {
  return static_cast<double>(m.transposed ? m.data[j * m.stride + i] : m.data[i * m.stride + j]);
}

}  // namespace

TEMPLATE_TEST_CASE("products agree with sums of products, transposed or not", "[backend][matrix]", float, double) {
  using T = TestType;
  for (const std::size_t rows : {1, 2, 17, 40}) {
    for (const bool a_turned : {false, true}) {
      for (const bool b_turned : {false, true}) {
        for (const bool reproducible : {false, true}) {
          const eq::cpu::reproducible_scope scope(reproducible);
          const std::size_t inner = 33, columns = 21;
          const tensor<T> a = a_turned ? normal<T>(inner, rows, 0) : normal<T>(rows, inner, 0);
          const tensor<T> b = b_turned ? normal<T>(columns, inner, 1) : normal<T>(inner, columns, 1);
          tensor<T> c = normal<T>(rows, columns, 2);
          const tensor<T> before = c;
          matrix_view<const T> left = rows_of(a), right = rows_of(b);
          if (a_turned) left = transpose(left);
          if (b_turned) right = transpose(right);
          multiply(rows_of(c), left, right, 1.5, -0.5);
          for (std::size_t i = 0; i < rows; ++i) {
            for (std::size_t j = 0; j < columns; ++j) {
              double sum = 0;
              for (std::size_t k = 0; k < inner; ++k) sum += entry(left, i, k) * entry(right, k, j);
              REQUIRE(close(c(i, 0, 0, j), 1.5 * sum - 0.5 * static_cast<double>(before(i, 0, 0, j)),
                            tolerance<T>::rounding, 10.0));
            }
          }
        }
      }
    }
  }
}

TEST_CASE("products read and write parts of matrices", "[backend][matrix]") {
  const tensor<double> a = normal<double>(6, 10, 0), b = normal<double>(8, 9, 1);
  tensor<double> c({7, 1, 1, 12}, 100.0);
  const auto left = rows_of(a).rows_at(1, 3).columns_at(2, 4);   // 3 x 4
  const auto right = rows_of(b).rows_at(3, 4).columns_at(1, 5);  // 4 x 5
  multiply(rows_of(c).rows_at(2, 3).columns_at(4, 5), left, right);
  for (std::size_t i = 0; i < 7; ++i) {
    for (std::size_t j = 0; j < 12; ++j) {
      double expected = 100;
      if (i >= 2 && i < 5 && j >= 4 && j < 9) {
        expected = 0;
        for (std::size_t k = 0; k < 4; ++k) expected += a(1 + i - 2, 0, 0, 2 + k) * b(3 + k, 0, 0, 1 + j - 4);
      }
      REQUIRE(close(c(i, 0, 0, j), expected, 1e-12, 1.0));
    }
  }
}

TEST_CASE("a product over nothing scales what was there", "[backend][matrix]") {
  tensor<double> c({2, 1, 1, 2}, 3.0);
  multiply<double>(rows_of(c), {nullptr, 2, 0, 1}, {nullptr, 0, 2, 2}, 1, 0.5);
  CHECK(std::all_of(c.values().begin(), c.values().end(), [](double v) { return v == 1.5; }));
}

TEST_CASE("a product over nothing without what was there is zero, whatever that was", "[backend][matrix]") {
  float c[2] = {std::numeric_limits<float>::quiet_NaN(), 5}, nothing[1] = {};
  eq::cpu::multiply<float>({c, 1, 2, 2}, {nothing, 1, 0, 1}, {nothing, 0, 2, 2});
  CHECK(c[0] == 0);
  CHECK(c[1] == 0);
}

TEMPLATE_TEST_CASE("reproducible products have the same bits for any batch and thread count", "[backend][matrix]",
                   float, double) {
  using T = TestType;
  const std::size_t rows = 37, inner = 300, columns = 130;
  const tensor<T> a = normal<T>(rows, inner, 0), b = normal<T>(inner, columns, 1),
                  turned = normal<T>(columns, inner, 1);
  const eq::cpu::reproducible_scope scope;
  for (const matrix_view<const T>& right : {rows_of(b), transpose(rows_of(turned))}) {
    tensor<T> whole({rows, 1, 1, columns});
    multiply(rows_of(whole), rows_of(a), right);
    for (const int threads : {1, 2}) {
      const eq::test::thread_scope team(threads);
      tensor<T> again({rows, 1, 1, columns});
      multiply(rows_of(again), rows_of(a), right);
      CHECK(std::equal(again.values().begin(), again.values().end(), whole.values().begin()));
      for (std::size_t i = 0; i < rows; ++i) {
        tensor<T> alone({1, 1, 1, columns});
        multiply(rows_of(alone), rows_of(a).rows_at(i, 1), right);
        REQUIRE(std::equal(alone.values().begin(), alone.values().end(), whole.sample(i).begin()));
      }
    }
  }
}

TEST_CASE("a reproducible scope ends where it ends", "[backend][matrix]") {
  CHECK_FALSE(eq::cpu::reproducible_scope::active());
  {
    const eq::cpu::reproducible_scope outer;
    CHECK(eq::cpu::reproducible_scope::active());
    {
      const eq::cpu::reproducible_scope inner(false);
      CHECK_FALSE(eq::cpu::reproducible_scope::active());
    }
    CHECK(eq::cpu::reproducible_scope::active());
  }
  CHECK_FALSE(eq::cpu::reproducible_scope::active());
}

TEMPLATE_TEST_CASE("squared distances agree with sums over differences", "[backend][matrix]", float, double) {
  using T = TestType;
  for (const std::size_t dimension : {1, 15, 100, 5000}) {
    const tensor<T> x = normal<T>(4, dimension, 0), m = normal<T>(3, dimension, 1);
    tensor<T> w = normal<T>(3, dimension, 2), plain({4, 1, 1, 3}), weighted({4, 1, 1, 3});
    transform(
        w, [](T v) { return v * v; }, w);
    squared_distances(rows_of(plain), rows_of(x), rows_of(m), 0.7);
    squared_distances(rows_of(weighted), rows_of(x), rows_of(m), 0.7, rows_of(std::as_const(w)));
    for (std::size_t i = 0; i < 4; ++i) {
      for (std::size_t k = 0; k < 3; ++k) {
        long double sum = 0, weighted_sum = 0;
        for (std::size_t j = 0; j < dimension; ++j) {
          const long double d = x.sample(i)[j] - 0.7L * m.sample(k)[j];
          sum += d * d;
          weighted_sum += d * d * w.sample(k)[j];
        }
        CHECK(close(plain.sample(i)[k], static_cast<double>(sum), 10 * tolerance<T>::rounding));
        CHECK(close(weighted.sample(i)[k], static_cast<double>(weighted_sum), 10 * tolerance<T>::rounding));
      }
    }
  }
}

TEST_CASE("near points keep the digits of a small distance", "[backend][matrix]") {
  tensor<float> x({1, 1, 1, 100}, 1000.0F), m({1, 1, 1, 100}, 1000.0F), out({1, 1, 1, 1});
  for (float& v : x.values()) v += 0.0625F;
  squared_distances(rows_of(out), rows_of(x), rows_of(m), 1);
  CHECK(out.values()[0] == 100 * 0.0625F * 0.0625F);
}

TEST_CASE("matrices that do not fit are refused with their sizes", "[backend][matrix]") {
  const tensor<double> a = normal<double>(2, 3, 0), b = normal<double>(4, 5, 1);
  tensor<double> c({2, 1, 1, 5});
  REQUIRE_THROWS_WITH(multiply(rows_of(c), rows_of(a), rows_of(b)),
                      "equireg::multiply: cannot write a 2 x 3 matrix times a 4 x 5 matrix to one of 2 x 5");
  REQUIRE_THROWS_WITH(squared_distances(rows_of(c), rows_of(a), rows_of(b), 1),
                      eq::test::contains("distances of 2 rows of 3 from 4 rows of 5"));
}

}  // namespace matrix_test
