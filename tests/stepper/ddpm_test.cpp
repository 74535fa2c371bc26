// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/cosine.hpp>
#include <equireg/schedule/karras.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddpm.hpp>

#include <support/catch.hpp>
#include <support/gaussian_run.hpp>
#include <support/tolerance.hpp>

#include <cmath>
#include <vector>

namespace ddpm_test {

namespace eq = equireg;
using eq::stepper::ddpm;
using eq::test::close;

TEST_CASE("ancestral coefficients are those of the tables", "[stepper][ddpm]") {
  for (const auto& levels : {eq::schedule::vp_linear{}.levels(), eq::schedule::vp_linear{.steps = 50}.levels(),
                             eq::schedule::cosine{.steps = 100}.levels()}) {
    // 1 - alpha_bar is 1e-4 at the last trained level: four of its digits are lost before the formulas begin.
    for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
      const double bar_t = levels[i].alpha_bar(), bar_s = levels[i + 1].alpha_bar(), beta = 1 - bar_t / bar_s;
      const eq::reverse_step step{levels[i], levels[i + 1], i, levels.size() - 1, 0, 0};
      const auto small = ddpm{}.coefficients(step);
      const auto large = ddpm{.variance = ddpm::fixed_large}.coefficients(step);
      REQUIRE(close(small.x0, std::sqrt(bar_s) * beta / (1 - bar_t), 1e-11));
      REQUIRE(close(small.state, std::sqrt(1 - beta) * (1 - bar_s) / (1 - bar_t), 1e-11, 1e-12));
      REQUIRE(close(small.noise * small.noise, beta * (1 - bar_s) / (1 - bar_t), 1e-11, 1e-12));
      REQUIRE(large.x0 == small.x0);
      REQUIRE(large.state == small.state);
      REQUIRE(close(large.noise * large.noise, i + 2 == levels.size() ? 0.0 : beta, 1e-11));
    }
  }
}

TEST_CASE("ancestral sampling follows the recursion of a Gaussian prior", "[stepper][ddpm]") {
  const eq::test::gaussian_prior prior;
  for (const auto& levels : {eq::schedule::vp_linear{.steps = 200}.levels(),
                             eq::schedule::karras{.steps = 200, .sigma_min = 0.01, .sigma_max = 20}.levels(),
                             eq::schedule::rectified_flow{.steps = 200}.levels()}) {
    for (const auto variance : {ddpm::fixed_small, ddpm::fixed_large}) {
      // x_s - a_s m = (c2 + c1 g) (x_t - a_t m) + noise, from the definition of the posterior.
      double spread = levels[0].signal * levels[0].signal * prior.variance + levels[0].noise * levels[0].noise;
      for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
        const eq::noise_level &t = levels[i], &s = levels[i + 1];
        const double alpha = t.signal / s.signal;
        const double beta = t.noise * t.noise - alpha * alpha * s.noise * s.noise, all = t.noise * t.noise;
        const double slope = alpha * s.noise * s.noise / all + s.signal * beta / all * prior.gain(t);
        spread = slope * slope * spread;
        if (s.noise > 0) spread += variance == ddpm::fixed_small ? beta * s.noise * s.noise / all : beta;
      }
      const auto x = eq::test::walk(ddpm{.variance = variance},
                                    prior.initial(levels[0], eq::test::initial_noise(eq::test::gaussian_batch, 7)),
                                    levels, prior, 7);
      const eq::test::moments found(x);
      CHECK(eq::test::within_standard_errors(found.mean, prior.mean, found.error_of_mean(spread)));
      CHECK(eq::test::within_standard_errors(found.variance, spread, found.error_of_variance(spread)));
      // With 200 steps the recursion has nearly the prior's variance.
      CHECK(close(spread, prior.variance, 0.1));
    }
  }
}

}  // namespace ddpm_test
