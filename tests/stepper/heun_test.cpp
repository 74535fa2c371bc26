// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/cosine.hpp>
#include <equireg/schedule/karras.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/heun.hpp>

#include <support/catch.hpp>
#include <support/gaussian_run.hpp>
#include <support/tolerance.hpp>

#include <cmath>
#include <vector>

namespace heun_test {

namespace eq = equireg;
using eq::stepper::heun;
using eq::test::close;

namespace {

// The factor of x~ - m over one step from `sigma`, in the words of the paper's algorithm.
double factor(double variance, double sigma, double next) {
  const auto slope = [&](double deviation, double at) {
    return (1 - variance / (variance + at * at)) * deviation / at;
  };
  const double first = slope(1, sigma), trial = 1 + (next - sigma) * first;
  return next == 0 ? trial : 1 + (next - sigma) * (first + slope(trial, next)) / 2;
}

// The deviation at the end of a walk that began with the exact law and unit noise.
double deviation(const eq::test::gaussian_prior& prior, const std::vector<eq::noise_level>& levels) {
  double result = 0;
  for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
    const double sigma = levels[i].sigma(), next = levels[i + 1].sigma();
    if (i == 0) result = std::isinf(sigma) ? next : std::sqrt(prior.variance + sigma * sigma);
    if (!std::isinf(sigma)) result *= factor(prior.variance, sigma, next);
  }
  return result;
}

}  // namespace

TEST_CASE("Heun follows the recursion of a Gaussian prior in every element", "[stepper][heun]") {
  const eq::test::gaussian_prior prior;
  for (const auto& levels :
       {eq::schedule::karras{}.levels(), eq::schedule::vp_linear{.steps = 50}.levels(),
        eq::schedule::cosine{.steps = 30}.levels(), eq::schedule::rectified_flow{.steps = 30}.levels()}) {
    const double scale = deviation(prior, levels);
    const auto z = eq::test::initial_noise({3, 1, 2, 2}, 4);
    const auto x = eq::test::walk(heun{}, prior.initial(levels[0], z), levels, prior, 0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      CHECK(close(x.values()[i], prior.mean + scale * z.values()[i], 1e-9, 1.0));
    }
  }
}

TEST_CASE("Heun is of second order", "[stepper][heun]") {
  // The exact flow ends with the prior's deviation. Twice the steps, a quarter of the error.
  const eq::test::gaussian_prior prior;
  const auto error = [&](std::size_t steps) {
    const auto levels = eq::schedule::karras{.steps = steps, .sigma_min = 1e-4, .sigma_max = 10}.levels();
    eq::cpu::tensor<double> z({1, 1, 1, 1}, 1.0);
    const auto x = eq::test::walk(heun{}, prior.initial(levels[0], z), levels, prior, 0);
    return std::abs(x.values()[0] - prior.mean - std::sqrt(prior.variance));
  };
  const double coarse = error(40), fine = error(80);
  CHECK(coarse < 5e-3);
  CHECK(coarse / fine > 3.5);
  CHECK(coarse / fine < 4.8);
}

TEST_CASE("Heun asks twice a step, and once at both open ends", "[stepper][heun]") {
  const eq::test::gaussian_prior prior;
  std::vector<eq::noise_level> asked;
  const auto estimate = [&](const auto& x, const eq::noise_level& level) {
    asked.push_back(level);
    return prior(x, level);
  };
  const auto levels = eq::schedule::rectified_flow{.steps = 4}.levels();
  eq::test::walk(heun{}, eq::test::initial_noise({1, 1, 1, 2}, 1), levels, estimate, 0);
  CHECK(asked == std::vector{levels[0], levels[1], levels[2], levels[2], levels[3], levels[3]});
}

TEST_CASE("Heun shifts by the mean of two shifts and asks for the second at the trial point", "[stepper][heun]") {
  const eq::test::gaussian_prior prior;
  const eq::noise_level t = eq::variance_preserving(0.3), s = eq::variance_preserving(0.6);
  const eq::reverse_step step{t, s, 0, 2, 0, 0};
  eq::cpu::tensor<double> x({1, 1, 1, 2}, {0.4, -0.7});
  const auto start = x;
  std::vector<double> points;
  const auto estimate = [&](const eq::cpu::tensor<double>& at, const eq::noise_level& level) {
    points.push_back(at.values()[0]);
    const double shift = level == t ? 1.0 : 3.0;
    return eq::guided_estimate{prior(at, level).x0, eq::cpu::tensor<double>(at.shape(), shift)};
  };
  auto memory = heun{}.start<eq::cpu::tensor<double>>();
  heun{}.advance(memory, x, estimate, step);
  // Unscaled: the trial and the end of the paper's step, times a_s; then 2, the mean of 1 and 3.
  const double factor_total = factor(prior.variance, t.sigma(), s.sigma());
  const double gain = prior.variance / (prior.variance + t.sigma() * t.sigma());
  const double from = start.values()[0] / t.signal - prior.mean;
  const double trial = from + (s.sigma() - t.sigma()) * (1 - gain) * from / t.sigma();
  REQUIRE(points.size() == 2);
  CHECK(close(points[1], s.signal * (prior.mean + trial), 1e-12));
  for (std::size_t i = 0; i < 2; ++i) {
    const double value = prior.mean + factor_total * (start.values()[i] / t.signal - prior.mean);
    CHECK(close(x.values()[i], s.signal * value + 2, 1e-12));
  }
}

TEST_CASE("Heun with churn follows the recursion of a Gaussian prior", "[stepper][heun]") {
  const eq::test::gaussian_prior prior;
  for (const auto& levels : {eq::schedule::karras{.steps = 25, .sigma_min = 0.01, .sigma_max = 20}.levels(),
                             eq::schedule::vp_linear{.steps = 25}.levels()}) {
    const heun stepper{.churn = 40};  // 40 / 25 is above sqrt(2) - 1, which caps it
    double spread = prior.variance + std::pow(levels[0].sigma(), 2);
    for (std::size_t i = 0; i < 25; ++i) {
      const double sigma = levels[i].sigma(), raised = std::sqrt(2.0) * sigma;
      spread += raised * raised - sigma * sigma;
      spread *= std::pow(factor(prior.variance, raised, levels[i + 1].sigma()), 2);
    }
    const auto x = eq::test::walk(
        stepper, prior.initial(levels[0], eq::test::initial_noise(eq::test::gaussian_batch, 11)), levels, prior, 11);
    const eq::test::moments found(x);
    CHECK(eq::test::within_standard_errors(found.mean, prior.mean, found.error_of_mean(spread)));
    CHECK(eq::test::within_standard_errors(found.variance, spread, found.error_of_variance(spread)));
  }
}

}  // namespace heun_test
