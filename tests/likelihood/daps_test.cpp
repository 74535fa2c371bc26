// SPDX-License-Identifier: BSD-3-Clause
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/counting.hpp"
#include "support/foreign.hpp"
#include "support/gaussian_law.hpp"
#include "support/gaussian_run.hpp"
#include "support/guidance.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/inner/hamiltonian.hpp>
#include <equireg/inner/metropolis.hpp>
#include <equireg/likelihood/daps.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/karras.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/stepper/euler.hpp>
#include <equireg/stepper/renoise.hpp>

#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <vector>

namespace daps_test {

namespace eq = equireg;
using X = eq::cpu::tensor<double>;
using eq::likelihood::daps;
using eq::likelihood::daps_settings;
using eq::likelihood::task;
using eq::test::check_law;
using eq::test::close;
using eq::test::law;
using eq::test::preserving;

namespace {

const eq::test::white_prior<X> prior{{1, 1, 2, 2}, 0.3, 0.5};
const eq::schedule::karras annealing{.steps = 6, .sigma_min = 0.2, .sigma_max = 5, .reaches_sigma_min = false};

X normal(const eq::shape& s, std::uint32_t which) { return eq::test::normal_numbers<X>(s, 99, which); }

/// A x = 1.5 x, which nobody may differentiate.
struct black_box {
  X operator()(const X& x) const { return eq::test::amplifier{1.5}(x); }
};

struct black_box_of_nothing {
  X operator()(const X& x) const { return X(x.shape(), std::numeric_limits<double>::quiet_NaN()); }
  X adjoint(const X& y) const { return y; }
};

eq::reverse_step step_of(std::size_t k, const std::vector<eq::noise_level>& levels, std::uint64_t seed = 7) {
  return {levels[k], levels[k + 1], k, levels.size() - 1, seed, 0};
}

}  // namespace

TEST_CASE("without a chain the estimate of daps is Euler's flow down a Karras grid to sigma_min",
          "[likelihood][daps]") {
  const auto levels = annealing.levels();
  const X x = normal({3, 1, 2, 2}, 1), y = normal({3, 1, 2, 2}, 2);
  const daps likelihood{eq::test::amplifier{}, y, {.flow_steps = 4, .sigma_min = 0.05, .iterations = 0}};
  const auto estimate = likelihood.estimate(prior, eq::regularizer::none{}, x, levels[1], step_of(1, levels));
  const auto nodes = eq::schedule::karras{.steps = 5, .sigma_min = 0.05, .sigma_max = levels[1].noise}.levels();
  X expected = x;
  const eq::stepper::euler euler{};
  auto memory = euler.start<X>();
  const auto denoised = [](const X& v, const eq::noise_level& l) {
    return eq::guided_estimate{prior.denoise(v, l), eq::absent{}};
  };
  for (std::size_t i = 0; i < 4; ++i) euler.advance(memory, expected, denoised, {nodes[i], nodes[i + 1], i, 4, 1, 0});
  CHECK(eq::test::relative_error(estimate.x0.values(), expected.values()) < 1e-12);
  static_assert(std::is_same_v<decltype(estimate.shift), eq::absent>);
}

TEST_CASE("the flow of daps ends at sigma_min, and below it is one denoising", "[likelihood][daps]") {
  const daps likelihood{eq::test::amplifier{}, X({1, 1, 2, 2}, 0.0), {.flow_steps = 3, .sigma_min = 0.05}};
  const auto flow = [&](const eq::noise_level& from, const eq::noise_level& to) {
    return likelihood.flow_levels(from, {from, to, 0, 2, 1, 0});
  };
  const auto exploding = flow(eq::variance_exploding(2, 2), eq::variance_exploding(1, 1));
  REQUIRE(exploding.size() == 4);
  CHECK(exploding[0] == eq::variance_exploding(2, 2));
  CHECK(close(exploding[3].noise, 0.05, 1e-12));
  CHECK(exploding[3].time == exploding[3].noise);
  const auto straight = flow(eq::rectified(0.8), eq::rectified(0.6));
  CHECK(straight[0] == eq::rectified(0.8));
  CHECK(close(straight[3].signal + straight[3].noise, 1, 1e-12));
  CHECK(close(straight[3].sigma(), 0.05, 1e-12));
  CHECK(straight[3].time == straight[3].noise);
  // Pure noise: infinity, then the next level's sigma, and from there.
  const auto pure = flow(eq::rectified(1), eq::rectified(0.6));
  REQUIRE(pure.size() == 4);
  CHECK(close(pure[1].sigma(), 1.5, 1e-12));
  CHECK(close(pure[1].noise, 0.6, 1e-12));
  CHECK(close(pure[3].sigma(), 0.05, 1e-12));
  for (const auto& levels : {flow(eq::variance_exploding(0.05), eq::clean), flow(eq::rectified(1), eq::clean)}) {
    REQUIRE(levels.size() == 2);
    CHECK(levels[1] == eq::clean);
  }
  const daps single{eq::test::amplifier{}, X({1, 1, 2, 2}, 0.0), {.flow_steps = 1, .sigma_min = 0.05}};
  const auto jump = single.flow_levels(eq::rectified(1), {eq::rectified(1), eq::rectified(0.6), 0, 2, 1, 0});
  REQUIRE(jump.size() == 2);
  CHECK(close(jump[1].sigma(), 0.05, 1e-12));
}

TEST_CASE("a run of daps has the law of its recursion for a Gaussian prior", "[likelihood][daps]") {
  const std::size_t n = 8;
  const eq::shape s{80, 1, 16, 16};
  const eq::test::white_prior<X> picture{s.with_batch(1), prior.mean, prior.variance};
  const double a = 1.5, y = 1.2, tau = 0.5;
  const daps_settings settings{
      .tau = tau, .flow_steps = 3, .sigma_min = 0.05, .iterations = n, .rate = 0.02, .final_rate_ratio = 0.2};
  const daps likelihood{eq::test::amplifier{a}, X(s, y), settings};
  const eq::sampler solver{picture, likelihood, annealing, eq::stepper::renoise{}};
  law x{0, std::pow(solver.levels().front().noise, 2)};
  for (std::size_t k = 0; k + 1 < solver.levels().size(); ++k) {
    const double sigma = solver.levels()[k].noise;
    const auto nodes = eq::schedule::karras{.steps = 4, .sigma_min = 0.05, .sigma_max = sigma}.levels();
    for (std::size_t i = 0; i < 3; ++i) {
      const double r = nodes[i + 1].noise / nodes[i].noise, gain = prior.gain(nodes[i]);
      x.move(r + (1 - r) * gain, (1 - r) * (1 - gain) * prior.mean);
    }
    const double p = a * a / (tau * tau) + 1 / (sigma * sigma);
    const double eta = 0.02 * (1 + static_cast<double>(k) / 7 * (0.2 - 1));
    const double kept = std::pow(1 - eta * p, static_cast<double>(n));
    const double deviation = std::sqrt((1 - kept * kept) / (p * (1 - eta * p / 2)));
    x.move(kept + (1 - kept) / (sigma * sigma * p), (1 - kept) * a * y / (tau * tau * p), deviation);
    x.move(1, 0, solver.levels()[k + 1].noise);
  }
  check_law(solver.sample({11}), x);
}

TEST_CASE("the chain of daps draws from the posterior around the flow's x0, by each kernel", "[likelihood][daps]") {
  const eq::shape many{80, 1, 16, 16}, lone{3000, 1, 1, 1};  // a Metropolis chain is a whole sample
  const double a = 1.5, y = 1.2, tau = 0.5, sigma = 0.4, eta = 0.03;
  const eq::noise_level level = eq::variance_exploding(sigma, sigma);
  const eq::reverse_step step{level, eq::variance_exploding(0.2, 0.2), 0, 4, 3, 0};
  const eq::test::white_prior<X> pixel{{1, 1, 1, 1}, 0.3, 0.5};
  const daps_settings settings{.tau = tau, .iterations = 60, .rate = eta};
  const daps still{eq::test::amplifier{a}, X({1, 1, 1, 1}, y), {.iterations = 0}};
  const double x0 = still.estimate(pixel, eq::regularizer::none{}, X({1, 1, 1, 1}, 0.9), level, step).x0.data()[0];
  const auto check = [&](const auto& likelihood, const eq::shape& s, const auto& penalty, double curvature,
                         double discretised) {
    const double p = a * a / (tau * tau) + 1 / (sigma * sigma) + curvature;
    const double mean = (a * y / (tau * tau) + x0 / (sigma * sigma)) / p;
    check_law(likelihood.estimate(pixel, penalty, X(s, 0.9), level, step).x0,
              {mean, 1 / (p * (1 - discretised * eta * p / 2))});
  };
  const X data(many, y), lone_data(lone, y);
  const eq::regularizer::none none;
  check(daps{eq::test::amplifier{a}, data, settings}, many, none, 0, 1);
  check(daps{eq::test::amplifier{a}, data, settings, eq::inner::hamiltonian{.momentum = 0.6}}, many, none, 0, 1 / 1.6);
  check(daps{black_box{}, lone_data, settings, eq::inner::metropolis{}}, lone, none, 0, 0);
  // A penalty 0.35 w^2 is part of the energy, in its gradient and in its value.
  check(daps{eq::test::amplifier{a}, data, settings}, many, eq::test::ridge{}, 0.7, 1);
  check(daps{black_box{}, lone_data, settings, eq::inner::metropolis{}}, lone, eq::test::ridge{}, 0.7, 0);
}

TEST_CASE("the penalty of daps rests with the run's steps", "[likelihood][daps]") {
  const auto levels = annealing.levels();
  const X x = normal({2, 1, 2, 2}, 1), y = normal({2, 1, 2, 2}, 2);
  const daps still{eq::test::squarer{}, y, {.iterations = 0}};
  const daps moving{eq::test::squarer{}, y, {.iterations = 1, .rate = 1e-5}};
  for (const std::size_t k : {0, 1}) {
    const auto step = step_of(k, levels);
    const X x0 = still.estimate(prior, eq::regularizer::none{}, x, levels[k], step).x0;
    const X plain = moving.estimate(prior, eq::regularizer::none{}, x, levels[k], step).x0;
    const X pulled = moving.estimate(prior, eq::test::ridge{}, x, levels[k], step).x0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = k == 0 ? -moving.rate(step) * 0.7 * x0.data()[i] : 0.0;
      CHECK(std::abs(pulled.data()[i] - plain.data()[i] - expected) < 1e-14);
    }
  }
}

TEST_CASE("daps descends ||y - A(w)||^2 / (2 tau^2) of an operator that is not linear", "[likelihood][daps]") {
  const X w = normal({2, 1, 2, 2}, 1), y = normal({2, 1, 2, 2}, 2), centre = normal({2, 1, 2, 2}, 3);
  const eq::test::squarer a;
  const eq::test::ridge penalty;
  const eq::reverse_step step{};
  const eq::likelihood::split_energy<eq::test::squarer, X, eq::test::ridge> energy{a,   y,       centre, 2.5,
                                                                                   0.4, penalty, step};
  const X gradient = energy.gradient(w);
  const double h = eq::test::tolerance<double>::step;
  for (std::size_t b = 0; b < 2; ++b) {
    double misfit = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      X up = w, down = w;
      up.sample(b)[i] += h;
      down.sample(b)[i] -= h;
      const double slope = (energy.value(up).data()[b] - energy.value(down).data()[b]) / (2 * h);
      CHECK(close(gradient.sample(b)[i], slope, 1e-6, 1.0));
      const double u = w.sample(b)[i], r = y.sample(b)[i] - u * u, d = u - centre.sample(b)[i];
      misfit += r * r * 2.5 / 2 + d * d * 0.4 / 2 + 0.35 * u * u;
    }
    CHECK(close(energy.value(w).data()[b], misfit, 1e-12));
  }
}

TEST_CASE("daps gives the same samples in every process", "[likelihood][daps]") {
  const daps likelihood{eq::test::amplifier{1.5}, normal({3, 1, 2, 2}, 2), {.tau = 0.5, .iterations = 5, .rate = 0.01}};
  const X exploding = eq::sampler{prior, likelihood, annealing, eq::stepper::renoise{}}.sample({5});
  const X kept = eq::sampler{prior, likelihood, preserving{annealing}, eq::stepper::renoise{}}.sample({5});
  CHECK(eq::test::relative_error(kept.values(), exploding.values()) < 1e-11);
  // From pure noise too.
  const X straight =
      eq::sampler{prior, likelihood, eq::schedule::rectified_flow{.steps = 6}, eq::stepper::renoise{}}.sample({5});
  for (const double v : straight.values()) CHECK(std::isfinite(v));
}

TEST_CASE("a batch of daps is as many runs of one", "[likelihood][daps]") {
  const auto check = [](const auto& kernel) {
    const X y = normal({3, 1, 2, 2}, 2);
    const daps_settings settings{.tau = 0.5, .flow_steps = 2, .iterations = 4, .rate = 0.01};
    const X whole =
        eq::sampler{prior, daps{eq::test::squarer{}, y, settings, kernel}, annealing, eq::stepper::renoise{}}.sample(
            {5});
    for (std::size_t b = 0; b < 3; ++b) {
      const eq::sampler one{prior, daps{eq::test::squarer{}, eq::test::only(y, b), settings, kernel}, annealing,
                            eq::stepper::renoise{}, eq::sampler_options{.first_sample = b}};
      CHECK(eq::test::relative_error(one.sample({5}).values(), eq::test::only(whole, b).values()) < 1e-13);
    }
  };
  check(eq::inner::langevin{});
  check(eq::inner::hamiltonian{});
  check(eq::inner::metropolis{});
}

TEST_CASE("a run of daps costs N M scores without pullback, N n operators and N n pullbacks", "[likelihood][daps]") {
  const auto spent = [](const auto& kernel) {
    const auto count = std::make_shared<eq::test::calls>();
    const eq::test::counting_score<eq::test::white_prior<X>> score{prior, count};
    const daps likelihood{eq::test::counting_operator<eq::test::squarer>{{}, count},
                          normal({2, 1, 2, 2}, 2),
                          {.flow_steps = 3, .iterations = 4, .rate = 1e-5},
                          kernel};
    const eq::sampler solver{score, likelihood, annealing, eq::stepper::renoise{}};
    *count = {};  // the check of the shapes
    solver.sample({5});
    return *count;
  };
  CHECK(spent(eq::inner::langevin{}) == eq::test::calls{.scores = 18, .operators = 24, .operator_pullbacks = 24});
  CHECK(spent(eq::inner::hamiltonian{}) == eq::test::calls{.scores = 18, .operators = 24, .operator_pullbacks = 24});
  CHECK(spent(eq::inner::metropolis{}) == eq::test::calls{.scores = 18, .operators = 30});
}

TEST_CASE("a chain of daps that comes to no number is a divergence of daps", "[likelihood][daps]") {
  const eq::sampler solver{prior, daps{black_box_of_nothing{}, X({1, 1, 2, 2}, 0.0)}, annealing,
                           eq::stepper::renoise{}};
  CHECK_THROWS_WITH(solver.sample({5}), eq::test::contains("the likelihood equireg::likelihood::daps"));
}

TEST_CASE("the rate of daps falls linearly, and published settings are those of the authors", "[likelihood][daps]") {
  const daps likelihood{eq::test::amplifier{}, X({1, 1, 2, 2}, 0.0), {.rate = 2e-4, .final_rate_ratio = 0.01}};
  eq::reverse_step step{};
  step.total = 199;
  CHECK(likelihood.rate(step) == 2e-4);
  step.index = 100;
  CHECK(close(likelihood.rate(step), 2e-4 * (1 - 0.5 * 0.99), 1e-12));
  const auto blur = daps_settings::published(task::nonlinear_blur);
  CHECK(blur.iterations == 200);
  CHECK(blur.rate == 1e-5);
  CHECK(close(blur.tau * std::numbers::sqrt2, 0.01, 1e-15));
  CHECK(daps_settings::published(task::high_dynamic_range).rate == 2e-5);
  CHECK(daps_settings::published(task::box_inpainting).rate == 5e-5);
  CHECK(daps_settings::published(task::random_inpainting).rate == 1e-4);
  const auto hole = eq::likelihood::daps_hamiltonian_settings::published(task::box_inpainting);
  CHECK(hole.settings.iterations == 84);
  CHECK(hole.settings.rate == 1.15e-5);
  CHECK(hole.settings.final_rate_ratio == 0.014);
  CHECK(hole.kernel.momentum == 0.003);
  CHECK(hole.settings.flow_steps == 5);
}

TEST_CASE("daps refuses settings out of range, and y of another shape", "[likelihood][daps]") {
  const auto make = [](daps_settings s) { return daps{eq::test::amplifier{}, X({1, 1, 2, 2}, 0.0), s}; };
  CHECK_THROWS_WITH(make({.tau = 0}), "equireg::likelihood::daps: expected tau > 0, but it is 0");
  CHECK_THROWS_WITH(make({.flow_steps = 0}), eq::test::contains("expected flow_steps >= 1, but it is 0"));
  CHECK_THROWS_WITH(make({.sigma_min = 0}), eq::test::contains("expected sigma_min > 0, but it is 0"));
  CHECK_THROWS_WITH(make({.rate = -1}), eq::test::contains("expected a rate >= 0, but it is -1"));
  CHECK_THROWS_WITH(make({.final_rate_ratio = 2}), eq::test::contains("final_rate_ratio in [0, 1], but it is 2"));
  CHECK_THROWS_WITH(
      (eq::sampler{prior, daps{eq::test::amplifier{}, X({1, 1, 3, 2}, 0.0)}, annealing, eq::stepper::renoise{}}),
      eq::test::contains("y has shape (1, 1, 3, 2) but the operator returns (1, 1, 2, 2)"));
}

}  // namespace daps_test
