// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddim.hpp>
#include <equireg/stepper/renoise.hpp>

#include <support/catch.hpp>
#include <support/gaussian_run.hpp>
#include <support/tolerance.hpp>

#include <cmath>

namespace renoise_test {

namespace eq = equireg;
using eq::stepper::renoise;
using eq::test::close;

TEST_CASE("renoising keeps nothing of the state", "[stepper][renoise]") {
  const eq::noise_level t = eq::rectified(1), s = eq::rectified(0.6);
  const auto c = renoise{}.coefficients({t, s, 0, 2, 0, 0});
  CHECK(c.state == 0);
  CHECK(c.x0 == s.signal);
  CHECK(c.noise == s.noise);
}

TEST_CASE("renoising a share of the variance is DDIM with the simple eta", "[stepper][renoise]") {
  const auto levels = eq::schedule::vp_linear{.steps = 20}.levels();
  for (const double fresh : {0.0, 0.25, 0.7, 1.0}) {
    for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
      const eq::reverse_step step{levels[i], levels[i + 1], i, 20, 0, 0};
      const auto c = renoise{.fresh = fresh}.coefficients(step);
      const auto same =
          eq::stepper::ddim{.eta = std::sqrt(fresh), .rule = eq::stepper::eta_rule::simple}.coefficients(step);
      REQUIRE(close(c.state, same.state, 1e-12, 1e-7));
      REQUIRE(close(c.x0, same.x0, 1e-12, 1e-7));
      REQUIRE(close(c.noise, same.noise, 1e-12));
    }
  }
}

TEST_CASE("renoising exact draws of the posterior keeps a Gaussian prior", "[stepper][renoise]") {
  // Given x_t, x0 is normal with variance c b^2 / (a^2 c + b^2): an estimate that is drawn, not averaged, makes every
  // state exact, whatever the number of steps (here 10).
  const eq::test::gaussian_prior prior;
  const auto levels = eq::schedule::rectified_flow{.steps = 10}.levels();
  std::uint32_t calls = 0;
  const auto draw = [&](const eq::cpu::tensor<double>& x, const eq::noise_level& level) {
    auto estimate = prior(x, level);
    const double a = level.signal, b = level.noise, c = prior.variance;
    const double deviation = std::sqrt(c * b * b / (a * a * c + b * b));
    transform(
        estimate.x0, [=](double mean, double z) { return mean + deviation * z; }, estimate.x0,
        eq::normal_noise{{9, calls++, eq::purpose::prior, 0}});
    return estimate;
  };
  const auto x = eq::test::walk(renoise{}, eq::test::initial_noise(eq::test::gaussian_batch, 9), levels, draw, 9);
  const eq::test::moments found(x);
  CHECK(eq::test::within_standard_errors(found.mean, prior.mean, found.error_of_mean(prior.variance)));
  CHECK(eq::test::within_standard_errors(found.variance, prior.variance, found.error_of_variance(prior.variance)));
}

TEST_CASE("a share outside 0 ... 1 is refused", "[stepper][renoise]") {
  REQUIRE_THROWS_WITH((renoise{.fresh = 2}.coefficients({eq::rectified(0.5), eq::rectified(0.2), 0, 2, 0, 0})),
                      eq::test::contains("fresh in [0, 1], got 2"));
}

}  // namespace renoise_test
