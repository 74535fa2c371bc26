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
#include <equireg/likelihood/pigdm.hpp>
#include <equireg/measurement/clipping.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/ve.hpp>
#include <equireg/stepper/ddim.hpp>

#include <cmath>
#include <memory>
#include <type_traits>
#include <vector>

namespace pigdm_test {

namespace eq = equireg;
using namespace equireg::test;
using X = eq::cpu::tensor<double>;
using eq::likelihood::pigdm;
namespace correction = eq::likelihood::correction;

namespace {

const eq::shape sample{1, 1, 2, 4}, batch_shape = sample.with_batch(3);
const eq::noise_level level = eq::variance_preserving(0.4);
const eq::reverse_step some_step{level, eq::variance_preserving(0.6), 0, 10, 1, 0};
const eq::regularizer::none none;
const eq::measurement::conjugate_gradients_settings tight{.tolerance = 1e-14};
constexpr auto measurement_of = [](std::uint64_t seed) { return random_operator<double>(sample, 3, seed); };

static_assert(eq::likelihood_approximation<pigdm<eq::identity_map, X>, white_prior<X>>);
static_assert(eq::likelihood_approximation<pigdm<eq::identity_map, X, correction::gaussian>, white_prior<X>, ridge>);

/// v by dense algebra: A^T (A A^T + kappa I)^-1 (y - A x0).
vector guidance_vector(const matrix& a, double kappa, const vector& x0, const vector& y) {
  const matrix gram = combine(1, a * transposed(a), kappa, matrix::identity(a.rows));
  return transposed(a) * (inverse(gram).first * combine(1, y, -1, a * x0));
}

/// A matrix with A^+ by dense algebra, for m < d.
struct with_pseudo_inverse : matrix_operator<double> {
  X pseudo_inverse(const X& y) const {
    X x(sample.with_batch(y.shape().batch));
    for (std::size_t b = 0; b < y.shape().batch; ++b) {
      const vector v = guidance_vector(matrix, 0, vector(sample.sample_size(), 0.0), to_vector(y, b));
      std::copy(v.begin(), v.end(), x.sample(b).begin());
    }
    return x;
  }
};

}  // namespace

TEST_CASE("the vector of pigdm is A^T (A A^T + kappa)^-1 (y - A x0) by prox and by conjugate gradients",
          "[likelihood][pigdm]") {
  const sine_prior prior{sample};
  const X x = normal_tensor<double>(batch_shape, 1);
  const double variance = 0.5, a = level.signal, b = level.noise;
  const double r2 = 1 / (1 / variance + a * a / (b * b));
  const auto check = [&](const auto& measurement, const matrix& dense, const X& y) {
    const auto [x0, pullback] = prior.linearize(x, level);
    const pigdm likelihood{measurement, y, {.sigma_y = 0.3, .prior_variance = variance, .solve = tight}};
    const auto [estimate, shift] = likelihood.estimate(prior, none, x, level, some_step);
    X v(batch_shape);
    for (std::size_t i = 0; i < 3; ++i) {
      const vector expected = guidance_vector(dense, 0.09 / r2, to_vector(x0, i), to_vector(y, i));
      std::copy(expected.begin(), expected.end(), v.sample(i).begin());
    }
    X expected = pullback(v);
    transform(
        expected, [&](double g) { return some_step.to.signal * a * g; }, expected);
    CHECK(relative_error(shift.values(), expected.values()) < 1e-11);
    CHECK(relative_error(estimate.values(), x0.values()) == 0);  // x0 is not guided
  };
  SECTION("any matrix") {
    const auto measurement = measurement_of(6);
    check(measurement, measurement.matrix, normal_tensor<double>({3, 1, 1, 3}, 2));
  }
  SECTION("inpainting, which has a prox") {
    X mask(sample, 1.0);
    mask(0, 0, 1, 2) = mask(0, 0, 0, 0) = 0;
    matrix dense = matrix::identity(8);
    dense(0, 0) = dense(6, 6) = 0;
    const eq::measurement::inpainting measurement{mask};
    check(measurement, dense, measurement(normal_tensor<double>(batch_shape, 2)));
  }
}

TEST_CASE("the shift of pigdm is J_D^T v in units of the next state, whatever the process", "[likelihood][pigdm]") {
  // The same model in coordinates x / a = x0 + sigma eps has the shift J_D^T v; in x_s it is a_s times that.
  const white_prior<X> prior{sample, 0.2, 0.7};
  const auto measurement = measurement_of(6);
  const X y = normal_tensor<double>({3, 1, 1, 3}, 2), unscaled = normal_tensor<double>(batch_shape, 1, 2.0);
  const pigdm likelihood{measurement, y, {.solve = tight}};
  for (const eq::noise_level from : {eq::variance_preserving(0.4), eq::rectified(0.3), eq::noise_level{0.3, 2}}) {
    const eq::noise_level to{0.8, 0.1}, plain{1, from.sigma()};
    X x = unscaled;
    transform(
        x, [&](double v) { return from.signal * v; }, x);
    const X shift = likelihood.estimate(prior, none, x, from, {from, to}).shift;
    X reference = likelihood.estimate(prior, none, unscaled, plain, {plain, {1, to.sigma()}}).shift;
    transform(
        reference, [&](double v) { return to.signal * v; }, reference);
    CHECK(relative_error(shift.values(), reference.values()) < 1e-10);
  }
}

TEST_CASE("a run of pigdm follows InverseBench's recursion step by step", "[likelihood][pigdm]") {
  // x_s = x0 + sqrt(1 - eta^2) (sigma_s / sigma) (x - x0) + eta sigma_s z + J^T v
  const white_prior<X> prior{sample, 0.2, 1.0};
  const auto measurement = measurement_of(6);
  const X y = normal_tensor<double>({3, 1, 1, 3}, 2);
  const double eta = 0.2, sigma_y = 0.05;
  const eq::schedule::ve grid{.steps = 100, .sigma_min = 0.01, .sigma_max = 100};
  const eq::sampler solver{prior, pigdm{measurement, y, {.sigma_y = sigma_y, .solve = tight}}, grid,
                           eq::stepper::ddim{.eta = eta, .rule = eq::stepper::eta_rule::simple}};
  const X result = solver.sample({5});
  X x(batch_shape);
  fill_normal(x, {5, 0, eq::purpose::initial_state, 0});
  const auto& levels = solver.levels();
  transform(
      x, [&](double v) { return levels.front().noise * v; }, x);
  for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
    const double sigma = levels[k].noise, next = levels[k + 1].noise;
    const double gain = 1 / (1 + sigma * sigma), kappa = sigma_y * sigma_y * (1 + 1 / (sigma * sigma));
    X z(batch_shape);
    fill_normal(z, {5, static_cast<std::uint32_t>(k), eq::purpose::step, 0});
    for (std::size_t b = 0; b < 3; ++b) {
      const vector state = to_vector(x, b);
      vector x0(8);
      for (std::size_t i = 0; i < 8; ++i) x0[i] = 0.2 + gain * (state[i] - 0.2);
      const vector v = guidance_vector(measurement.matrix, kappa, x0, to_vector(y, b));
      for (std::size_t i = 0; i < 8; ++i) {
        x.sample(b)[i] = x0[i] + std::sqrt(1 - eta * eta) * next / sigma * (state[i] - x0[i]) +
                         eta * next * z.sample(b)[i] + gain * v[i];
      }
    }
  }
  CHECK(relative_error(result.values(), x.values()) < 1e-9);
}

TEST_CASE("the Gaussian correction is E[x0 | x_t, y] for a white prior, at every level and at pure noise",
          "[likelihood][pigdm]") {
  const auto measurement = measurement_of(6);
  const X y = normal_tensor<double>({3, 1, 1, 3}, 2, 2.0), x = normal_tensor<double>(batch_shape, 1);
  for (const double variance : {1.0, 0.3, 4.0}) {
    const white_prior<X> prior{sample, 0.4, variance};
    const dense_mixture dense{{1.0}, {vector(8, 0.4)}, {matrix::identity(8, variance)}};
    const pigdm likelihood{
        measurement, y, {.sigma_y = 0.2, .prior_variance = variance, .solve = tight}, correction::gaussian{}};
    for (const auto& l : {eq::variance_preserving(0.98), eq::variance_preserving(0.3), eq::variance_exploding(2.0),
                          eq::variance_exploding(80.0), eq::rectified(0.9), eq::rectified(1.0)}) {
      INFO("a = " << l.signal << ", b = " << l.noise << ", variance " << variance);
      const auto [x0, shift] = likelihood.estimate(prior, none, x, l, {l, eq::clean});
      static_assert(std::is_same_v<std::remove_cvref_t<decltype(shift)>, eq::absent>);
      for (std::size_t b = 0; b < 3; ++b) {
        const vector expected =
            condition_on_both(dense, measurement.matrix, 0.2, l, to_vector(x, b), to_vector(y, b)).mean();
        CHECK(relative_error(to_vector(x0, b), expected) < 1e-9);
      }
    }
  }
}

TEST_CASE("the Gaussian correction is x0 + (1 + sigma^2) times what is published, in units of the data",
          "[likelihood][pigdm]") {
  const sine_prior prior{sample};
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>({3, 1, 1, 3}, 2);
  const auto published = pigdm{measurement_of(6), y}.estimate(prior, none, x, level, some_step);
  const auto gaussian =
      pigdm{measurement_of(6), y, {}, correction::gaussian{}}.estimate(prior, none, x, level, some_step);
  X expected = published.x0;
  add_scaled(expected, (1 + level.sigma() * level.sigma()) / some_step.to.signal, published.shift);
  CHECK(relative_error(gaussian.x0.values(), expected.values()) < 1e-12);
}

TEST_CASE("without noise pigdm takes A^+ y - A^+ A(x0), the limit of the solve", "[likelihood][pigdm]") {
  const sine_prior prior{sample};
  const with_pseudo_inverse measurement{measurement_of(6)};
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>({3, 1, 1, 3}, 2);
  const X exact = pigdm{measurement, y, {.sigma_y = 0}}.estimate(prior, none, x, level, some_step).shift;
  const auto [x0, pullback] = prior.linearize(x, level);
  X v(batch_shape);
  for (std::size_t b = 0; b < 3; ++b) {
    const vector expected = guidance_vector(measurement.matrix, 0, to_vector(x0, b), to_vector(y, b));
    std::copy(expected.begin(), expected.end(), v.sample(b).begin());
  }
  X expected = pullback(v);
  transform(
      expected, [](double g) { return some_step.to.signal * level.signal * g; }, expected);
  CHECK(relative_error(exact.values(), expected.values()) < 1e-12);
  // And sigma_y of next to nothing is next to that: kappa = 1e-8 / r^2 of singular values of about 1.
  const X nearly =
      pigdm{measurement, y, {.sigma_y = 1e-9, .solve = tight}}.estimate(prior, none, x, level, some_step).shift;
  CHECK(relative_error(nearly.values(), exact.values()) < 1e-6);
}

TEST_CASE("pigdm takes an operator that is not linear by its pseudo-inverse", "[likelihood][pigdm]") {
  const sine_prior prior{sample};
  const eq::measurement::clipping clip{.factor = 2, .low = -1, .high = 1};
  const X x = normal_tensor<double>(batch_shape, 1), y = clip(normal_tensor<double>(batch_shape, 2));
  for (const double sigma_y : {0.0, 0.05}) {  // which is not read
    const auto estimate = pigdm{clip, y, {.sigma_y = sigma_y}}.estimate(prior, none, x, level, some_step);
    const auto [x0, pullback] = prior.linearize(x, level);
    X v = clip.pseudo_inverse(y);
    add_scaled(v, -1, clip.pseudo_inverse(clip(x0)));
    const X expected = pullback(v);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CHECK(close(estimate.shift.data()[i], some_step.to.signal * level.signal * expected.data()[i], 1e-12));
    }
  }
}

TEST_CASE("the penalty of pigdm enters before the pullback, at active steps, and moves x0 as it says",
          "[likelihood][pigdm]") {
  const sine_prior prior{sample};
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>({3, 1, 1, 3}, 2);
  const auto [x0, pullback] = prior.linearize(x, level);
  X gradient(batch_shape);
  transform(
      gradient, [](double v) { return 0.7 * v; }, x0);
  const X pulled = pullback(gradient);
  auto resting = some_step;
  resting.index = 1;
  SECTION("published") {
    const pigdm likelihood{measurement_of(6), y};
    X expected = likelihood.estimate(prior, none, x, level, some_step).shift;
    CHECK(relative_error(likelihood.estimate(prior, ridge{}, x, level, resting).shift.values(), expected.values()) ==
          0);
    add_scaled(expected, -some_step.to.signal * level.signal, pulled);
    const X shift = likelihood.estimate(prior, ridge{}, x, level, some_step).shift;
    CHECK(relative_error(shift.values(), expected.values()) < 1e-12);
  }
  SECTION("gaussian") {
    const pigdm likelihood{measurement_of(6), y, {}, correction::gaussian{}};
    X expected = likelihood.estimate(prior, none, x, level, some_step).x0;
    CHECK(relative_error(likelihood.estimate(prior, ridge{}, x, level, resting).x0.values(), expected.values()) == 0);
    add_scaled(expected, -(1 + level.sigma() * level.sigma()) * level.signal, pulled);
    const X guided = likelihood.estimate(prior, ridge{}, x, level, some_step).x0;
    CHECK(relative_error(guided.values(), expected.values()) < 1e-12);
  }
}

TEST_CASE("a step of pigdm costs one score, one pullback and one proximal point, or one A and one A^+",
          "[likelihood][pigdm]") {
  const auto count = std::make_shared<calls>();
  const counting_score<white_prior<X>> prior{{sample}, count};
  const counting_operator<eq::measurement::inpainting<X>> measurement{eq::measurement::inpainting{X(sample, 1.0)},
                                                                      count};
  const X y = normal_tensor<double>(batch_shape, 2);
  const eq::schedule::ve grid{.steps = 7};
  const auto run = [&](const auto& likelihood) {
    *count = {};
    const eq::sampler solver{prior, likelihood, grid, eq::stepper::ddim{}};
    *count = {};  // the constructor asks A for its shape
    (void)solver.sample({1});
    return *count;
  };
  CHECK(run(pigdm{measurement, y}) == calls{.scores = 7, .score_pullbacks = 7, .proxes = 7});
  CHECK(run(pigdm{measurement, y, {.sigma_y = 0}}) ==
        calls{.scores = 7, .score_pullbacks = 7, .operators = 7, .pseudo_inverses = 7});
}

TEST_CASE("a batch of pigdm is as many runs of one", "[likelihood][pigdm]") {
  const sine_prior prior{sample};
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>({3, 1, 1, 3}, 2);
  const X all = pigdm{measurement_of(6), y}.estimate(prior, none, x, level, some_step).shift;
  for (std::size_t b = 0; b < 3; ++b) {
    const X one = pigdm{measurement_of(6), only(y, b)}.estimate(prior, none, only(x, b), level, some_step).shift;
    CHECK(relative_error(one.values(), only(all, b).values()) < 1e-13);
  }
}

TEST_CASE("pigdm works in float, where kappa is small", "[likelihood][pigdm]") {
  using F = eq::cpu::tensor<float>;
  const white_prior<F> prior{sample, 0.4, 1.0};
  const F x = normal_tensor<float>(batch_shape, 1), y = normal_tensor<float>({3, 1, 1, 3}, 2);
  const X wide_x = normal_tensor<double>(batch_shape, 1), wide_y = normal_tensor<double>({3, 1, 1, 3}, 2);
  for (const double sigma : {0.01, 1.0, 100.0}) {
    const eq::noise_level l = eq::variance_exploding(sigma);
    const auto narrow = pigdm{random_operator<float>(sample, 3, 6), y, {}, correction::gaussian{}}.estimate(
        prior, none, x, l, {l, eq::clean});
    const auto wide = pigdm{measurement_of(6), wide_y, {.solve = tight}, correction::gaussian{}}.estimate(
        white_prior<X>{sample, 0.4, 1.0}, none, wide_x, l, {l, eq::clean});
    CHECK(relative_error(narrow.x0.values(), wide.x0.values()) < 1e-4);
  }
}

TEST_CASE("pigdm says what it does not take", "[likelihood][pigdm]") {
  const X y = normal_tensor<double>({3, 1, 1, 3}, 2);
  CHECK_THROWS_WITH((pigdm{measurement_of(6), y, {.sigma_y = -1}}),
                    "equireg::likelihood::pigdm: expected sigma_y >= 0, but it is -1");
  CHECK_THROWS_WITH((pigdm{measurement_of(6), y, {.prior_variance = 0}}),
                    "equireg::likelihood::pigdm: expected prior_variance > 0, but it is 0");
  CHECK_THROWS_WITH((pigdm{measurement_of(6), y, {.sigma_y = 0}}),
                    contains("sigma_y is 0, for which the operator should have a pseudo_inverse"));
  CHECK_THROWS_WITH((eq::sampler{white_prior<X>{{1, 1, 2, 4}}, pigdm{measurement_of(6), X({2, 1, 1, 4}, 0.0)},
                                 eq::schedule::ve{}, eq::stepper::ddim{}}),
                    contains("y has shape (2, 1, 1, 4) but the operator returns (2, 1, 1, 3)"));
}

}  // namespace pigdm_test
