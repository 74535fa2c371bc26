// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/karras.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddim.hpp>
#include <equireg/stepper/euler.hpp>

#include <support/catch.hpp>
#include <support/gaussian_run.hpp>
#include <support/tolerance.hpp>

#include <cmath>

namespace euler_test {

namespace eq = equireg;
using eq::stepper::euler;
using eq::test::close;

TEST_CASE("Euler without churn is DDIM with eta 0", "[stepper][euler]") {
  const eq::test::gaussian_prior prior;
  for (const auto& levels : {eq::schedule::vp_linear{.steps = 10}.levels(), eq::schedule::karras{}.levels(),
                             eq::schedule::rectified_flow{.steps = 10}.levels()}) {
    const auto z = eq::test::initial_noise({2, 1, 3, 3}, 3);
    const auto x = eq::test::walk(euler{}, prior.initial(levels[0], z), levels, prior, 0);
    const auto same = eq::test::walk(eq::stepper::ddim{}, prior.initial(levels[0], z), levels, prior, 0);
    CHECK(eq::test::relative_error(x.values(), same.values()) <= 1e-12);
  }
}

TEST_CASE("Euler follows the recursion of a Gaussian prior in every element", "[stepper][euler]") {
  // In x~ = x / a, x~ - m shrinks by 1 + (sigma_s - sigma_t) (1 - g) / sigma_t, g = c / (c + sigma_t^2).
  const eq::test::gaussian_prior prior;
  const double c = prior.variance;
  for (const auto& levels : {eq::schedule::vp_linear{.steps = 100}.levels(), eq::schedule::karras{}.levels(),
                             eq::schedule::rectified_flow{.steps = 50, .first_time = 0.99}.levels()}) {
    double deviation = std::sqrt(c + std::pow(levels[0].sigma(), 2));
    for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
      const double sigma = levels[i].sigma(), next = levels[i + 1].sigma();
      deviation *= 1 + (next - sigma) * (1 - c / (c + sigma * sigma)) / sigma;
    }
    const auto z = eq::test::initial_noise({3, 1, 2, 2}, 4);
    const auto x = eq::test::walk(euler{}, prior.initial(levels[0], z), levels, prior, 0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      CHECK(close(x.values()[i], prior.mean + deviation * z.values()[i], 1e-10, 1.0));
    }
  }
}

TEST_CASE("Euler from pure noise adds velocities", "[stepper][euler]") {
  // x_s = x_t + (s - t) u, u = (x_t - x0) / t, from t = 1 in 20 steps.
  const eq::test::gaussian_prior prior;
  const auto levels = eq::schedule::rectified_flow{.steps = 20}.levels();
  const auto z = eq::test::initial_noise({2, 1, 2, 2}, 4);
  const auto x = eq::test::walk(euler{}, prior.initial(levels[0], z), levels, prior, 0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    double value = z.values()[i];
    for (std::size_t k = 0; k < 20; ++k) {
      const double t = levels[k].time, s = levels[k + 1].time;
      const double x0 = prior.mean + prior.gain(levels[k]) * (value - (1 - t) * prior.mean);
      value += (s - t) * (value - x0) / t;
    }
    CHECK(close(x.values()[i], value, 1e-11, 1.0));
  }
}

TEST_CASE("Euler with churn follows the recursion of a Gaussian prior", "[stepper][euler]") {
  const eq::test::gaussian_prior prior;
  const double c = prior.variance;
  for (const auto& levels :
       {eq::schedule::karras{.steps = 40, .sigma_min = 0.01, .sigma_max = 20}.levels(),
        eq::schedule::vp_linear{.steps = 40}.levels(), eq::schedule::rectified_flow{.steps = 40}.levels()}) {
    const euler stepper{.churn = 10, .churn_min = 0.05, .churn_max = 8, .churn_noise = 1.003};
    double spread = 0;  // variance of x~ - m; from pure noise it begins after the first step
    for (std::size_t i = 0; i < 40; ++i) {
      const double sigma = levels[i].sigma(), next = levels[i + 1].sigma();
      if (std::isinf(sigma)) {
        spread = next * next;
        continue;
      }
      if (i == 0) spread = c + sigma * sigma;
      const double raised = sigma >= 0.05 && sigma <= 8 ? 1.25 * sigma : sigma;
      spread += (raised * raised - sigma * sigma) * 1.003 * 1.003;
      spread *= std::pow(1 + (next - raised) * (1 - c / (c + raised * raised)) / raised, 2);
    }
    const auto x = eq::test::walk(
        stepper, prior.initial(levels[0], eq::test::initial_noise(eq::test::gaussian_batch, 10)), levels, prior, 10);
    const eq::test::moments found(x);
    CHECK(eq::test::within_standard_errors(found.mean, prior.mean, found.error_of_mean(spread)));
    CHECK(eq::test::within_standard_errors(found.variance, spread, found.error_of_variance(spread)));
  }
}

}  // namespace euler_test
