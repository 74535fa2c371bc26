// SPDX-License-Identifier: BSD-3-Clause
#include "support/catch.hpp"
#include "support/counting.hpp"
#include "support/dense.hpp"
#include "support/foreign.hpp"
#include "support/guidance.hpp"
#include "support/random_mixture.hpp"
#include "support/random_operator.hpp"
#include "support/tolerance.hpp"

#include <equireg/likelihood/exact.hpp>
#include <equireg/likelihood/tmpd.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/karras.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/score/gaussian.hpp>
#include <equireg/score/gaussian_mixture.hpp>
#include <equireg/stepper/ddim.hpp>
#include <equireg/stepper/ddpm.hpp>
#include <equireg/stepper/heun.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace tmpd_test {

namespace eq = equireg;
using namespace equireg::test;
using X = eq::cpu::tensor<double>;
using eq::likelihood::moment_solve;
using eq::likelihood::tmpd;
namespace covariance = eq::score::covariance;

namespace {

const eq::shape sample{1, 1, 2, 4}, batch_shape = sample.with_batch(3);
const eq::noise_level level = eq::variance_preserving(0.4);
const eq::reverse_step some_step{level, eq::variance_preserving(0.6), 0, 10, 1, 0};
const eq::regularizer::none none;
const eq::measurement::conjugate_gradients_settings tight{.tolerance = 1e-13, .max_iterations = 100};
const std::vector<eq::noise_level> levels = {eq::variance_preserving(0.98), eq::variance_preserving(0.3),
                                             eq::variance_exploding(2.0),   eq::variance_exploding(80.0),
                                             eq::variance_exploding(0.01),  eq::rectified(0.9)};

template <class Covariance>
auto random_gaussian(std::uint64_t i) {
  return eq::score::gaussian(normal_tensor<double>(sample, i),
                             make_covariance(std::type_identity<Covariance>{}, sample, i));
}

matrix as_matrix(const X& square) {
  matrix m(square.shape().height, square.shape().width);
  m.values.assign(square.values().begin(), square.values().end());
  return m;
}

template <class Prior>
dense_mixture dense_of(const Prior& prior) {
  return {{1.0}, {to_vector(prior.mean(), 0)}, {as_matrix(prior.covariance().dense(sample.sample_size()))}};
}

static_assert(eq::likelihood_approximation<tmpd<eq::identity_map, X>, white_prior<X>>);
static_assert(eq::likelihood_approximation<tmpd<eq::identity_map, X>, white_prior<X>, ridge>);

/// The variance, over v, that a sampler with the exact denoiser of N(m, v) reaches along these levels (a = 1): each
/// step is x_s = x0 + k (x - x0) + d z.
double reached_variance(const std::vector<eq::noise_level>& grid, double v, double eta) {
  double variance = grid.front().noise * grid.front().noise;
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    const double t = grid[i].noise, s = grid[i + 1].noise, gain = v / (v + t * t);
    const double d = eta * s * std::sqrt(1 - s * s / (t * t)), k = std::sqrt(s * s - d * d) / t;
    variance = std::pow(gain + k * (1 - gain), 2) * variance + d * d;
  }
  return variance / v;
}

}  // namespace

TEMPLATE_TEST_CASE("tmpd is E[x0 | x_t, y] for a Gaussian prior of any covariance, at every level",
                   "[likelihood][tmpd]", covariance::isotropic<double>, covariance::diagonal<double>,
                   covariance::low_rank<double>, covariance::low_rank_diagonal<double>, covariance::full<double>,
                   covariance::spectrum<double>) {
  const auto prior = random_gaussian<TestType>(5);
  const auto measurement = random_operator<double>(sample, 3, 6);
  const auto dense = dense_of(prior);
  const X y = normal_tensor<double>({3, 1, 1, 3}, 7, 2.0), x = normal_tensor<double>(batch_shape, 8);
  for (const double sigma_y : {0.4, 1e-3}) {
    const tmpd likelihood{measurement, y, {.sigma_y = sigma_y, .iterations = tight}};
    for (const auto& l : levels) {
      INFO("a = " << l.signal << ", b = " << l.noise << ", sigma_y " << sigma_y);
      const auto [x0, shift] = likelihood.estimate(prior, none, x, l, {l, eq::clean});
      static_assert(std::is_same_v<std::remove_cvref_t<decltype(shift)>, eq::absent>);
      for (std::size_t b = 0; b < 3; ++b) {
        const auto expected =
            condition_on_both(dense, measurement.matrix, sigma_y, l, to_vector(x, b), to_vector(y, b));
        CHECK(relative_error(to_vector(x0, b), expected.mean()) < 1e-6);
      }
    }
  }
}

TEST_CASE("row sums of tmpd are the same where A C A^T is diagonal", "[likelihood][tmpd]") {
  const auto prior = random_gaussian<covariance::diagonal<double>>(5);
  X mask(sample, 1.0);
  mask(0, 0, 1, 2) = mask(0, 0, 0, 0) = 0;
  const eq::measurement::inpainting measurement{mask};
  const X y = normal_tensor<double>(batch_shape, 7, 2.0), x = normal_tensor<double>(batch_shape, 8);
  matrix dense = matrix::identity(8);
  dense(0, 0) = dense(6, 6) = 0;
  const tmpd likelihood{measurement, y, {.sigma_y = 0.4, .solve = moment_solve::row_sums}};
  for (const auto& l : levels) {
    const X x0 = likelihood.estimate(prior, none, x, l, {l, eq::clean}).x0;
    for (std::size_t b = 0; b < 3; ++b) {
      const auto expected =
          condition_on_both(dense_of(prior), dense, 0.4, l, to_vector(x, b), to_vector(measurement(y), b));
      CHECK(relative_error(to_vector(x0, b), expected.mean()) < 1e-10);
    }
  }
}

TEST_CASE("row sums of tmpd follow their formula for a denoiser that is no Gaussian's", "[likelihood][tmpd]") {
  const sine_prior prior{sample};
  const auto measurement = random_operator<double>(sample, 3, 6);
  const X y = normal_tensor<double>({3, 1, 1, 3}, 7), x = normal_tensor<double>(batch_shape, 8);
  const double c = level.noise * level.noise / level.signal;
  const auto [x0, pullback] = prior.linearize(x, level);
  const X ones(y.shape(), 1.0), sums = measurement(pullback(measurement.adjoint(ones)));
  CHECK(*std::min_element(sums.values().begin(), sums.values().end()) < 0);  // which is what needs care
  for (const double sigma_y : {0.1, 10.0}) {  // so that noise does not, and does, make up for a sum below 0
    X w = measurement(x0);
    for (std::size_t i = 0; i < w.size(); ++i) {
      w.data()[i] = (y.data()[i] - w.data()[i]) / (std::max(c * sums.data()[i], 0.0) + sigma_y * sigma_y);
    }
    X expected = x0;
    add_scaled(expected, c, pullback(measurement.adjoint(w)));
    const tmpd likelihood{measurement, y, {.sigma_y = sigma_y, .solve = moment_solve::row_sums}};
    const X got = likelihood.estimate(prior, none, x, level, some_step).x0;
    CHECK(relative_error(got.values(), expected.values()) < 1e-13);
  }
}

TEST_CASE("a run of tmpd is the run with the exact conditional denoiser, number by number", "[likelihood][tmpd]") {
  const auto prior = random_gaussian<covariance::full<double>>(5);
  const eq::score::gaussian_mixture<covariance::full<double>> mixture({1.0}, prior.mean(), {prior.covariance()});
  const auto measurement = random_operator<double>(sample, 3, 6);
  const X y = normal_tensor<double>({3, 1, 1, 3}, 7, 2.0);
  const tmpd approximate{measurement, y, {.sigma_y = 0.3, .iterations = tight}};
  const eq::likelihood::exact exact{mixture, measurement, y, 0.3};
  const eq::schedule::karras grid{.steps = 15};
  const auto check = [&](const auto& stepper) {
    const X got = eq::sampler{prior, approximate, grid, stepper}.sample({4});
    CHECK(relative_error(got.values(), eq::sampler{mixture, exact, grid, stepper}.sample({4}).values()) < 1e-6);
  };
  check(eq::stepper::ddim{});
  check(eq::stepper::ddpm{});
  check(eq::stepper::heun{});
}

TEST_CASE("samples of tmpd have the mean and the variance of the exact posterior", "[likelihood][tmpd]") {
  const std::size_t count = 2000, d = sample.sample_size();
  const auto prior = random_gaussian<covariance::low_rank<double>>(5);
  const auto measurement = random_operator<double>(sample, 3, 6);
  const double sigma_y = 0.3;
  const X one_y = normal_tensor<double>({1, 1, 1, 3}, 7, 2.0);
  X y({count, 1, 1, 3});
  transform(
      y, [](double v) { return v; }, eq::broadcast{one_y});
  const dense_posterior posterior(dense_of(prior), measurement.matrix, matrix::identity(3, sigma_y * sigma_y),
                                  to_vector(one_y, 0));
  const vector mean = posterior.mean();
  const matrix variance = posterior.covariance(), precision = inverse(variance).first;
  const double eta = GENERATE(0.0, 1.0);
  const eq::schedule::karras grid{.steps = 200};
  const eq::sampler solver{prior, tmpd{measurement, y, {.sigma_y = sigma_y, .iterations = tight}}, grid,
                           eq::stepper::ddim{.eta = eta}};
  // The start is exact but for the posterior's variance beside sigma_max^2 = 6400.
  X start(sample.with_batch(count)), middle(sample);
  std::copy(mean.begin(), mean.end(), middle.data());
  transform(
      start, [](double z, double m) { return m + 80 * z; }, eq::normal_noise{{11, 0, eq::purpose::initial_state, 0}},
      eq::broadcast{middle});
  const X x = solver.sample_from(std::move(start), 0, {11});
  // The mean square of x - m in units of the posterior is 1, but for what finite steps lose: a few percent, whichever
  // variance they end at. They keep the mean.
  vector average(d, 0.0);
  double square = 0;
  for (std::size_t b = 0; b < count; ++b) {
    const vector difference = combine(1, to_vector(x, b), -1, mean);
    square += dot(difference, precision * difference) / static_cast<double>(count * d);
    average = combine(1, average, 1.0 / static_cast<double>(count), difference);
  }
  double least = 1, largest = 0;
  for (const double v : {1e-3, 1e-2, 1e-1, 1.0, 10.0}) {
    const double ratio = reached_variance(solver.levels(), v, eta);
    least = std::min(least, ratio);
    largest = std::max(largest, ratio);
  }
  CHECK(least > 0.9);
  CHECK(largest <= 1);
  const double error = std::sqrt(2.0 / static_cast<double>(count * d));
  CHECK(square > least - 5 * error);
  CHECK(square < largest + 5 * error);
  for (std::size_t i = 0; i < d; ++i) {
    CHECK(within_standard_errors(average[i], 0, std::sqrt(variance(i, i) / static_cast<double>(count))));
  }
}

TEST_CASE("tmpd leaves the estimate from pure noise as it is, and samples on from there", "[likelihood][tmpd]") {
  const auto count = std::make_shared<calls>();
  const counting_score<white_prior<X>> prior{{sample, 0.4, 1.0}, count};
  const X y = normal_tensor<double>(batch_shape, 7), x = normal_tensor<double>(batch_shape, 8);
  const tmpd likelihood{amplifier{}, y};
  const auto pure = eq::rectified(1.0);
  const X x0 = likelihood.estimate(prior, ridge{}, x, pure, {pure, eq::rectified(0.9)}).x0;
  for (const double v : x0.values()) CHECK(v == 0.4);
  CHECK(*count == calls{.scores = 1});
  const X result = eq::sampler{prior, likelihood, eq::schedule::rectified_flow{}, eq::stepper::ddim{}}.sample({1});
  // 2 x0 + 0.05 eps = y under N(0.4, 1): a posterior deviation of 0.025.
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(std::abs(result.data()[i] - y.data()[i] / 2) < 0.2);
}

TEST_CASE("the penalty of tmpd is an energy that C multiplies, at active steps", "[likelihood][tmpd]") {
  const sine_prior prior{sample};
  const X y = normal_tensor<double>({3, 1, 1, 3}, 2), x = normal_tensor<double>(batch_shape, 1);
  const auto [x0, pullback] = prior.linearize(x, level);
  X gradient(batch_shape);
  transform(
      gradient, [](double v) { return 0.7 * v; }, x0);
  auto resting = some_step;
  resting.index = 1;
  for (const auto solve : {moment_solve::conjugate_gradients, moment_solve::row_sums}) {
    const tmpd likelihood{random_operator<double>(sample, 3, 6), y, {.solve = solve}};
    X expected = likelihood.estimate(prior, none, x, level, some_step).x0;
    CHECK(relative_error(likelihood.estimate(prior, ridge{}, x, level, resting).x0.values(), expected.values()) == 0);
    add_scaled(expected, -level.noise * level.noise / level.signal, pullback(gradient));
    const X guided = likelihood.estimate(prior, ridge{}, x, level, some_step).x0;
    CHECK(relative_error(guided.values(), expected.values()) < 1e-12);
  }
}

TEST_CASE("a step of tmpd costs one score, and k + 1 pullbacks, A and A^T, or 2 of each by row sums",
          "[likelihood][tmpd]") {
  const auto count = std::make_shared<calls>();
  const counting_score<white_prior<X>> prior{{sample}, count};
  const counting_operator<matrix_operator<double>> measurement{random_operator<double>(sample, 3, 6), count};
  const X y = normal_tensor<double>({3, 1, 1, 3}, 2);
  const auto run = [&](const eq::likelihood::tmpd_settings& settings) {
    const eq::sampler solver{prior, tmpd{measurement, y, settings}, eq::schedule::karras{.steps = 7},
                             eq::stepper::ddim{}};
    *count = {};  // the constructor asks A for its shape
    (void)solver.sample({1});
    return *count;
  };
  CHECK(run({.iterations = {.tolerance = 1e-15, .max_iterations = 2}}) ==
        calls{.scores = 7, .score_pullbacks = 21, .operators = 21, .operator_pullbacks = 21});
  CHECK(run({.solve = moment_solve::row_sums}) ==
        calls{.scores = 7, .score_pullbacks = 14, .operators = 14, .operator_pullbacks = 14});
}

TEST_CASE("a batch of tmpd is as many runs of one, which stop by themselves", "[likelihood][tmpd]") {
  const auto prior = random_gaussian<covariance::full<double>>(5);
  const auto measurement = random_operator<double>(sample, 6, 6);
  X y = normal_tensor<double>({3, 1, 1, 6}, 2), x = normal_tensor<double>(batch_shape, 1);
  // Sample 1 has nothing to solve, sample 2 much.
  const X x0 = prior.denoise(x, level), known = measurement(x0);
  std::copy(known.sample(1).begin(), known.sample(1).end(), y.sample(1).begin());
  for (double& v : y.sample(2)) v *= 1e4;
  for (const auto solve : {moment_solve::conjugate_gradients, moment_solve::row_sums}) {
    const eq::likelihood::tmpd_settings settings{.solve = solve, .iterations = {.tolerance = 0.1}};
    const X all = tmpd{measurement, y, settings}.estimate(prior, none, x, level, some_step).x0;
    for (std::size_t b = 0; b < 3; ++b) {
      const X one = tmpd{measurement, only(y, b), settings}.estimate(prior, none, only(x, b), level, some_step).x0;
      CHECK(relative_error(one.values(), only(all, b).values()) < 1e-12);
    }
  }
}

TEST_CASE("tmpd works in float, at any level", "[likelihood][tmpd]") {
  using F = eq::cpu::tensor<float>;
  const F x = normal_tensor<float>(batch_shape, 1), y = normal_tensor<float>({3, 1, 1, 3}, 2);
  const dense_mixture dense{{1.0}, {vector(8, 0.4)}, {matrix::identity(8)}};
  const auto measurement = random_operator<float>(sample, 3, 6);
  const tmpd likelihood{measurement, y, {.iterations = {.tolerance = 1e-6, .max_iterations = 50}}};
  for (const auto& l : levels) {
    const F x0 = likelihood.estimate(white_prior<F>{sample, 0.4, 1.0}, none, x, l, {l, eq::clean}).x0;
    for (std::size_t b = 0; b < 3; ++b) {
      const auto expected = condition_on_both(dense, measurement.matrix, 0.05, l, to_vector(x, b), to_vector(y, b));
      CHECK(relative_error(to_vector(x0, b), expected.mean()) < 1e-4);
    }
  }
}

TEST_CASE("tmpd says what it does not take", "[likelihood][tmpd]") {
  const X y(batch_shape, 0.0);
  CHECK_THROWS_WITH((tmpd{amplifier{}, y, {.sigma_y = -1}}),
                    "equireg::likelihood::tmpd: expected sigma_y >= 0, but it is -1");
  CHECK_THROWS_WITH((tmpd{amplifier{}, y, {.iterations = {.tolerance = 2}}}),
                    "equireg::likelihood::tmpd: expected a tolerance in [0, 1), but iterations.tolerance is 2");
  CHECK_THROWS_WITH((tmpd{amplifier{}, y}.check({1, 1, 4, 4})),
                    contains("y has shape (3, 1, 2, 4) but the operator returns (3, 1, 4, 4)"));
}

}  // namespace tmpd_test
