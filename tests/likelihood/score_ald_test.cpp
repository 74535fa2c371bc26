// SPDX-License-Identifier: BSD-3-Clause
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/counting.hpp"
#include "support/foreign.hpp"
#include "support/gaussian_run.hpp"
#include "support/guidance.hpp"
#include "support/pair_sum.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/likelihood/score_ald.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/ve.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/annealed_langevin.hpp>
#include <equireg/stepper/ddim.hpp>

#include <cmath>
#include <memory>
#include <type_traits>

namespace score_ald_test {

namespace eq = equireg;
using namespace equireg::test;
using X = eq::cpu::tensor<double>;
using eq::likelihood::ald_weight;
using eq::likelihood::score_ald;
using eq::likelihood::score_ald_settings;

namespace {

const eq::shape sample{1, 1, 2, 4}, batch_shape = sample.with_batch(3);
const eq::noise_level level = eq::variance_preserving(0.4);
const eq::reverse_step some_step{level, eq::variance_preserving(0.6), 4, 10, 17, 6};
const eq::regularizer::none none;
const sine_prior prior{sample};
const eq::schedule::vp_linear grid{.steps = 6};

static_assert(eq::likelihood_approximation<score_ald<squarer, X>, white_prior<X>>);
static_assert(eq::likelihood_approximation<score_ald<amplifier, X>, white_prior<X>, ridge>);

X normal(const eq::shape& s, std::uint32_t which) { return eq::test::normal_numbers<X>(s, 99, which); }

double difference(const X& a, const X& b) { return relative_error(a.values(), b.values()); }

/// x0' - x0.
X correction(const auto& likelihood, const X& x, const eq::noise_level& at) {
  X x0 = likelihood.estimate(prior, none, x, at, some_step).x0;
  add_scaled(x0, -1, prior.denoise(x, at));
  return x0;
}

double norm(const X& x, std::size_t b) { return std::sqrt(squared_norm(x).data()[b]); }

}  // namespace

TEST_CASE("for a flat prior and gamma = |A|, score_ald makes E[x0 | x_t, y]", "[likelihood][score_ald]") {
  const white_prior<X> flat{sample, 0.0, 1e12};
  const amplifier a{1.7};
  const double sigma_y = 0.3;
  const X x = normal(batch_shape, 1), y = normal(batch_shape, 2);
  const score_ald likelihood{a, y, {.sigma_y = sigma_y, .gamma = a.factor}};
  for (const auto& at : {level, eq::variance_exploding(3), eq::variance_exploding(0.1), eq::rectified(0.8)}) {
    const double sigma = at.sigma();
    const double of_x = 1 / (sigma * sigma), of_y = a.factor * a.factor / (sigma_y * sigma_y);
    X expected(batch_shape);
    transform(
        expected, [&](double v, double w) { return (of_x * v / at.signal + of_y * w / a.factor) / (of_x + of_y); }, x,
        y);
    // The prior is wrong by sigma^2 / 1e12 of x~, which is up to 300 times larger than x0.
    CHECK(difference(likelihood.estimate(flat, none, x, at, some_step).x0, expected) < 1e-8);
  }
}

TEST_CASE("score_ald adds b^2 / a grad_x log N(y; A(x / a), (sigma_y^2 + gamma^2 sigma^2) I), by differences",
          "[likelihood][score_ald]") {
  const squarer a;
  const X x = normal(batch_shape, 1), y = normal(batch_shape, 2);
  const score_ald likelihood{a, y, {.sigma_y = 0.4, .gamma = 0.8}};
  for (const auto& at : {level, eq::variance_exploding(0.7), eq::rectified(0.3)}) {
    const double variance = 0.4 * 0.4 + 0.8 * 0.8 * at.sigma() * at.sigma();
    const X found = correction(likelihood, x, at);
    const auto log_p = [&](const X& v, std::size_t b) {
      X r(v.shape());
      transform(
          r, [&](double u, double w) { return w - u * u / (at.signal * at.signal); }, v, y);
      return -0.5 * squared_norm(r).data()[b] / variance;
    };
    const double h = tolerance<double>::step;
    for (std::size_t b = 0; b < 3; ++b) {
      for (std::size_t i = 0; i < sample.size(); ++i) {
        X up = x, down = x;
        up.sample(b)[i] += h;
        down.sample(b)[i] -= h;
        const double slope = (log_p(up, b) - log_p(down, b)) / (2 * h);
        CHECK(close(found.sample(b)[i], at.noise * at.noise / at.signal * slope, 1e-6, 1.0));
      }
    }
  }
}

TEST_CASE("with a share of the score, score_ald goes that share of |x0_hat - x~| along the data's direction",
          "[likelihood][score_ald]") {
  const pair_sum a;
  const X x = normal(batch_shape, 1);
  X unscaled = x;
  transform(
      unscaled, [](double v) { return v / level.signal; }, unscaled);
  X y = normal({3, 1, 2, 2}, 2);
  const X explained = a(unscaled);
  for (std::size_t i = 0; i < 4; ++i) y.sample(1)[i] = explained.sample(1)[i];  // nothing to do for this sample
  const X found = correction(score_ald{a, y, score_ald_settings::csgm_mri()}, x, level);
  X r = a(unscaled), gap = prior.denoise(x, level);
  transform(
      r, [](double u, double v) { return u - v; }, y, r);
  const X direction = a.adjoint(r);
  add_scaled(gap, -1, unscaled);
  for (std::size_t b = 0; b < 3; ++b) {
    if (b == 1) {
      CHECK(norm(found, b) == 0.0);
      continue;
    }
    CHECK(close(norm(found, b), 0.3 * norm(gap, b), 1e-12));
    CHECK(close(dot(found, direction).data()[b], norm(found, b) * norm(direction, b), 1e-12));
  }
}

TEST_CASE("pure noise says nothing to score_ald", "[likelihood][score_ald]") {
  const X x = normal(batch_shape, 1);
  const eq::noise_level pure{0, 1, 1};
  for (const auto weight : {ald_weight::likelihood, ald_weight::of_score}) {
    const score_ald likelihood{amplifier{}, normal(batch_shape, 2), {.weight = weight}};
    CHECK(difference(likelihood.estimate(prior, none, x, pure, some_step).x0, prior.denoise(x, pure)) == 0.0);
    const eq::sampler solver{prior, likelihood, eq::schedule::rectified_flow{.steps = 8}, eq::stepper::ddim{}};
    const X made = solver.sample({3});
    for (const double v : made.values()) CHECK(std::isfinite(v));
  }
}

TEST_CASE("the penalty makes one explicit step after the data of score_ald", "[likelihood][score_ald]") {
  const X x = normal(batch_shape, 1);
  const score_ald likelihood{amplifier{}, normal(batch_shape, 2)};
  X expected = likelihood.estimate(prior, none, x, level, some_step).x0;
  eq::reverse_step odd = some_step;
  odd.index = 5;
  CHECK(difference(likelihood.estimate(prior, ridge{}, x, level, odd).x0, expected) == 0.0);
  transform(
      expected, [](double v) { return 0.3 * v; }, expected);
  CHECK(difference(likelihood.estimate(prior, ridge{}, x, level, some_step).x0, expected) < 1e-12);
}

TEST_CASE("score_ald with annealed Langevin draws from the posterior of a Gaussian", "[likelihood][score_ald]") {
  // x~ <- x~ + rate (D' - x~) + sqrt(2 rate) sigma z with D' linear in x~: mean and variance of a run are known, and
  // near those of p(x0 | y) for small steps.
  const white_prior<X> white{{1, 1, 8, 8}, 0.3, 0.25};
  const amplifier a{1.5};
  const double sigma_y = 0.6, gamma = 1.5, datum = 1.4;
  const eq::schedule::ve schedule{.steps = 40, .sigma_min = 0.05, .sigma_max = 4};
  const eq::stepper::annealed_langevin stepper{.inner_steps = 40, .rate = 0.1};
  const auto levels = schedule.levels();
  double mean = 0, variance = std::pow(levels[0].noise, 2);
  for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
    const double square = std::pow(levels[k].sigma(), 2), gain = white.gain(levels[k]);
    const double weight = square / (sigma_y * sigma_y + gamma * gamma * square);
    const double slope = gain - weight * a.factor * a.factor;
    const double constant = white.mean * (1 - gain) + weight * a.factor * datum;
    for (std::size_t i = 0; i < stepper.inner_steps; ++i) {
      const bool returns = k + 2 == levels.size() && i + 1 == stepper.inner_steps;
      const double rate = returns ? 1 : stepper.rate, factor = 1 - rate + rate * slope;
      mean = factor * mean + rate * constant;
      variance = factor * factor * variance + (returns ? 0 : 2 * rate * square);
    }
  }
  const double precision = 1 / white.variance + std::pow(a.factor / sigma_y, 2);
  const double posterior_mean = (white.mean / white.variance + a.factor * datum / (sigma_y * sigma_y)) / precision;
  CHECK(close(variance, 1 / precision, 0.03));
  CHECK(std::abs(mean - posterior_mean) < 0.02 / std::sqrt(precision));
  const score_ald likelihood{a, X({32, 1, 8, 8}, datum), {.sigma_y = sigma_y, .gamma = gamma}};
  const moments found(eq::sampler{white, likelihood, schedule, stepper}.sample({5}));
  CHECK(within_standard_errors(found.mean, mean, found.error_of_mean(variance)));
  CHECK(within_standard_errors(found.variance, variance, found.error_of_variance(variance)));
}

TEST_CASE("score_ald reads nothing of what is not observed", "[likelihood][score_ald]") {
  X mask({1, 1, 2, 4}, 1.0);
  mask(0, 0, 1, 2) = 0;
  const eq::measurement::inpainting a{mask};
  X y = normal(batch_shape, 6), other = y;
  other(1, 0, 1, 2) = std::nan("");
  const X x = normal(batch_shape, 1);
  CHECK(difference(correction(score_ald{a, other}, x, level), correction(score_ald{a, y}, x, level)) == 0.0);
  CHECK(correction(score_ald{a, y}, x, level)(1, 0, 1, 2) == 0.0);
}

TEST_CASE("a batch of score_ald is so many runs of one", "[likelihood][score_ald]") {
  const X y = normal(batch_shape, 5);
  const eq::stepper::annealed_langevin stepper{.inner_steps = 2, .rate = 0.3};
  for (const auto weight : {ald_weight::likelihood, ald_weight::of_score}) {
    const score_ald_settings settings{.sigma_y = 0.5, .gamma = 2, .weight = weight};
    const X all = eq::sampler{prior, score_ald{amplifier{}, y, settings}, ridge{}, grid, stepper}.sample({3});
    for (std::size_t b = 0; b < 3; ++b) {
      const eq::sampler one{prior,   score_ald{amplifier{}, only(y, b), settings}, ridge{}, grid,
                            stepper, eq::sampler_options{.first_sample = b}};
      CHECK(difference(one.sample({3}), only(all, b)) < 1e-12);
    }
  }
}

TEST_CASE("an estimate of score_ald costs one score, one operator and one pullback of it", "[likelihood][score_ald]") {
  const auto count = std::make_shared<calls>();
  const counting_score<sine_prior> score{prior, count};
  const auto cost = [&](const auto& measurement, const auto& stepper) {
    const counting_operator<std::remove_cvref_t<decltype(measurement)>> a{measurement, count};
    const score_ald likelihood{a, normal(batch_shape, 5), {.gamma = 1e4}};  // large, for a square of large states
    const eq::sampler solver{score, likelihood, ridge{}, grid, stepper};
    *count = {};
    solver.sample({3});
    return *count;
  };
  const eq::stepper::annealed_langevin twice{.inner_steps = 2};
  CHECK(cost(amplifier{}, eq::stepper::ddim{}) == calls{.scores = 6, .operators = 6, .operator_pullbacks = 6});
  CHECK(cost(squarer{}, eq::stepper::ddim{}) == calls{.scores = 6, .operators = 6, .operator_pullbacks = 6});
  CHECK(cost(amplifier{}, twice) == calls{.scores = 12, .operators = 12, .operator_pullbacks = 12});
}

TEST_CASE("the settings of score_ald for MRI are the published ones", "[likelihood][score_ald]") {
  const score_ald_settings settings = score_ald_settings::csgm_mri();
  CHECK(settings.weight == ald_weight::of_score);
  CHECK(settings.share == 0.3);
  // 1156 levels are the lower half of 2311 from 232 to 0.0066, the 1155th of which is the middle.
  const auto all = eq::schedule::ve{.steps = 2311, .sigma_min = 0.0066, .sigma_max = 232}.levels();
  const auto used = eq::schedule::ve{.steps = 1156, .sigma_min = 0.0066, .sigma_max = 1.237}.levels();
  for (const std::size_t i : {0, 500, 1155}) CHECK(close(used[i].noise, all[1155 + i].noise, 1e-3));
}

TEST_CASE("score_ald refuses settings out of range and data of another shape", "[likelihood][score_ald]") {
  const X y = normal(batch_shape, 5);
  const amplifier a;
  CHECK_THROWS_WITH((score_ald{a, y, {.sigma_y = -1}}), contains("expected sigma_y >= 0, but it is -1"));
  CHECK_THROWS_WITH((score_ald{a, y, {.gamma = std::nan("")}}), contains("expected gamma >= 0"));
  CHECK_THROWS_WITH((score_ald{a, y, {.share = -0.5}}), contains("expected share >= 0, but it is -0.5"));
  CHECK_THROWS_WITH((score_ald{a, y, {.sigma_y = 0, .gamma = 0}}), contains("expected sigma_y > 0 or gamma > 0"));
  CHECK_NOTHROW(score_ald{a, y, {.sigma_y = 0, .gamma = 0, .weight = ald_weight::of_score}});
  CHECK_THROWS_WITH((eq::sampler{prior, score_ald{a, normal({3, 1, 2, 2}, 5)}, grid, eq::stepper::ddim{}}),
                    "equireg::likelihood::score_ald: y has shape (3, 1, 2, 2) but the operator returns (3, 1, 2, 4)");
}

}  // namespace score_ald_test
