// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/stepper/update.hpp>

#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <cmath>

namespace update_test {

namespace eq = equireg;
using eq::cpu::tensor;
using eq::test::close;

TEST_CASE("the update is the combination it says, with the stream's own numbers", "[stepper][update]") {
  const eq::shape s{3, 2, 5, 7};
  const eq::noise_address at{3, 4, eq::purpose::step, 10};
  tensor<double> x(s), x0(s), shift(s), z(s);
  fill_normal(x, {1, 0, eq::purpose::user, 0});
  fill_normal(x0, {1, 1, eq::purpose::user, 0});
  fill_normal(shift, {1, 2, eq::purpose::user, 0});
  fill_normal(z, at);
  const tensor<double> before = x;
  const eq::guided_estimate estimate{x0, shift};
  const tensor<double> sums = eq::stepper::linear_update(x, {0.5, -2.0, 0.25}, estimate, at);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double expected = 0.5 * before.values()[i] - 2.0 * x0.values()[i] + 0.25 * z.values()[i] + shift.values()[i];
    CHECK(close(x.values()[i], expected, 1e-12, 1.0));
    if (i < s.sample_size()) sum += std::abs(expected);
  }
  CHECK(close(sums.values()[0], sum, 1e-12));
}

TEST_CASE("the ratio of sigmas is defined at both open ends", "[stepper][update]") {
  CHECK(close(eq::stepper::sigma_ratio(eq::variance_exploding(4), eq::variance_exploding(1)), 0.25, 1e-12));
  CHECK(close(eq::stepper::sigma_ratio(eq::rectified(0.5), eq::rectified(0.2)), 0.25, 1e-12));
  CHECK(eq::stepper::sigma_ratio(eq::rectified(1), eq::rectified(0.2)) == 0);
  CHECK(eq::stepper::sigma_ratio(eq::rectified(0.5), eq::clean) == 0);
}

TEST_CASE("the flow's step keeps the noise that the estimate implies", "[stepper][update]") {
  // x_t = a_t x0 + b_t eps must become a_s x0 + b_s eps.
  for (const auto& [t, s] :
       {std::pair{eq::rectified(0.8), eq::rectified(0.3)}, std::pair{eq::rectified(1), eq::rectified(0.9)},
        std::pair{eq::variance_preserving(0.2), eq::variance_preserving(0.7)},
        std::pair{eq::variance_exploding(3), eq::clean}}) {
    const auto c = eq::stepper::flow_step(t, s);
    CHECK(close(c.state * t.signal + c.x0, s.signal, 1e-12));
    CHECK(close(c.state * t.noise, s.noise, 1e-12));
    CHECK(c.noise == 0);
  }
}

}  // namespace update_test
