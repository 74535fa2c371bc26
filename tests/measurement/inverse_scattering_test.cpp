// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/measurement/inverse_scattering.hpp>

namespace inverse_scattering_test {

using namespace equireg;
using measurement::born_scattering;
using measurement::inverse_scattering;
using measurement::scattering_geometry;
using measurement::scattering_grid;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_linear_map<born_scattering<tensor_f>, tensor_f>());
static_assert(has_pseudo_inverse<born_scattering<tensor_d>, tensor_d> && has_prox<born_scattering<tensor_d>, tensor_d>);

template <class X = tensor_d>
born_scattering<X> small(std::size_t pixels, std::size_t transmitters, std::size_t receivers,
                         scattering_grid grid = scattering_grid::centred, double cut = 1e-9) {
  return born_scattering<X>(
      {.pixels = pixels, .transmitters = transmitters, .receivers = receivers, .grid = grid, .cut = cut});
}

TEST_CASE("the point source is SciPy's Hankel function over 4", "[measurement][inverse_scattering]") {
  const tensor_d expected = test::golden("scattering_hankel");
  const double at[] = {1, 10, 100, 1300};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::complex<double> h = measurement::point_source(1, at[i]) / std::complex<double>(0, 0.25);
    CHECK(test::close(h.real(), expected.data()[i], 1e-12));
    CHECK(test::close(h.imag(), expected.data()[4 + i], 1e-12));
  }
}

TEST_CASE("Born scattering has its exact adjoint, whatever the batch", "[measurement][inverse_scattering]") {
  for (const std::size_t batch : {1, 4, 7}) {
    test::check_linear<tensor_d>(small(9, 3, 5), {batch, 1, 9, 9});
    test::check_linear<tensor_d>(small(1, 1, 1), {batch, 1, 1, 1});
    test::check_linear<tensor_d>(small(16, 2, 12, scattering_grid::inverse_bench), {batch, 1, 16, 16});
  }
  test::check_linear<tensor_f>(small<tensor_f>(16, 4, 12), {3, 1, 16, 16});
}

TEST_CASE("Born scattering is the sum over pixels that NumPy makes", "[measurement][inverse_scattering]") {
  const tensor_d image = test::golden("scattering_image");
  const auto check = [&](scattering_grid grid, const char* name) {
    const tensor_d y = small(10, 3, 7, grid)(image);
    REQUIRE(y.shape() == shape{1, 2, 3, 7});
    CHECK(test::relative_error(y.values(), test::golden(std::string("scattering_") + name).values()) < 1e-11);
  };
  check(scattering_grid::centred, "centred");
  check(scattering_grid::inverse_bench, "inverse_bench");
}

TEST_CASE("a quarter turn of the object turns both rings of sensors", "[measurement][inverse_scattering]") {
  const auto a = small(12, 4, 8);
  const tensor_d x = test::random_tensor<tensor_d>({1, 1, 12, 12}, 1);
  tensor_d turned(x.shape());  // clockwise as rows run down: from the first axis towards the second, as sensors do
  for (std::size_t i = 0; i < 12; ++i) {
    for (std::size_t j = 0; j < 12; ++j) turned(0, 0, j, 11 - i) = x(0, 0, i, j);
  }
  const tensor_d y = a(x), z = a(turned);
  tensor_d expected(y.shape());
  for (std::size_t part = 0; part < 2; ++part) {
    for (std::size_t t = 0; t < 4; ++t) {
      for (std::size_t r = 0; r < 8; ++r) expected(0, part, (t + 1) % 4, (r + 2) % 8) = y(0, part, t, r);
    }
  }
  CHECK(test::relative_error(z.values(), expected.values()) < 1e-10);  // k r is near 100: its rounding is a phase
}

TEST_CASE("the pseudo-inverse and the proximal point of Born scattering are those of the modes above the cut",
          "[measurement][inverse_scattering]") {
  // More data than pixels, and fewer.
  test::check_pseudo_inverse<tensor_d>(small(6, 4, 12, scattering_grid::centred, 1e-6), {2, 1, 6, 6}, 1e-6);
  for (const double rho : {1e-3, 1.0}) test::check_prox<tensor_d>(small(8, 2, 5), {3, 1, 8, 8}, rho, 1e-9);

  const auto all = small(8, 3, 9).singular_values();
  REQUIRE(all.size() >= 4);
  const double cut = 0.5 * (all[all.size() - 3] + all[all.size() - 4]);
  const auto a = small(8, 3, 9, scattering_grid::centred, cut);
  REQUIRE(a.singular_values().size() == 3);
  const tensor_d y = test::random_tensor<tensor_d>({1, 2, 3, 9}, 3);
  const tensor_d u = a.pseudo_inverse(y);
  CHECK(test::norm(u) <= test::norm(y) / cut);
  CHECK(test::relative_error(a.pseudo_inverse(a(u)).values(), u.values()) < 1e-9);  // A^+ A A^+ = A^+
}

TEST_CASE("inverse scattering sees the image on [0, 1] and is differentiated", "[measurement][inverse_scattering]") {
  const scattering_geometry geometry{.pixels = 8, .transmitters = 2, .receivers = 6, .cut = 1e-9};
  const auto a = inverse_scattering<tensor_d>(geometry);
  static_assert(check_differentiable_map<decltype(a), tensor_d>());
  const tensor_d x = test::random_tensor<tensor_d>({2, 1, 8, 8}, 1);
  test::check_pullback(a, x);
  const tensor_d y = a(x);
  CHECK(test::relative_error(y.values(), born_scattering<tensor_d>(geometry)(a.physical(x)).values()) == 0);
  CHECK(test::relative_error(a(a.pseudo_inverse(y)).values(), y.values()) < 1e-6);
}

TEST_CASE("scattering refuses sensors inside the object and images of another size",
          "[measurement][inverse_scattering]") {
  REQUIRE_THROWS_WITH(born_scattering<tensor_d>({.pixels = 4, .radius = 0.1}), test::contains("radius is 0.1"));
  REQUIRE_THROWS_WITH(born_scattering<tensor_d>({.pixels = 0}), test::contains("0 pixels"));
  const auto a = small(4, 2, 3);
  REQUIRE_THROWS_WITH(a(tensor_d({1, 1, 4, 5})), test::contains("(1, 1, 4, 5)"));
  REQUIRE_THROWS_WITH(a(tensor_d({1, 2, 4, 4})), test::contains("(1, 2, 4, 4)"));
  REQUIRE_THROWS_WITH(a.adjoint(tensor_d({1, 2, 3, 3})), test::contains("2 x 3 pairs"));
}

}  // namespace inverse_scattering_test
