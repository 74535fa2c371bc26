// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/dense.hpp>
#include <support/tolerance.hpp>

#include <equireg/backend/cpu/decompose.hpp>

#include <vector>

namespace decompose_test {

namespace eq = equireg;
using namespace equireg::test;

namespace {

template <class T>
eq::cpu::matrix_view<T> view(std::vector<T>& values, std::size_t n) {
  return {values.data(), n, values.size() / n, values.size() / n};
}

const matrix symmetric = [] {
  matrix root(4, 4);
  for (std::size_t i = 0; i < 16; ++i) root.values[i] = std::sin(1.0 + 3.7 * static_cast<double>(i));
  return combine(1, root * transposed(root), 0.1, matrix::identity(4));
}();

}  // namespace

TEMPLATE_TEST_CASE("eigenvectors rebuild their matrix and are orthonormal", "[backend][decompose]", float, double) {
  std::vector<TestType> v(symmetric.values.begin(), symmetric.values.end());
  const auto w = eq::cpu::eigh<TestType>(view(v, 4));
  matrix q(4, 4), d(4, 4);
  std::copy(v.begin(), v.end(), q.values.begin());
  for (std::size_t i = 0; i < 4; ++i) d(i, i) = static_cast<double>(w[i]);
  CHECK(w[0] < w[1]);
  CHECK(w[2] < w[3]);
  CHECK(relative_error((transposed(q) * d * q).values, symmetric.values) < tolerance<TestType>::rounding);
  CHECK(relative_error((q * transposed(q)).values, matrix::identity(4).values) < tolerance<TestType>::rounding);
}

TEMPLATE_TEST_CASE("eigenvalues alone are those of the eigenvectors", "[backend][decompose]", float, double) {
  std::vector<TestType> a(symmetric.values.begin(), symmetric.values.end()), v = a, none;
  const auto alone = eq::cpu::eigenvalues<TestType>(view(a, 4)), with_vectors = eq::cpu::eigh<TestType>(view(v, 4));
  CHECK(relative_error(alone, with_vectors) < tolerance<TestType>::rounding);
  CHECK(eq::cpu::eigenvalues<TestType>({none.data(), 0, 0, 0}).empty());
  CHECK_THROWS_WITH(eq::cpu::eigenvalues<TestType>({v.data(), 2, 3, 3}),
                    contains("equireg::eigenvalues: expected a square matrix, got 2 x 3"));
}

TEMPLATE_TEST_CASE("a cholesky factor is triangular, rebuilds its matrix and solves its systems",
                   "[backend][decompose]", float, double) {
  std::vector<TestType> l(symmetric.values.begin(), symmetric.values.end());
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = i + 1; j < 4; ++j) l[i * 4 + j] = TestType(77);  // the upper triangle is not read
  }
  eq::cpu::cholesky<TestType>(view(l, 4), "test", "the matrix");
  matrix m(4, 4);
  std::copy(l.begin(), l.end(), m.values.begin());
  CHECK(m(0, 3) == 0);
  CHECK(relative_error((m * transposed(m)).values, symmetric.values) < tolerance<TestType>::rounding);
  std::vector<TestType> b = {1, 2, 3, 4, 5, 6, 7, 8};
  eq::cpu::solve_triangular<TestType>(view(l, 4), view(b, 4));
  eq::cpu::solve_triangular<TestType>(transpose(view(l, 4)), view(b, 4));
  matrix x(4, 2);
  std::copy(b.begin(), b.end(), x.values.begin());
  CHECK(relative_error((symmetric * x).values, vector{1, 2, 3, 4, 5, 6, 7, 8}) < 100 * tolerance<TestType>::rounding);
}

TEST_CASE("factorisations say what is wrong with their matrix", "[backend][decompose]") {
  std::vector<double> a = {1, 2, 2, 1};
  CHECK_THROWS_WITH(eq::cpu::cholesky<double>(view(a, 2), "here", "A"), contains("here: A is not positive definite"));
  std::vector<double> wide(6, 1.0);
  CHECK_THROWS_WITH(eq::cpu::eigh<double>(view(wide, 2)), contains("expected a square matrix, got 2 x 3"));
}

}  // namespace decompose_test
