// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/affine_input.hpp>
#include <equireg/measurement/super_resolution.hpp>

namespace affine_input_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;
using measurement::affine_input;
using measurement::super_resolution;

static_assert(check_differentiable_map<affine_input<super_resolution>, tensor_d>());
static_assert(!linear_map<affine_input<super_resolution>, tensor_d>);

const affine_input a{super_resolution{.factor = 2}, 0.5, 1.0};
const shape s{2, 3, 8, 6};

TEST_CASE("an affine input maps [-1, 1] to [0, 1] and back", "[measurement][affine_input]") {
  const tensor_d x({1, 1, 1, 3}, {-1.0, 0.0, 1.0});
  const tensor_d f = a.physical(x);
  CHECK(f.data()[0] == 0);
  CHECK(f.data()[1] == 0.5);
  CHECK(f.data()[2] == 1);
  CHECK(test::relative_error(a.normalised(f).values(), x.values()) == 0);
}

TEST_CASE("an affine input is differentiated by its scale and the operator's adjoint", "[measurement][affine_input]") {
  test::check_pullback(a, test::random_tensor<tensor_d>(s, 1));
  test::check_pullback(affine_input{super_resolution{.factor = 2}, -3.0, 0.2}, test::random_tensor<tensor_d>(s, 1));
}

TEST_CASE("the pseudo-inverse and the proximal point of an affine input are in the units of x",
          "[measurement][affine_input]") {
  const tensor_d x = test::random_tensor<tensor_d>(s, 1), y = test::random_tensor<tensor_d>({2, 3, 4, 3}, 2);
  CHECK(test::relative_error(a(a.pseudo_inverse(y)).values(), y.values()) < 1e-10);
  const double rho = 0.3;
  const tensor_d u = a.prox(x, y, rho);
  const auto [value, pullback] = a.linearize(u);
  const tensor_d gradient =
      test::combination(1, pullback(test::combination(1, value, -1, y)), rho, test::combination(1, u, -1, x));
  CHECK(test::norm(gradient) < 1e-11 * (test::norm(x) + test::norm(y)));
}

}  // namespace affine_input_test
