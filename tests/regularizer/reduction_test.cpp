// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/regularizer/reduction.hpp>

#include <cmath>

namespace reduction_test {

namespace eq = equireg;
using eq::regularizer::reduction;
using namespace equireg::test;
using tensor = eq::cpu::tensor<double>;

namespace {

double reduced(double squares, reduction kind, std::size_t n, double weight) {
  tensor s({1, 1, 1, 1}, squares);
  eq::regularizer::reduce_squares(s, kind, n, weight);
  return s.data()[0];
}

double factor_of(double squares, reduction kind, std::size_t n, double weight, double factor) {
  tensor s({1, 1, 1, 1}, squares);
  eq::regularizer::cotangent_factor(s, kind, n, weight, tensor({1, 1, 1, 1}, factor));
  return s.data()[0];
}

}  // namespace

TEST_CASE("a residual is reduced to its norm, its square or its mean square", "[regularizer][reduction]") {
  // e = (3, 4)
  CHECK(close(reduced(25, reduction::norm, 2, 0.5), 2.5, 1e-15));
  CHECK(close(reduced(25, reduction::squared_norm, 2, 0.5), 12.5, 1e-15));
  CHECK(close(reduced(25, reduction::mean_square, 2, 0.5), 6.25, 1e-15));
}

TEST_CASE("the cotangent's factor is the derivative of the reduction", "[regularizer][reduction]") {
  for (const auto kind : {reduction::norm, reduction::squared_norm, reduction::mean_square}) {
    // Along e_1 at e = (3, 4): d rho / d e_1 = c e_1.
    const double h = tolerance<double>::step, weight = 0.7, factor = -1.5;
    const auto rho = [&](double e) { return reduced(e * e + 16, kind, 2, weight); };
    const double slope = (rho(3 + h) - rho(3 - h)) / (2 * h);
    CHECK(close(factor_of(25, kind, 2, weight, factor) * 3, factor * slope, tolerance<double>::finite_difference));
  }
}

TEST_CASE("where there is no residual there is no gradient, and no infinity", "[regularizer][reduction]") {
  CHECK(factor_of(0, reduction::norm, 4, 2, 3) == 0);
  CHECK(reduced(0, reduction::norm, 4, 2) == 0);
  CHECK(factor_of(1e-300, reduction::norm, 4, 2, 3) > 1e150);
}

TEST_CASE("each sample is reduced with its own square and factor", "[regularizer][reduction]") {
  tensor s({3, 1, 1, 1}, {4.0, 0.0, 9.0});
  eq::regularizer::cotangent_factor(s, reduction::norm, 5, 6, tensor({3, 1, 1, 1}, {1.0, 1.0, -2.0}));
  CHECK(s.data()[0] == 3);
  CHECK(s.data()[1] == 0);
  CHECK(s.data()[2] == -4);
}

}  // namespace reduction_test
