// SPDX-License-Identifier: BSD-3-Clause
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/counting.hpp"
#include "support/foreign.hpp"
#include "support/guidance.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/inner/adam.hpp>
#include <equireg/inner/equivariance_phase.hpp>
#include <equireg/likelihood/sitcom.hpp>
#include <equireg/likelihood/unconditional.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/masked.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/renoise.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

namespace sitcom_test {

namespace eq = equireg;
using namespace equireg::test;
using X = eq::cpu::tensor<double>;
using eq::likelihood::sitcom;
using eq::likelihood::sitcom_penalty;
using eq::likelihood::sitcom_settings;

namespace {

const eq::shape sample{1, 1, 2, 4}, batch_shape = sample.with_batch(3);
const eq::noise_level level = eq::variance_preserving(0.4);
const eq::reverse_step some_step{level, eq::variance_preserving(0.6), 4, 10, 17, 0};
const eq::regularizer::none none;
const sine_prior prior{sample};

static_assert(eq::likelihood_approximation<sitcom<eq::identity_map, X>, white_prior<X>>);
static_assert(eq::likelihood_approximation<sitcom<squarer, X>, white_prior<X>, ridge>);

X normal(const eq::shape& s, std::uint32_t which) { return eq::test::normal_numbers<X>(s, 77, which); }

template <class Likelihood, class Penalty = eq::regularizer::none>
X x0_of(const Likelihood& likelihood, const X& x, const Penalty& penalty = {}, const eq::noise_level& at = level) {
  return likelihood.estimate(prior, penalty, x, at, some_step).x0;
}

/// The x0 of the last v, where Adam follows the loss by central differences. The loss is per sample.
X by_differences(const X& x, const eq::noise_level& at, std::size_t steps, double rate,
                 const std::function<X(const X&)>& loss) {
  const double h = 1e-5;
  eq::inner::adam<X> adam{{.rate = rate}, x.shape()};
  X v = x;
  for (std::size_t k = 0; k < steps; ++k) {
    X gradient(x.shape());
    for (std::size_t i = 0; i < x.shape().sample_size(); ++i) {
      X up = v, down = v;
      for (std::size_t b = 0; b < x.shape().batch; ++b) {
        up.sample(b)[i] += h;
        down.sample(b)[i] -= h;
      }
      const X high = loss(up), low = loss(down);
      for (std::size_t b = 0; b < x.shape().batch; ++b) {
        gradient.sample(b)[i] = (high.data()[b] - low.data()[b]) / (2 * h);
      }
    }
    adam.step(v, gradient);
  }
  return prior.denoise(v, at);
}

template <class A>
X misfit(const A& a, const X& y, const X& x0) {
  return eq::measurement::residual(a, y, x0).squared_norm;
}

}  // namespace

TEST_CASE("sitcom descends its loss through the score model, by differences", "[likelihood][sitcom]") {
  const X x = normal(batch_shape, 1), y = normal(batch_shape, 2);
  sitcom_settings settings{.iterations = 4, .rate = 0.1, .tolerance = 0};
  const auto agrees = [&](const auto& a, const auto& penalty, const std::function<X(const X&)>& loss,
                          const eq::noise_level& at = level, double unit = 1) {
    const X expected = by_differences(x, at, settings.iterations, settings.rate * unit, loss);
    const X x0 = x0_of(sitcom{a, y, settings}, x, penalty, at);
    // Differences are good to 1e-6 of a gradient; Adam divides by one that may be as small as a tenth of the others.
    CHECK(relative_error(x0.values(), expected.values()) < 1e-5);
    CHECK(relative_error(x0.values(), prior.denoise(x, at).values()) > 0.05);
  };
  SECTION("linear operator") {
    const amplifier a{1.5};
    agrees(a, none, [&](const X& v) { return misfit(a, y, prior.denoise(v, level)); });
  }
  SECTION("operator that is not linear") {
    const squarer a;
    agrees(a, none, [&](const X& v) { return misfit(a, y, prior.denoise(v, level)); });
  }
  SECTION("inpainting, whose residual takes one pass") {
    const eq::measurement::inpainting a{mask_of_five<X>()};
    agrees(a, none, [&](const X& v) { return misfit(a, y, prior.denoise(v, level)); });
  }
  SECTION("with the proximal term, in units of the variance preserving state") {
    const amplifier a;
    const auto at = eq::variance_exploding(2.0);
    settings.proximal_weight = 5;
    const double unit = std::sqrt(5.0);
    agrees(
        a, none,
        [&](const X& v) {
          X sum = misfit(a, y, prior.denoise(v, at));
          add_scaled(sum, settings.proximal_weight / (unit * unit), misfit(eq::identity_map{}, x, v));
          return sum;
        },
        at, unit);
  }
  SECTION("with the penalty in the loss") {
    const amplifier a;
    settings.penalty = sitcom_penalty::inner_loss;
    agrees(a, ridge{}, [&](const X& v) {
      X sum = misfit(a, y, prior.denoise(v, level));
      add_scaled(sum, 1, ridge{}.value(prior.denoise(v, level), some_step));
      return sum;
    });
  }
}

TEST_CASE("sitcom with a rate of 0 denoises and noises again, bit for bit", "[likelihood][sitcom]") {
  const white_prior<X> white{sample, 0.3, 2.0};
  const eq::schedule::vp_linear grid{.steps = 5};
  const X expected = eq::sampler{white, eq::likelihood::unconditional{3}, grid, eq::stepper::renoise{}}.sample({8});
  for (const std::size_t iterations : {1, 3}) {
    for (const bool last : {true, false}) {
      const sitcom likelihood{
          amplifier{}, normal(batch_shape, 2), {.iterations = iterations, .rate = 0, .use_last_step = last}};
      CHECK(same_bits(eq::sampler{white, likelihood, grid, eq::stepper::renoise{}}.sample({8}), expected));
    }
  }
}

TEST_CASE("sitcom's correction with kappa = 1/2 puts the data in their place, and nothing elsewhere",
          "[likelihood][sitcom]") {
  const X mask = mask_of_five<X>(), x = normal(batch_shape, 1), y = normal(batch_shape, 2);
  const sitcom likelihood{eq::measurement::inpainting{mask}, y, {.iterations = 3, .correction = 0.5}};
  const sitcom without{eq::measurement::inpainting{mask}, y, {.iterations = 3}};
  const X x0 = x0_of(likelihood, x), before = x0_of(without, x);
  for (std::size_t b = 0; b < 3; ++b) {
    for (std::size_t i = 0; i < sample.sample_size(); ++i) {
      if (mask.data()[i] != 0) CHECK(close(x0.sample(b)[i], y.sample(b)[i], 1e-14, 4.0));
      if (mask.data()[i] == 0) CHECK(x0.sample(b)[i] == before.sample(b)[i]);
    }
  }
}

TEST_CASE("sitcom's correction follows the gradient of the misfit of any operator", "[likelihood][sitcom]") {
  const X x = normal(batch_shape, 1), y = normal(batch_shape, 2);
  const X before = x0_of(sitcom{squarer{}, y, {.rate = 0}}, x);
  const X after = x0_of(sitcom{squarer{}, y, {.rate = 0, .correction = 0.03, .phase = {.range = {-0.9, 0.9}}}}, x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double u = before.data()[i], gradient = 4 * u * (u * u - y.data()[i]);
    CHECK(close(after.data()[i], std::clamp(u - 0.03 * gradient, -0.9, 0.9), 1e-14, 1.0));
  }
}

TEST_CASE("in sitcom each sample stops by itself: a batch of three is three runs of one", "[likelihood][sitcom]") {
  const X x = normal(batch_shape, 1);
  const amplifier a;
  // The first sample is explained as it is, the second nearly, the third not at all.
  X y = a(prior.denoise(x, level));
  for (double& v : y.sample(1)) v *= 0.9;
  for (double& v : y.sample(2)) v += 10;
  const sitcom_settings settings{.iterations = 25, .rate = 0.02, .tolerance = 0.05};
  const X x0 = x0_of(sitcom{a, y, settings}, x);
  std::vector<std::size_t> scores;
  for (std::size_t b = 0; b < 3; ++b) {
    const auto count = std::make_shared<calls>();
    const sitcom alone{a, only(y, b), settings};
    const auto one = alone.estimate(counting_score<sine_prior>{prior, count}, none, only(x, b), level, some_step);
    CHECK(same_bits(one.x0, only(x0, b)));
    scores.push_back(count->scores);
  }
  CHECK(scores[0] == 1);  // and nothing to do
  CHECK(scores[1] > 2);
  CHECK(scores[1] < 20);
  CHECK(scores[2] == 26);
  CHECK(same_bits(only(x0, 0), prior.denoise(only(x, 0), level)));
  CHECK(misfit(a, y, x0).data()[1] < 0.05);
}

TEST_CASE("sitcom stops below delta, (sigma_y + 0.001)^2 for each measured entry", "[likelihood][sitcom]") {
  const X y = normal(batch_shape, 2), mask = mask_of_five<X>();
  const double square = 0.051 * 0.051;
  CHECK(close(sitcom{amplifier{}, y}.tolerance(), square * 8, 1e-14));
  CHECK(close(sitcom{eq::measurement::inpainting{mask}, y}.tolerance(), square * 5, 1e-14));
  CHECK(close(sitcom{eq::measurement::masked(squarer{}, mask), y, {.sigma_y = 0.2}}.tolerance(), 0.201 * 0.201 * 5,
              1e-14));
  // What y says where nothing is observed does not count either.
  const X x = normal(batch_shape, 1);
  const X explained = prior.denoise(x, level);
  X data(batch_shape);
  transform(
      data, [](double m, double v) { return m != 0 ? v : 1e3; }, eq::broadcast{mask}, explained);
  CHECK(same_bits(x0_of(sitcom{eq::measurement::inpainting{mask}, data}, x), explained));
}

TEST_CASE("sitcom takes N (K + 1) scores and N K pullbacks, A and A^T; without the last step N K and N (K - 1)",
          "[likelihood][sitcom]") {
  const auto count = std::make_shared<calls>();
  const counting_score<sine_prior> score{prior, count};
  const counting_operator<amplifier> a{amplifier{}, count};
  const auto run = [&](const sitcom_settings& settings) {
    const eq::sampler solver{score, sitcom{a, normal(batch_shape, 2), settings}, eq::schedule::vp_linear{.steps = 4},
                             eq::stepper::renoise{}};
    *count = {};
    solver.sample({5});
    return *count;
  };
  const sitcom_settings settings{.iterations = 3, .tolerance = 0};
  CHECK(run(settings) == calls{.scores = 16, .score_pullbacks = 12, .operators = 12, .operator_pullbacks = 12});
  auto stale = settings;
  stale.use_last_step = false;
  CHECK(run(stale) == calls{.scores = 12, .score_pullbacks = 8, .operators = 8, .operator_pullbacks = 8});
  auto corrected = settings;
  corrected.correction = 0.1;
  CHECK(run(corrected) == calls{.scores = 16, .score_pullbacks = 12, .operators = 16, .operator_pullbacks = 16});
  auto content = settings;  // all samples are done before the first step
  content.tolerance = 1e9;
  CHECK(run(content) == calls{.scores = 4, .operators = 4, .operator_pullbacks = 4});
}

TEST_CASE("without its last step sitcom returns the x0 that the last step started from", "[likelihood][sitcom]") {
  const X x = normal(batch_shape, 1), y = normal(batch_shape, 2);
  const X stale = x0_of(sitcom{amplifier{}, y, {.iterations = 4, .tolerance = 0, .use_last_step = false}}, x);
  const X three = x0_of(sitcom{amplifier{}, y, {.iterations = 3, .tolerance = 0}}, x);
  const X four = x0_of(sitcom{amplifier{}, y, {.iterations = 4, .tolerance = 0}}, x);
  CHECK(same_bits(stale, three));
  CHECK(relative_error(four.values(), three.values()) > 1e-3);
}

TEST_CASE("sitcom's penalty descends in a phase of its own, before the correction, and asks no score",
          "[likelihood][sitcom]") {
  const X x = normal(batch_shape, 1), y = normal(batch_shape, 2);
  sitcom_settings settings{.iterations = 3, .correction = 0.1};
  settings.phase = {.iterations = 5, .rate = 0.04, .range = {-0.7, 0.7}};
  auto bare = settings;
  bare.correction = 0;
  const auto count = std::make_shared<calls>();
  const sitcom likelihood{amplifier{}, y, settings};
  const X x0 = likelihood.estimate(counting_score<sine_prior>{prior, count}, ridge{}, x, level, some_step).x0;
  CHECK(count->scores == 4);

  X expected = x0_of(sitcom{amplifier{}, y, bare}, x);
  eq::inner::equivariance_phase(ridge{}, expected, some_step, settings.phase);
  transform(
      expected, [](double u, double v) { return std::clamp(u + 0.2 * 2 * (v - 2 * u), -0.7, 0.7); }, expected, y);
  CHECK(relative_error(x0.values(), expected.values()) < 1e-14);
  // In the loss the outer steps count: the penalty rests in odd ones, and no phase follows.
  settings.penalty = sitcom_penalty::inner_loss;
  const sitcom within{amplifier{}, y, settings};
  eq::reverse_step odd = some_step;
  odd.index = 5;
  CHECK(same_bits(within.estimate(prior, ridge{}, x, level, odd).x0, within.estimate(prior, none, x, level, odd).x0));
}

TEST_CASE("sitcom gives the same x0 for x_t and for x_t / a, whatever the process", "[likelihood][sitcom]") {
  const white_prior<X> white{sample, 0.3, 2.0};
  const X y = normal(batch_shape, 2), x = normal(batch_shape, 1);
  X unscaled(batch_shape);
  transform(
      unscaled, [a = level.signal](double v) { return v / a; }, x);
  const sitcom likelihood{amplifier{}, y, {.iterations = 10, .tolerance = 0, .proximal_weight = 0.3}};
  const auto exploding = eq::variance_exploding(level.sigma());
  const X one = likelihood.estimate(white, none, x, level, some_step).x0;
  const X other = likelihood.estimate(white, none, unscaled, exploding, some_step).x0;
  CHECK(relative_error(one.values(), other.values()) < 1e-12);
}

TEST_CASE("sitcom begins at pure noise, where no v says anything about x0", "[likelihood][sitcom]") {
  const white_prior<X> white{sample, 0.3, 2.0};
  const sitcom likelihood{amplifier{}, normal(batch_shape, 2)};
  const X x0 = likelihood.estimate(white, none, normal(batch_shape, 1), {0, 1, 1}, some_step).x0;
  for (const double v : x0.values()) CHECK(v == 0.3);
}

TEST_CASE("sitcom in float agrees with sitcom in double", "[likelihood][sitcom]") {
  using F = eq::cpu::tensor<float>;
  const X y = normal(batch_shape, 2);
  F y_float(batch_shape);
  std::ranges::transform(y.values(), y_float.data(), [](double v) { return static_cast<float>(v); });
  const eq::schedule::vp_linear grid{.steps = 4};
  const white_prior<X> in_double{sample, 0.3, 2.0};
  const white_prior<F> in_float{sample, 0.3, 2.0};
  const sitcom_settings settings{.iterations = 5, .tolerance = 0};
  const X expected = eq::sampler{in_double, sitcom{amplifier{}, y, settings}, grid, eq::stepper::renoise{}}.sample({8});
  const F x = eq::sampler{in_float, sitcom{amplifier{}, y_float, settings}, grid, eq::stepper::renoise{}}.sample({8});
  CHECK(relative_error(x.values(), expected.values()) < 1e-4);
}

TEST_CASE("sitcom refuses settings out of range", "[likelihood][sitcom]") {
  const X y(batch_shape, 0.0);
  const auto refused = [&](const sitcom_settings& settings, const char* message) {
    CHECK_THROWS_WITH((sitcom{amplifier{}, y, settings}), contains(message));
  };
  refused({.iterations = 0}, "equireg::likelihood::sitcom: expected at least one iteration, but iterations is 0");
  refused({.rate = -1}, "expected rate >= 0, but it is -1");
  refused({.sigma_y = -0.1}, "expected sigma_y >= 0, but it is -0.1");
  refused({.tolerance = std::nan("")}, "expected tolerance >= 0");
  refused({.proximal_weight = -2}, "expected proximal_weight >= 0, but it is -2");
  refused({.correction = std::numeric_limits<double>::infinity()}, "expected correction >= 0, but it is inf");
  refused({.phase = {.range = {1, 1}}}, "the range [1, 1] is empty");
  refused({.phase = {.rate = -3}}, "expected an Adam rate >= 0, but it is -3");
  CHECK_THROWS_WITH((sitcom{amplifier{}, y}.check({1, 1, 3, 3})),
                    "equireg::likelihood::sitcom: y has shape (3, 1, 2, 4) but the operator returns (3, 1, 3, 3)");
}

TEST_CASE("sitcom's published settings are those of its code", "[likelihood][sitcom]") {
  using eq::likelihood::task;
  const auto box = sitcom_settings::published(task::box_inpainting);
  CHECK(box.rate == 0.01);
  CHECK(box.iterations == 40);
  CHECK(box.correction == 0.5);
  const auto blur = sitcom_settings::published(task::gaussian_blur);
  CHECK(blur.rate == 0.02);
  CHECK(blur.iterations == 30);
  CHECK(blur.correction == 0);
  CHECK(blur.phase.iterations == 30);
  CHECK(blur.phase.range.high == 1);
  CHECK(sitcom_settings::published(task::random_inpainting).correction == 0.5);
}

}  // namespace sitcom_test
