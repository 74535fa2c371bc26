// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>
#include <support/threads.hpp>

#include <equireg/backend/cpu/radon.hpp>

#include <numbers>
#include <set>

namespace radon_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;
using std::numbers::pi;

TEST_CASE("angles that flips and quarter turns join are one orbit", "[backend][radon]") {
  std::vector<double> angles;
  for (std::size_t j = 0; j < 12; ++j) angles.push_back(static_cast<double>(j) * pi / 12);
  const auto orbits = cpu::detail::radon_orbits(angles);
  REQUIRE(orbits.size() == 4);  // 0, 15, 30 and 45 degrees
  std::multiset<std::size_t> seen;
  for (std::size_t k = 0; k < 4; ++k) {
    CHECK(std::abs(orbits[k].theta - static_cast<double>(k) * pi / 12) < 1e-14);
    for (const auto& m : orbits[k].members) seen.insert(m.angle);
  }
  CHECK(seen == std::multiset<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
}

TEST_CASE("angles half a turn apart see the same lines, detectors reversed", "[backend][radon]") {
  const tensor_d x = test::random_tensor<tensor_d>({1, 1, 15, 15}, 1);
  for (const double theta : {0.0, 0.4, 1.3, 2.0, 3.0}) {
    const std::vector<double> pair = {theta, theta + pi, theta - pi, theta + 6 * pi};
    const tensor_d y = radon(x, std::span<const double>(pair), 22);
    for (std::size_t d = 0; d < 22; ++d) {
      CHECK(std::abs(y(0, 0, 1, d) - y(0, 0, 0, 21 - d)) < 1e-11);
      CHECK(std::abs(y(0, 0, 2, d) - y(0, 0, 0, 21 - d)) < 1e-11);
      CHECK(std::abs(y(0, 0, 3, d) - y(0, 0, 0, d)) < 1e-11);
    }
  }
}

TEST_CASE("at right angles and odd detectors a projection is the sum of columns or rows", "[backend][radon]") {
  const tensor_d x = test::random_tensor<tensor_d>({1, 3, 7, 7}, 1);
  const std::vector<double> angles = {0, pi / 2};
  const tensor_d y = radon(x, std::span<const double>(angles), 9);
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t d = 0; d < 9; ++d) {
      double column = 0, row = 0;
      for (std::size_t k = 0; k < 7 && d > 0 && d < 8; ++k) {
        column += x(0, c, k, d - 1);
        row += x(0, c, 7 - d, k);
      }
      CHECK(std::abs(y(0, c, 0, d) - column) < 1e-13);
      CHECK(std::abs(y(0, c, 1, d) - row) < 1e-13);
    }
  }
}

TEST_CASE("the transpose sums bands of rows to the same bits on any number of threads, and each sample alone",
          "[backend][radon]") {
  const std::vector<double> angles = {0.1, 0.7, 1.9, 2.2, 3.0};
  const tensor_d y = test::random_tensor<tensor_d>({3, 1, 5, 142}, 1);  // more than one band, more planes than a vector
  const tensor_d x = radon_adjoint(y, std::span<const double>(angles), 100);
  const test::thread_scope threads(4);
  CHECK(test::relative_error(radon_adjoint(y, std::span<const double>(angles), 100).values(), x.values()) == 0);
  const tensor_d alone = radon_adjoint(tensor_d({1, 1, 5, 142}, y.sample(2)), std::span<const double>(angles), 100);
  CHECK(test::relative_error(alone.values(), x.sample(2)) < 1e-14);
}

TEST_CASE("many planes are transformed as each alone", "[backend][radon]") {
  const std::vector<double> angles = {0.1, 1.9};
  const tensor_d x = test::random_tensor<tensor_d>({17, 2, 5, 5}, 1);  // more than stand in memory at a time, and two
  const tensor_d y = radon(x, std::span<const double>(angles), 8),
                 back = radon_adjoint(y, std::span<const double>(angles), 5);
  for (const std::size_t b : {0, 15, 16}) {
    const tensor_d one = radon(tensor_d({1, 2, 5, 5}, x.sample(b)), std::span<const double>(angles), 8);
    CHECK(test::relative_error(y.sample(b), one.values()) < 1e-14);
    CHECK(test::relative_error(back.sample(b), radon_adjoint(one, std::span<const double>(angles), 5).values()) <
          1e-14);
  }
}

TEST_CASE("the Radon transform of nothing is nothing, and shapes that do not fit are refused", "[backend][radon]") {
  const std::vector<double> none, one = {0.3};
  CHECK(radon(tensor_d({1, 1, 4, 4}, 1.0), std::span<const double>(none), 6).size() == 0);
  CHECK(radon(tensor_d({0, 1, 4, 4}), std::span<const double>(one), 6).size() == 0);
  REQUIRE_THROWS_WITH(radon_adjoint(tensor_d({1, 1, 2, 6}), std::span<const double>(one), 4),
                      test::contains("1 angles"));
}

}  // namespace radon_test
