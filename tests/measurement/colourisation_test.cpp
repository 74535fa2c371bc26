// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/colourisation.hpp>

#include <limits>

namespace colourisation_test {

using namespace equireg;
using equireg::measurement::colourisation;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_linear_map<colourisation, tensor_d>() && check_linear_map<colourisation, tensor_f>());
static_assert(has_pseudo_inverse<colourisation, tensor_d> && has_prox<colourisation, tensor_d>);

template <class X>
void check_laws(const colourisation& a, std::size_t channels) {
  const double rounding = test::tolerance<typename X::value_type>::rounding;
  for (const shape s : {shape{1, channels, 1, 1}, shape{2, channels, 5, 7}, shape{3, channels, 64, 33}}) {
    test::check_linear<X>(a, s);
    test::check_pseudo_inverse<X>(a, s, rounding);
    for (const double rho : {1e-3, 1.0, 50.0}) test::check_prox<X>(a, s, rho, rounding);
    CHECK(a(X(s)).shape() == shape{s.batch, 1, s.height, s.width});
  }
}

TEST_CASE("colourisation obeys the laws of a linear map, for any number of channels",
          "[measurement][colourisation]") {
  check_laws<tensor_d>({}, 3);
  check_laws<tensor_f>({}, 3);
  check_laws<tensor_d>(colourisation::mean(), 3);
  check_laws<tensor_d>({.weights = {2}}, 1);
  check_laws<tensor_d>({.weights = {0.5, -1}}, 2);
  check_laws<tensor_f>({.weights = {0.1, 0, 0.3, 0.4, -0.2, 1}}, 6);
}

TEST_CASE("luma weighs green most, and the mean's pseudo-inverse copies the brightness",
          "[measurement][colourisation]") {
  const tensor_d y = colourisation{}(tensor_d({1, 3, 1, 1}, {1.0, 10.0, 100.0}));
  CHECK(test::close(y.data()[0], 0.298958 + 5.87019 + 11.4048, 1e-5));  // six digits
  const tensor_d grey = colourisation{}(tensor_d({1, 3, 1, 1}, 1.0));
  CHECK(test::close(grey.data()[0], 1, 5e-5));  // the published weights sum to 1.00002
  const tensor_d copies = colourisation::mean(4).pseudo_inverse(tensor_d({1, 1, 1, 2}, {0.25, -3.0}));
  REQUIRE(copies.shape() == shape{1, 4, 1, 2});
  for (std::size_t c = 0; c < 4; ++c) {
    CHECK(test::close(copies(0, c, 0, 0), 0.25, 1e-14));
    CHECK(test::close(copies(0, c, 0, 1), -3, 1e-14));
  }
  const tensor_d back = colourisation{}.adjoint(tensor_d({1, 1, 1, 1}, 1.0));
  CHECK(test::close(test::norm(back), 0.668561, 1e-6));  // the singular value
}

TEST_CASE("colourisation refuses weights and images that do not fit", "[measurement][colourisation]") {
  const tensor_d x({1, 3, 2, 2}, 1.0);
  REQUIRE_THROWS_WITH(colourisation{.weights = {}}(x), test::contains("0 weights"));
  REQUIRE_THROWS_WITH((colourisation{.weights = {0, 0, 0}}(x)), test::contains("not all zero"));
  REQUIRE_THROWS_WITH((colourisation{.weights = {1, std::numeric_limits<double>::infinity(), 0}}(x)),
                      test::contains("finite weights"));
  REQUIRE_THROWS_WITH((colourisation{.weights = {1, 1}}(x)), test::contains("(1, 3, 2, 2)"));
  REQUIRE_THROWS_WITH(colourisation{}.adjoint(x), test::contains("mixes 1 channels"));
}

}  // namespace colourisation_test
