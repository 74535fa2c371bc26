// SPDX-License-Identifier: BSD-3-Clause
#include "support/catch.hpp"
#include "support/counting.hpp"
#include "support/dense.hpp"
#include "support/foreign.hpp"
#include "support/guidance.hpp"
#include "support/random_mixture.hpp"
#include "support/random_operator.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/likelihood/dps.hpp>
#include <equireg/likelihood/lgd.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/ve.hpp>
#include <equireg/stepper/ddim.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

namespace lgd_test {

namespace eq = equireg;
using namespace equireg::test;
using X = eq::cpu::tensor<double>;
using eq::likelihood::draw_average;
using eq::likelihood::lgd;

namespace {

const eq::shape sample{1, 1, 2, 4}, batch_shape = sample.with_batch(3);
const eq::noise_level level = eq::variance_preserving(0.4);
const eq::reverse_step some_step{level, eq::variance_preserving(0.6), 4, 10, 17, 0};
const eq::regularizer::none none;
const sine_prior prior{sample};

static_assert(eq::likelihood_approximation<lgd<eq::identity_map, X>, white_prior<X>>);
static_assert(eq::likelihood_approximation<lgd<eq::identity_map, X>, white_prior<X>, ridge>);

// Of x0 ~ N(m, I), at this level: sigma^2 / (1 + sigma^2) = 1 - 0.4.
const double deviation = std::sqrt(0.6);

X draw(const X& x0, std::size_t i, double r = deviation) {
  X z(x0.shape());
  fill_normal(z, some_step.chain(eq::purpose::likelihood, i));
  transform(
      z, [r](double v, double n) { return v + r * n; }, x0, z);
  return z;
}

/// l_i of each sample: [draw][sample].
template <class A>
std::vector<vector> losses(const A& a, const X& y, const X& x0, std::size_t draws) {
  std::vector<vector> result;
  for (std::size_t i = 0; i < draws; ++i) {
    X r = a(draw(x0, i));
    transform(
        r, [](double u, double v) { return u - v; }, y, r);
    result.push_back(to_host(squared_norm(r)));
  }
  return result;
}

double mean_loss(const std::vector<vector>& l, std::size_t b) {
  double sum = 0;
  for (const auto& one : l) sum += one[b];
  return sum / static_cast<double>(l.size());
}

double soft_minimum(const std::vector<vector>& l, std::size_t b, double sigma_y) {
  double sum = 0;
  for (const auto& one : l) sum += std::exp(-one[b] / (2 * sigma_y * sigma_y));
  return -2 * sigma_y * sigma_y * std::log(sum / static_cast<double>(l.size()));
}

/// The shift against -w times central differences of objective(x_t, b).
template <class Likelihood, class Penalty, class Objective>
void check_shift(const Likelihood& likelihood, const Penalty& penalty, double w, const Objective& objective) {
  const X x = normal_tensor<double>(batch_shape, 1);
  const X shift = likelihood.estimate(prior, penalty, x, level, some_step).shift;
  const double h = tolerance<double>::step;
  for (std::size_t b = 0; b < 3; ++b) {
    for (std::size_t i = 0; i < sample.sample_size(); i += 3) {
      X up = x, down = x;
      up.sample(b)[i] += h;
      down.sample(b)[i] -= h;
      const double slope =
          (objective(prior.denoise(up, level), b) - objective(prior.denoise(down, level), b)) / (2 * h);
      CHECK(close(shift.sample(b)[i], -w * slope, tolerance<double>::finite_difference, 0.1));
    }
  }
}

}  // namespace

TEST_CASE("the shift of lgd is the gradient of the root of its averaged loss, by differences", "[likelihood][lgd]") {
  const double w = 0.7;
  const X small = normal_tensor<double>({3, 1, 1, 3}, 2), y = normal_tensor<double>(batch_shape, 2);
  const auto matrix_map = random_operator<double>(sample, 3, 6);
  SECTION("mean, linear operator") {
    check_shift(lgd{matrix_map, small, {.draws = 4, .step_size = w}}, none, w,
                [&](const X& x0, std::size_t b) { return std::sqrt(mean_loss(losses(matrix_map, small, x0, 4), b)); });
  }
  SECTION("mean, operator that is not linear, with a penalty at x0 that the same step size multiplies") {
    check_shift(lgd{squarer{}, y, {.draws = 4, .step_size = w}}, ridge{}, w, [&](const X& x0, std::size_t b) {
      return std::sqrt(mean_loss(losses(squarer{}, y, x0, 4), b)) + ridge{}.value(x0, some_step).data()[b];
    });
  }
  SECTION("softmax") {
    const double sigma_y = 1.5;  // so that several draws count
    const lgd likelihood{
        squarer{}, y, {.draws = 4, .step_size = w, .average = draw_average::softmax, .sigma_y = sigma_y}};
    check_shift(likelihood, none, w, [&](const X& x0, std::size_t b) {
      return std::sqrt(soft_minimum(losses(squarer{}, y, x0, 4), b, sigma_y));
    });
  }
  SECTION("inpainting, whose residual takes one pass") {
    X mask(sample, 1.0);
    mask(0, 0, 1, 2) = mask(0, 0, 0, 3) = 0;
    const eq::measurement::inpainting a{mask};
    check_shift(lgd{a, y, {.draws = 2, .step_size = w}}, none, w,
                [&](const X& x0, std::size_t b) { return std::sqrt(mean_loss(losses(a, a(y), x0, 2), b)); });
  }
}

TEST_CASE("lgd with one draw from a prior without variance is dps", "[likelihood][lgd]") {
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>(batch_shape, 2);
  const eq::likelihood::dps dps{squarer{}, y, {.step_size = 0.7}};
  for (const auto average : {draw_average::mean, draw_average::softmax}) {
    const lgd likelihood{
        squarer{}, y, {.draws = 1, .step_size = 0.7, .prior_variance = 0, .average = average, .sigma_y = 0.3}};
    const X shift = likelihood.estimate(prior, ridge{}, x, level, some_step).shift;
    CHECK(relative_error(shift.values(), dps.estimate(prior, ridge{}, x, level, some_step).shift.values()) < 1e-14);
  }
}

TEST_CASE("lgd tends to its expectation as draws grow, and does not shrink with their number", "[likelihood][lgd]") {
  // E l = |r|^2 + s^2 |A|_F^2 and E grad l = -2 A^T r for r = y - A x0; Var l = 4 s^2 |A^T r|^2 + 2 s^4 |A^T A|_F^2.
  const auto a = random_operator<double>(sample, 3, 6);
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>({3, 1, 1, 3}, 2);
  const std::size_t n = 4000;
  const white_prior<X> white{sample, 0.2, 1.0};
  const X shift = lgd{a, y, {.draws = n, .step_size = 1}}.estimate(white, none, x, level, some_step).shift;
  const X x0 = white.denoise(x, level);
  const double s2 = deviation * deviation, gain = white.gain(level);
  const matrix gram = transposed(a.matrix) * a.matrix;
  for (std::size_t b = 0; b < 3; ++b) {
    const vector r = combine(1, to_vector(y, b), -1, a.matrix * to_vector(x0, b)), pull = transposed(a.matrix) * r;
    const double loss = dot(r, r) + s2 * dot(a.matrix.values, a.matrix.values);
    const double error_of_loss =
        std::sqrt((4 * s2 * dot(pull, pull) + 2 * s2 * s2 * dot(gram.values, gram.values)) / static_cast<double>(n));
    for (std::size_t i = 0; i < 8; ++i) {
      double row = 0;
      for (std::size_t j = 0; j < 8; ++j) row += gram(i, j) * gram(i, j);
      const double expected = gain * pull[i] / std::sqrt(loss);
      const double error =
          gain * std::sqrt(s2 * row / static_cast<double>(n) / loss) + std::abs(expected) * error_of_loss / (2 * loss);
      CHECK(within_standard_errors(shift.sample(b)[i], expected, error));
    }
  }
}

TEST_CASE("softmax weights of lgd lie between the mean and the best draw", "[likelihood][lgd]") {
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>(batch_shape, 2);
  const auto shift = [&](std::size_t draws, draw_average average, double sigma_y) {
    return lgd{squarer{}, y, {.draws = draws, .step_size = 1, .average = average, .sigma_y = sigma_y}}
        .estimate(prior, none, x, level, some_step)
        .shift;
  };
  SECTION("loud noise makes them the mean") {
    // The soft minimum is the mean up to Var l / (4 sigma_y^2).
    CHECK(relative_error(shift(5, draw_average::softmax, 1e4).values(), shift(5, draw_average::mean, 1).values()) <
          1e-6);
  }
  SECTION("next to no noise leaves the best draw") {
    // sqrt(L) with L = l_best up to 2 sigma_y^2 log n, and its gradient that of the best draw alone.
    const auto l = losses(squarer{}, y, prior.denoise(x, level), 5);
    const X all = shift(5, draw_average::softmax, 1e-4);
    for (std::size_t b = 0; b < 3; ++b) {
      std::size_t best = 0;
      for (std::size_t i = 1; i < 5; ++i) best = l[i][b] < l[best][b] ? i : best;
      const auto [x0, pullback] = prior.linearize(x, level);
      const X at = draw(x0, best);
      X q(batch_shape);
      transform(
          q, [](double u, double v) { return 2 * v * (u - v * v); }, y, at);
      const X pulled = pullback(q);
      for (std::size_t i = 0; i < 8; ++i) {
        CHECK(close(all.sample(b)[i], pulled.sample(b)[i] / std::sqrt(l[best][b]), 1e-6));
      }
    }
  }
  SECTION("losses far apart and far from 0 neither overflow nor vanish, in float as well") {
    using F = eq::cpu::tensor<float>;
    const F far(batch_shape, 1e4F), state = normal_tensor<float>(batch_shape, 1);
    const lgd likelihood{amplifier{}, far, {.average = draw_average::softmax, .sigma_y = 1e-3}};
    const F s = likelihood.estimate(white_prior<F>{sample}, none, state, level, some_step).shift;
    for (const float v : s.values()) CHECK((std::isfinite(v) && v > 0));
  }
}

TEST_CASE("the lgd shift vanishes where the loss is 0", "[likelihood][lgd]") {
  const X x = normal_tensor<double>(batch_shape, 1), y = amplifier{}(prior.denoise(x, level));
  for (const auto average : {draw_average::mean, draw_average::softmax}) {
    const lgd likelihood{amplifier{}, y, {.draws = 2, .prior_variance = 0, .average = average}};
    const X shift = likelihood.estimate(prior, none, x, level, some_step).shift;
    for (const double v : shift.values()) CHECK(v == 0.0);
  }
}

TEST_CASE("a step of lgd costs one score, one pullback, n A and n A'^T", "[likelihood][lgd]") {
  const auto count = std::make_shared<calls>();
  const counting_score<white_prior<X>> counted{{sample}, count};
  const counting_operator<squarer> measurement{{}, count};
  const X y = normal_tensor<double>(batch_shape, 2);
  for (const auto average : {draw_average::mean, draw_average::softmax}) {
    const eq::sampler solver{counted, lgd{measurement, y, {.draws = 4, .average = average}},
                             eq::schedule::ve{.steps = 7}, eq::stepper::ddim{}};
    *count = {};  // the constructor asks A for its shape
    (void)solver.sample({1});
    CHECK(*count == calls{.scores = 7, .score_pullbacks = 7, .operators = 28, .operator_pullbacks = 28});
  }
}

TEST_CASE("a batch of lgd is as many runs of one, which draw for themselves", "[likelihood][lgd]") {
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>(batch_shape, 2);
  for (const auto average : {draw_average::mean, draw_average::softmax}) {
    const eq::likelihood::lgd_settings settings{.step_size = 1, .average = average, .sigma_y = 1.5};
    const X all = lgd{squarer{}, y, settings}.estimate(prior, none, x, level, some_step).shift;
    for (std::size_t b = 0; b < 3; ++b) {
      auto step = some_step;
      step.first_sample = b;
      const X one = lgd{squarer{}, only(y, b), settings}.estimate(prior, none, only(x, b), level, step).shift;
      CHECK(relative_error(one.values(), only(all, b).values()) < 1e-13);
    }
  }
}

TEST_CASE("the penalty of lgd rests where it is not active", "[likelihood][lgd]") {
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>(batch_shape, 2);
  auto resting = some_step;
  resting.index = 1;
  const lgd likelihood{squarer{}, y};
  const X with = likelihood.estimate(prior, ridge{}, x, level, resting).shift;
  CHECK(relative_error(with.values(), likelihood.estimate(prior, none, x, level, resting).shift.values()) == 0);
}

TEST_CASE("lgd says what it does not take", "[likelihood][lgd]") {
  const X y(batch_shape, 0.0);
  CHECK_THROWS_WITH((lgd{squarer{}, y, {.draws = 0}}),
                    "equireg::likelihood::lgd: expected at least one draw, but draws is 0");
  CHECK_THROWS_WITH((lgd{squarer{}, y, {.step_size = -1}}),
                    "equireg::likelihood::lgd: expected a step size >= 0, but step_size is -1");
  CHECK_THROWS_WITH((lgd{squarer{}, y, {.prior_variance = -1}}),
                    "equireg::likelihood::lgd: expected prior_variance >= 0, but it is -1");
  CHECK_THROWS_WITH((lgd{squarer{}, y, {.average = draw_average::softmax, .sigma_y = 0}}),
                    "equireg::likelihood::lgd: draw_average::softmax expects sigma_y > 0, but it is 0");
  CHECK_NOTHROW(lgd{squarer{}, y, {.sigma_y = 0}});
  CHECK_THROWS_WITH((lgd{squarer{}, y}.check({1, 1, 4, 4})),
                    contains("y has shape (3, 1, 2, 4) but the operator returns (3, 1, 4, 4)"));
}

}  // namespace lgd_test
