// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/normal_equations.hpp>
#include <equireg/measurement/super_resolution.hpp>

namespace normal_equations_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

// Both in closed form for super-resolution.
const measurement::super_resolution a{.factor = 2};
const tensor_d x = test::random_tensor<tensor_d>({2, 3, 8, 6}, 1), y = test::random_tensor<tensor_d>({2, 3, 4, 3}, 2);

TEST_CASE("least squares by conjugate gradients are the pseudo-inverse", "[measurement][normal_equations]") {
  const tensor_d u = measurement::solve_least_squares(a, y, {.tolerance = 1e-13});
  CHECK(test::relative_error(u.values(), a.pseudo_inverse(y).values()) < 1e-10);
}

TEST_CASE("the proximal point by conjugate gradients is the one in closed form", "[measurement][normal_equations]") {
  for (const double rho : {1e-2, 1.0, 30.0}) {
    const tensor_d u = measurement::solve_prox(a, x, y, rho, {.tolerance = 1e-13});
    CHECK(test::relative_error(u.values(), a.prox(x, y, rho).values()) < 1e-10);
  }
}

TEST_CASE("a sample that needs no iteration stays as it is beside one that does", "[measurement][normal_equations]") {
  tensor_d mixed = y;
  for (double& v : mixed.sample(0)) v = 0;
  const tensor_d u = measurement::solve_least_squares(a, mixed);
  for (const double v : u.sample(0)) CHECK(v == 0);
  CHECK(test::relative_error(u.sample(1), measurement::solve_least_squares(a, y).sample(1)) < 1e-13);
}

}  // namespace normal_equations_test
