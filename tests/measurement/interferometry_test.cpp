// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/interferometry.hpp>

#include <complex>
#include <numbers>

namespace interferometry_test {

using namespace equireg;
using measurement::baseline;
using measurement::interferometer;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_linear_map<interferometer<tensor_f>, tensor_f>());
static_assert(has_pseudo_inverse<interferometer<tensor_d>, tensor_d> && has_prox<interferometer<tensor_d>, tensor_d>);

std::vector<baseline> some_baselines(std::size_t count) {
  std::vector<baseline> list(count);
  for (std::size_t m = 0; m < count; ++m) {
    list[m].u = 0.45 * std::sin(1.7 * static_cast<double>(m));
    list[m].v = 0.45 * std::cos(2.3 * static_cast<double>(m) + 0.4);
  }
  return list;
}

TEST_CASE("an interferometer has its exact adjoint", "[measurement][interferometry]") {
  for (const shape s : {shape{1, 1, 1, 1}, shape{3, 1, 7, 12}, shape{2, 1, 1, 9}, shape{1, 1, 32, 32}}) {
    for (const std::size_t count : {1, 19}) {
      test::check_linear<tensor_d>(interferometer<tensor_d>(some_baselines(count), s.plane(), 1.0), s);
    }
    test::check_linear<tensor_f>(interferometer<tensor_f>(some_baselines(19), s.plane(), 1.0), s);
  }
}

TEST_CASE("visibilities are the Fourier sum over pixels", "[measurement][interferometry]") {
  const auto list = some_baselines(11);
  const double pixel = 0.7;
  const interferometer<tensor_d> a(list, {6, 9}, pixel);
  const tensor_d x = test::random_tensor<tensor_d>({2, 1, 6, 9}, 1), v = a(x);
  REQUIRE(v.shape() == shape{2, 2, 1, 11});
  for (std::size_t b = 0; b < 2; ++b) {
    for (std::size_t m = 0; m < list.size(); ++m) {
      std::complex<double> sum = 0;
      for (std::size_t i = 0; i < 6; ++i) {
        for (std::size_t j = 0; j < 9; ++j) {
          const double l = pixel * (static_cast<double>(j) - 4), n = pixel * (2.5 - static_cast<double>(i));
          sum += x(b, 0, i, j) * std::polar(1.0, -2 * std::numbers::pi * (list[m].u * l + list[m].v * n));
        }
      }
      CHECK(std::abs(sum - std::complex<double>(v(b, 0, 0, m), v(b, 1, 0, m))) < 1e-12);
    }
  }
}

TEST_CASE("the pseudo-inverse and the proximal point of an interferometer solve their equations",
          "[measurement][interferometry]") {
  const interferometer<tensor_d> a(some_baselines(15), {6, 6}, 1.0, {.tolerance = 1e-13});
  test::check_pseudo_inverse<tensor_d>(a, {2, 1, 6, 6}, 1e-8);
  test::check_prox<tensor_d>(a, {2, 1, 6, 6}, 0.5, 1e-10);
}

TEST_CASE("an interferometer refuses images of another size and pixels without a width",
          "[measurement][interferometry]") {
  const interferometer<tensor_d> a(some_baselines(3), {4, 4}, 1.0);
  REQUIRE_THROWS_WITH(a(tensor_d({1, 1, 4, 5})), test::contains("(1, 1, 4, 5)"));
  REQUIRE_THROWS_WITH(a(tensor_d({1, 3, 4, 4})), test::contains("(1, 3, 4, 4)"));
  REQUIRE_THROWS_WITH(a.adjoint(tensor_d({1, 2, 1, 4})), test::contains("expected (1, 2, 1, 3)"));
  REQUIRE_THROWS_WITH(interferometer<tensor_d>({}, {4, 4}, 1.0), test::contains("there are 0"));
  REQUIRE_THROWS_WITH(interferometer<tensor_d>(some_baselines(1), {4, 4}, 0.0), test::contains("4 x 4 and 0"));
}

}  // namespace interferometry_test
