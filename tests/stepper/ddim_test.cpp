// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/cosine.hpp>
#include <equireg/schedule/karras.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddim.hpp>
#include <equireg/stepper/ddpm.hpp>

#include <support/catch.hpp>
#include <support/gaussian_run.hpp>
#include <support/tolerance.hpp>

#include <cmath>
#include <vector>

namespace ddim_test {

namespace eq = equireg;
using eq::stepper::ddim;
using eq::stepper::ddpm;
using eq::stepper::eta_rule;
using eq::test::close;

namespace {

// The deviation nu of the noise in x~ = x / a.
double added(const ddim& rule, double sigma_t, double sigma_s) {
  if (rule.rule == eta_rule::simple) return rule.eta * sigma_s;
  if (std::isinf(sigma_t)) return rule.eta * sigma_s;
  return rule.eta * sigma_s / sigma_t * std::sqrt(sigma_t * sigma_t - sigma_s * sigma_s);
}

}  // namespace

TEST_CASE("DDIM with eta 1 is ancestral sampling with the small variance", "[stepper][ddim]") {
  for (const auto& levels : {eq::schedule::vp_linear{}.levels(), eq::schedule::vp_linear{.steps = 50}.levels(),
                             eq::schedule::cosine{.steps = 100}.levels(), eq::schedule::karras{}.levels(),
                             eq::schedule::rectified_flow{.steps = 50}.levels()}) {
    for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
      const eq::reverse_step step{levels[i], levels[i + 1], i, levels.size() - 1, 0, 0};
      const auto implicit = ddim{.eta = 1}.coefficients(step);
      const auto ancestral = ddpm{}.coefficients(step);
      REQUIRE(close(implicit.state, ancestral.state, 1e-12));
      REQUIRE(close(implicit.x0, ancestral.x0, 1e-12));
      REQUIRE(close(implicit.noise, ancestral.noise, 1e-12));
    }
  }
}

TEST_CASE("DDIM has the published coefficients of the variance-preserving process", "[stepper][ddim]") {
  const auto levels = eq::schedule::vp_linear{.steps = 100}.levels();
  for (const double eta : {0.0, 0.3, 1.0}) {
    for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
      const double bar_t = levels[i].alpha_bar(), bar_s = levels[i + 1].alpha_bar();
      const double deviation = eta * std::sqrt((1 - bar_s) / (1 - bar_t)) * std::sqrt(1 - bar_t / bar_s);
      const double direction = std::sqrt(1 - bar_s - deviation * deviation) / std::sqrt(1 - bar_t);
      const auto c = ddim{.eta = eta}.coefficients({levels[i], levels[i + 1], i, 100, 0, 0});
      REQUIRE(close(c.noise, deviation, 1e-11));
      REQUIRE(close(c.state, direction, 1e-10, 1e-6));
      REQUIRE(close(c.x0, std::sqrt(bar_s) - direction * std::sqrt(bar_t), 1e-10));
    }
  }
}

TEST_CASE("DDIM is the same step in unscaled coordinates", "[stepper][ddim]") {
  for (const auto& levels : {eq::schedule::vp_linear{.steps = 100}.levels(), eq::schedule::karras{}.levels(),
                             eq::schedule::rectified_flow{.steps = 20, .first_time = 0.99}.levels()}) {
    for (const ddim rule : {ddim{}, ddim{.eta = 0.4}, ddim{.eta = 0.4, .rule = eta_rule::simple}, ddim{.eta = 1}}) {
      for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
        const eq::noise_level &t = levels[i], &s = levels[i + 1];
        const double sigma_t = t.sigma(), sigma_s = s.sigma(), nu = added(rule, sigma_t, sigma_s);
        const double direction = std::sqrt(std::max(sigma_s * sigma_s - nu * nu, 0.0)) / sigma_t;  // of x~ - x0
        const auto c = rule.coefficients({t, s, i, levels.size() - 1, 0, 0});
        REQUIRE(close(c.state * t.signal / s.signal, direction, 1e-9, 1e-6));
        REQUIRE(close(c.x0 / s.signal, 1 - direction, 1e-9));
        REQUIRE(close(c.noise / s.signal, nu, 1e-11));
      }
    }
  }
}

TEST_CASE("the two meanings of eta differ between, and agree in their ends only for eta 0", "[stepper][ddim]") {
  const eq::reverse_step step{eq::variance_preserving(0.3), eq::variance_preserving(0.6), 0, 2, 0, 0};
  const auto noise = [&](double eta, eta_rule rule) { return ddim{.eta = eta, .rule = rule}.coefficients(step).noise; };
  CHECK(noise(0, eta_rule::simple) == noise(0, eta_rule::posterior));
  CHECK(noise(0.5, eta_rule::simple) > noise(0.5, eta_rule::posterior));
  CHECK(close(noise(0.5, eta_rule::simple), 0.5 * std::sqrt(0.4), 1e-12));
  CHECK(ddim{.eta = 1, .rule = eta_rule::simple}.coefficients(step).state == 0);
}

TEST_CASE("DDIM with eta 0 is the flow's Euler step", "[stepper][ddim]") {
  // x_s = x_t + (s - t) u with u = (x_t - x0) / t.
  for (const auto& [t, s] : {std::pair{1.0, 0.8}, std::pair{0.7, 0.4}, std::pair{0.2, 0.0}}) {
    const auto c = ddim{}.coefficients({eq::rectified(t), eq::rectified(s), 0, 2, 0, 0});
    CHECK(close(c.state, 1 + (s - t) / t, 1e-12, 1.0));
    CHECK(close(c.x0, (t - s) / t, 1e-12));
    CHECK(c.noise == 0);
  }
}

TEST_CASE("DDIM follows the recursion of a Gaussian prior", "[stepper][ddim]") {
  const eq::test::gaussian_prior prior;
  const double c = prior.variance;
  for (const auto& levels : {eq::schedule::vp_linear{.steps = 100}.levels(),
                             eq::schedule::karras{.steps = 60, .sigma_min = 0.01, .sigma_max = 20}.levels(),
                             eq::schedule::rectified_flow{.steps = 100}.levels()}) {
    for (const ddim rule : {ddim{.eta = 0.5}, ddim{.eta = 1}, ddim{.eta = 0.5, .rule = eta_rule::simple}}) {
      double spread = std::pow(levels[0].signal, 2) * c + std::pow(levels[0].noise, 2);
      for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
        const eq::noise_level &t = levels[i], &s = levels[i + 1];
        const double deviation = s.signal * added(rule, t.sigma(), s.sigma());
        const double direction = std::sqrt(std::max(s.noise * s.noise - deviation * deviation, 0.0)) / t.noise;
        const double slope = direction + (s.signal - direction * t.signal) * prior.gain(t);
        spread = slope * slope * spread + deviation * deviation;
      }
      const auto x = eq::test::walk(
          rule, prior.initial(levels[0], eq::test::initial_noise(eq::test::gaussian_batch, 8)), levels, prior, 8);
      const eq::test::moments found(x);
      CHECK(eq::test::within_standard_errors(found.mean, prior.mean, found.error_of_mean(spread)));
      CHECK(eq::test::within_standard_errors(found.variance, spread, found.error_of_variance(spread)));
      CHECK(close(spread, c, 0.15));  // 60 and 100 steps come this near to the prior's variance
    }
  }
}

TEST_CASE("an eta outside 0 ... 1 is refused", "[stepper][ddim]") {
  const eq::reverse_step step{eq::variance_preserving(0.3), eq::variance_preserving(0.6), 0, 2, 0, 0};
  REQUIRE_THROWS_WITH((ddim{.eta = 1.5}.coefficients(step)), eq::test::contains("eta in [0, 1], got 1.5"));
  REQUIRE_THROWS_WITH((ddim{.eta = -0.5}.coefficients(step)), eq::test::contains("got -0.5"));
}

}  // namespace ddim_test
