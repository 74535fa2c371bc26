// SPDX-License-Identifier: BSD-3-Clause
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/counting.hpp"
#include "support/foreign.hpp"
#include "support/guidance.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/inner/adam.hpp>
#include <equireg/likelihood/red_diff.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/by_likelihood.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

namespace red_diff_test {

namespace eq = equireg;
using namespace equireg::test;
using X = eq::cpu::tensor<double>;
using eq::likelihood::red_diff;
using eq::likelihood::red_diff_scale;
using eq::likelihood::red_diff_settings;
using eq::likelihood::red_diff_start;
using eq::likelihood::red_diff_weighting;

namespace {

const eq::shape sample{1, 1, 2, 4}, batch_shape = sample.with_batch(3);
const eq::noise_level level = eq::variance_preserving(0.1);  // sigma = 3
const eq::reverse_step some_step{level, eq::variance_preserving(0.2), 4, 10, 17, 0};
const eq::regularizer::none none;
const sine_prior prior{sample};

static_assert(eq::likelihood_approximation<red_diff<eq::identity_map, X>, white_prior<X>>);
static_assert(eq::makes_steps<red_diff<squarer, X>, X>);
static_assert(eq::makes_initial_states<red_diff<squarer, X>, X>);

X normal(const eq::shape& s, std::uint32_t which) { return eq::test::normal_numbers<X>(s, 55, which); }

/// f(sigma) as the published code names it.
double weight(red_diff_weighting w, double sigma) {
  switch (w) {
    case red_diff_weighting::linear: return sigma;
    case red_diff_weighting::square_root: return std::sqrt(sigma);
    case red_diff_weighting::two_thirds: return std::pow(sigma, 2.0 / 3);
    case red_diff_weighting::logarithm: return std::log(sigma + 1);
    case red_diff_weighting::truncated: return std::min(sigma, 1.0);
    case red_diff_weighting::square: return sigma * sigma;
    case red_diff_weighting::constant: return 1;
  }
  return 0;
}

constexpr red_diff_weighting weightings[] = {red_diff_weighting::linear,     red_diff_weighting::square_root,
                                             red_diff_weighting::two_thirds, red_diff_weighting::logarithm,
                                             red_diff_weighting::truncated,  red_diff_weighting::square,
                                             red_diff_weighting::constant};

/// x_t = a mu + b z, with the numbers of the step.
std::pair<X, X> noised(const X& mu, const eq::noise_level& at, const eq::reverse_step& step) {
  X x(mu.shape()), z(mu.shape());
  fill_normal(z, step.noise(eq::purpose::likelihood));
  transform(
      x, [at](double m, double n) { return at.signal * m + at.noise * n; }, mu, z);
  return {std::move(x), std::move(z)};
}

/// w_t (eps_hat - z) / N_x, as it is written.
X prior_gradient(const X& mu, const eq::noise_level& at, const eq::reverse_step& step, double w_t, double entries) {
  auto [x, z] = noised(mu, at, step);
  X g(mu.shape());
  transform(
      g, [=](double v, double n, double x0) { return w_t * ((v - at.signal * x0) / at.noise - n) / entries; }, x, z,
      prior.denoise(x, at));
  return g;
}

/// Levels that hardly change: the descent sees one objective.
struct one_level {
  double sigma = 1;
  std::size_t steps = 400;
  [[nodiscard]] std::vector<eq::noise_level> levels() const {
    std::vector<eq::noise_level> result;
    for (std::size_t k = 0; k < steps; ++k) {
      result.push_back(
          eq::variance_exploding(sigma * (1 - 1e-4 * static_cast<double>(k) / static_cast<double>(steps))));
    }
    result.push_back(eq::clean);
    return result;
  }
};

}  // namespace

TEST_CASE("red_diff descends the weighted difference of noises, the misfit and the penalty", "[likelihood][red_diff]") {
  const X mu = normal(batch_shape, 1), y = normal(batch_shape, 2);
  const squarer a;
  const double h = tolerance<double>::step;
  for (const auto weighting : weightings) {
    for (const auto scale : {red_diff_scale::means, red_diff_scale::sums}) {
      const red_diff likelihood{
          a, y, {.prior_weight = 0.3, .weighting = weighting, .data_weight = 0.7, .scale = scale}};
      const X gradient = likelihood.estimate(prior, ridge{}, mu, level, some_step).shift;
      const double entries = scale == red_diff_scale::means ? 8 : 1;
      const X first = prior_gradient(mu, level, some_step, 0.3 * weight(weighting, 3), entries);
      for (std::size_t b = 0; b < 3; ++b) {
        for (std::size_t i = 0; i < 8; ++i) {
          const auto misfit = [&](double m) {  // v / (2 N_y) of this entry, the only one that moves
            const double r = y.sample(b)[i] - m * m;
            return 0.7 * r * r / (2 * entries);
          };
          const double m = mu.sample(b)[i], slope = (misfit(m + h) - misfit(m - h)) / (2 * h);
          CHECK(close(gradient.sample(b)[i], first.sample(b)[i] + slope + 0.7 * m, 1e-8, 10.0));
        }
      }
    }
  }
}

TEST_CASE("red_diff counts measured entries only", "[likelihood][red_diff]") {
  const X mu = normal(batch_shape, 1), y = normal(batch_shape, 2), mask = mask_of_five<X>();
  const red_diff likelihood{eq::measurement::inpainting{mask}, y, {.prior_weight = 0, .data_weight = 2}};
  const X gradient = likelihood.estimate(prior, none, mu, level, some_step).shift;
  for (std::size_t b = 0; b < 3; ++b) {
    for (std::size_t i = 0; i < 8; ++i) {
      CHECK(close(gradient.sample(b)[i], 2.0 / 5 * mask.data()[i] * (mu.sample(b)[i] - y.sample(b)[i]), 1e-13, 1.0));
    }
  }
}

TEST_CASE("red_diff's penalty acts on mu, at its active steps, and its estimate is that of x_t",
          "[likelihood][red_diff]") {
  const X mu = normal(batch_shape, 1), y = normal(batch_shape, 2);
  const red_diff likelihood{amplifier{}, y};
  eq::reverse_step odd = some_step;
  odd.index = 5;
  const auto resting = likelihood.estimate(prior, ridge{}, mu, level, odd);
  CHECK(same_bits(resting.shift, likelihood.estimate(prior, none, mu, level, odd).shift));
  CHECK(same_bits(resting.x0, prior.denoise(noised(mu, level, odd).first, level)));
  const X bare = likelihood.estimate(prior, none, mu, level, some_step).shift;
  const X with = likelihood.estimate(prior, ridge{}, mu, level, some_step).shift;
  for (std::size_t i = 0; i < mu.size(); ++i) {
    CHECK(close(with.data()[i] - bare.data()[i], 0.7 * mu.data()[i], 1e-12, 4.0));
  }
}

TEST_CASE("red_diff starts at A^+ y, at A^T y or at 0", "[likelihood][red_diff]") {
  const X y = normal(batch_shape, 2), mask = mask_of_five<X>(), zero(batch_shape, 0.0);
  const auto start = [&](const auto& likelihood) {
    X mu = normal(batch_shape, 9);
    likelihood.begin(mu, level);
    return mu;
  };
  const eq::measurement::inpainting inpainting{mask};
  CHECK(same_bits(start(red_diff{inpainting, y}), inpainting(y)));
  CHECK(same_bits(start(red_diff{inpainting, y, {.start = red_diff_start::zero}}), zero));
  CHECK(same_bits(start(red_diff{amplifier{}, y}), zero));  // no pseudo-inverse
  CHECK(same_bits(start(red_diff{amplifier{}, y, {.start = red_diff_start::adjoint}}), amplifier{}(y)));
  CHECK_THROWS_WITH((red_diff{squarer{}, y, {.start = red_diff_start::adjoint}}),
                    contains("the operator has no adjoint: choose red_diff_start::pseudo_inverse"));
}

TEST_CASE("red_diff is one Adam over all steps of the schedule, and returns mu", "[likelihood][red_diff]") {
  const X y = normal(batch_shape, 2);
  const eq::schedule::vp_linear grid{.steps = 6};
  const red_diff likelihood{squarer{}, y, {.data_weight = 0.5, .adam = {.rate = 0.2, .beta_1 = 0.8, .beta_2 = 0.95}}};
  const X result = eq::sampler{prior, likelihood, ridge{}, grid}.sample({8});

  const auto levels = grid.levels();
  eq::inner::adam<X> adam{{.rate = 0.2, .beta_1 = 0.8, .beta_2 = 0.95}, batch_shape};
  X mu(batch_shape, 0.0);
  for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
    const eq::reverse_step step{levels[k], levels[k + 1], k, 6, 8, 0};
    X g = prior_gradient(mu, levels[k], step, 0.25 * levels[k].sigma(), 8);
    transform(
        g,
        [on = k % 2 == 0](double v, double m, double data) {
          return v + 0.5 / 8 * 2 * m * (m * m - data) + (on ? 0.7 * m : 0.0);
        },
        g, mu, y);
    adam.step(mu, g);
  }
  CHECK(relative_error(result.values(), mu.values()) < 1e-9);
}

TEST_CASE("red_diff with a rate of 0 returns where it started", "[likelihood][red_diff]") {
  const X y = normal(batch_shape, 2);
  const eq::measurement::inpainting a{mask_of_five<X>()};
  const red_diff likelihood{a, y, {.adam = {.rate = 0}}};
  CHECK(same_bits(eq::sampler{prior, likelihood, eq::schedule::vp_linear{.steps = 5}}.sample({8}), a(y)));
}

TEST_CASE("red_diff takes N scores without a pullback, N A and N A^T, and A^+ once", "[likelihood][red_diff]") {
  const auto count = std::make_shared<calls>();
  const counting_score<sine_prior> score{prior, count};
  const counting_operator<eq::measurement::inpainting<X>> a{eq::measurement::inpainting{mask_of_five<X>()}, count};
  const eq::sampler solver{score, red_diff{a, normal(batch_shape, 2)}, eq::schedule::vp_linear{.steps = 7}};
  *count = {};
  solver.sample({5});
  CHECK(*count == calls{.scores = 7, .operators = 7, .operator_pullbacks = 7, .pseudo_inverses = 1});
}

TEST_CASE("at one level red_diff finds the minimiser that is known for a Gaussian prior", "[likelihood][red_diff]") {
  // x0 ~ N(m, c I): the mean of mu - x0_hat over z is (mu - m) sigma^2 / (c + sigma^2), so that
  // w sigma^2 / (c + sigma^2) (mu - m) = v factor (y - factor mu), with linear weights and N_x = N_y.
  const double m = 0.3, c = 0.5, sigma = 1, w = 0.25, v = 0.05, factor = 2, y = 1.4;
  const white_prior<X> white{{1, 1, 2, 2}, m, c};
  const double stiffness = w * sigma * sigma / (c + sigma * sigma);
  const double minimiser = (stiffness * m + v * factor * y) / (stiffness + v * factor * factor);
  const red_diff likelihood{amplifier{factor}, X({1024, 1, 2, 2}, y), {.data_weight = v, .adam = {.rate = 0.02}}};

  // 4096 elements with noise of their own. Gradients are linear in mu and z, and a step changes its sign with its
  // gradients: once the start is forgotten (400 steps are 30 times as long as that takes) mu is spread evenly around
  // the minimiser, which moves by 1e-5 while sigma falls.
  const X mu = eq::sampler{white, likelihood, one_level{.sigma = sigma}}.sample({4});
  double mean = 0, square = 0;
  for (const double u : mu.values()) mean += u / static_cast<double>(mu.size());
  for (const double u : mu.values()) square += (u - mean) * (u - mean) / static_cast<double>(mu.size());
  CHECK(within_standard_errors(mean, minimiser, std::sqrt(square / static_cast<double>(mu.size()))));
  CHECK(std::sqrt(square) < 0.1);
  CHECK(std::abs(minimiser - m) > 0.2);           // neither the prior's mean
  CHECK(std::abs(minimiser - y / factor) > 0.1);  // nor the data's
}

TEST_CASE("a batch in red_diff is as many runs of one", "[likelihood][red_diff]") {
  const X y = normal(batch_shape, 2);
  const eq::schedule::vp_linear grid{.steps = 5};
  const X batch = eq::sampler{prior, red_diff{squarer{}, y}, ridge{}, grid}.sample({8});
  for (std::size_t b = 0; b < 3; ++b) {
    const eq::sampler alone{prior, red_diff{squarer{}, only(y, b)}, ridge{}, grid, {.first_sample = b}};
    CHECK(same_bits(alone.sample({8}), only(batch, b)));
  }
}

TEST_CASE("red_diff begins at pure noise, with every weighting but the square", "[likelihood][red_diff]") {
  const white_prior<X> white{sample, 0.3, 2.0};
  const X y = normal(batch_shape, 2);
  for (const auto weighting : weightings) {
    const eq::sampler solver{white, red_diff{amplifier{}, y, {.weighting = weighting}},
                             eq::schedule::rectified_flow{.steps = 5}};
    if (weighting == red_diff_weighting::square) {
      CHECK_THROWS_WITH(solver.sample({8}), contains("red_diff_weighting::square has no bound at pure noise"));
    } else {
      CHECK_NOTHROW(solver.sample({8}));
    }
  }
  // The limits for sigma without bound: w for `linear`, 0 for what grows less.
  const eq::noise_level pure{0, 1, 1};
  CHECK(red_diff_settings{}.pull(pure) == 0.25);
  CHECK(red_diff_settings{.weighting = red_diff_weighting::logarithm}.pull(pure) == 0);
  CHECK(red_diff_settings{.weighting = red_diff_weighting::constant}.pull(pure) == 0);
}

TEST_CASE("red_diff in float agrees with red_diff in double", "[likelihood][red_diff]") {
  using F = eq::cpu::tensor<float>;
  const X y = normal(batch_shape, 2);
  F y_float(batch_shape);
  std::ranges::transform(y.values(), y_float.data(), [](double v) { return static_cast<float>(v); });
  const eq::schedule::vp_linear grid{.steps = 4};
  const white_prior<X> in_double{sample, 0.3, 2.0};
  const white_prior<F> in_float{sample, 0.3, 2.0};
  const X expected = eq::sampler{in_double, red_diff{amplifier{}, y}, grid}.sample({8});
  const F x = eq::sampler{in_float, red_diff{amplifier{}, y_float}, grid}.sample({8});
  CHECK(relative_error(x.values(), expected.values()) < 1e-4);
}

TEST_CASE("red_diff refuses settings out of range and data of another shape", "[likelihood][red_diff]") {
  const X y(batch_shape, 0.0);
  CHECK_THROWS_WITH((red_diff{amplifier{}, y, {.prior_weight = -1}}),
                    "equireg::likelihood::red_diff: expected prior_weight >= 0, but it is -1");
  CHECK_THROWS_WITH((red_diff{amplifier{}, y, {.data_weight = std::nan("")}}), contains("expected data_weight >= 0"));
  CHECK_THROWS_WITH((red_diff{amplifier{}, y, {.adam = {.rate = -2}}}), contains("expected an Adam rate >= 0"));
  CHECK_THROWS_WITH((red_diff{amplifier{}, y}.check({1, 1, 3, 3})),
                    "equireg::likelihood::red_diff: y has shape (3, 1, 2, 4) but the operator returns (3, 1, 3, 3)");
}

}  // namespace red_diff_test
