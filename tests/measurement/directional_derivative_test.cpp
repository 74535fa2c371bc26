// SPDX-License-Identifier: BSD-3-Clause
#include "support/catch.hpp"
#include "support/foreign.hpp"
#include "support/random_mixture.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/measurement/directional_derivative.hpp>

#include <cmath>
#include <vector>

namespace directional_derivative_test {

namespace eq = equireg;
using namespace equireg::test;
using X = eq::cpu::tensor<double>;

namespace {

const eq::shape batch_shape{3, 2, 4, 5};

}  // namespace

TEST_CASE("a directional derivative is A d where A is linear, and a probe of its size elsewhere",
          "[measurement][directional_derivative]") {
  const X x = normal_tensor<double>(batch_shape, 1);
  X d = normal_tensor<double>(batch_shape, 2);
  for (double& v : d.sample(1)) v *= 1e6;  // the probe has one length, whatever the direction's
  for (double& v : d.sample(2)) v = 0;
  const X size = squared_norm(d);
  const X linear = eq::measurement::directional_derivative(amplifier{2}, x, x, d, size, 1e-3);
  X expected(batch_shape);
  transform(
      expected, [](double v) { return 2 * v; }, d);
  CHECK(relative_error(linear.values(), expected.values()) == 0);
  for (const double probe : {1e-2, 1e-4}) {
    const X p = eq::measurement::directional_derivative(squarer{}, x, squarer{}(x), d, size, probe);
    for (std::size_t b = 0; b < 2; ++b) {
      // ((x + h d)^2 - x^2) / h = 2 x d + h d^2, h = probe sqrt(n) / ||d||.
      const double h = probe * std::sqrt(40.0 / to_host(size)[b]);
      std::vector<double> exact;
      for (std::size_t i = 0; i < 40; ++i) {
        const double v = x.sample(b)[i], u = d.sample(b)[i];
        exact.push_back(2 * v * u + h * u * u);
      }
      CHECK(relative_error(p.sample(b), exact) < 1e-15 / probe * 10);
    }
    for (const double v : p.sample(2)) CHECK(v == 0);
  }
}

}  // namespace directional_derivative_test
