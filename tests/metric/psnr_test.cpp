// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/metric/psnr.hpp>

#include <cmath>
#include <limits>

namespace psnr_test {

using namespace equireg;

TEMPLATE_TEST_CASE("psnr of the reference pattern is 29.7477 dB, in each sample", "[metric][psnr]", float, double) {
  cpu::tensor<TestType> x({2, 1, 32, 32}), y({2, 1, 32, 32});
  for (std::size_t i = 0; i < 32; ++i) {
    for (std::size_t j = 0; j < 32; ++j) {
      const double a = static_cast<double>((7 * i + 13 * j) % 32) / 31;
      const double shift = 0.05 * (static_cast<double>((3 * i + 5 * j) % 7) - 3) / 3;
      const double b = std::min(std::max(a + shift, 0.0), 1.0);
      x(0, 0, i, j) = x(1, 0, i, j) = static_cast<TestType>(2 * a - 1);
      y(0, 0, i, j) = static_cast<TestType>(2 * b - 1);
      y(1, 0, i, j) = static_cast<TestType>(2 * a - 1 + 0.2 * (a < 0.5 ? 1 : -1));  // an error of 0.1 everywhere
    }
  }
  const auto value = metric::psnr(y, x);
  REQUIRE(value.size() == 2);
  const double tolerance = std::is_same_v<TestType, double> ? 1e-12 : 1e-6;
  CHECK(test::close(value[0], 29.747677214546, tolerance));
  CHECK(test::close(value[1], 20, tolerance));
}

TEST_CASE("psnr clips to the range of images, is infinite for equal ones and NaN for a NaN", "[metric][psnr]") {
  using X = cpu::tensor<double>;
  const X truth({1, 1, 1, 2}, {1.0, -1.0});
  CHECK(metric::psnr(X({1, 1, 1, 2}, {3.0, -7.0}), truth)[0] == std::numeric_limits<double>::infinity());
  CHECK(test::close(metric::psnr(X({1, 1, 1, 2}, {-1.0, -1.0}), truth)[0], 10 * std::log10(2.0), 1e-14));
  CHECK(std::isnan(metric::psnr(X({1, 1, 1, 2}, {std::nan(""), -1.0}), truth)[0]));
  REQUIRE_THROWS_WITH(metric::psnr(X({1, 1, 1, 3}, 0.0), truth), test::contains("(1, 1, 1, 2)"));
}

}  // namespace psnr_test
