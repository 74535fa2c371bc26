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
#include <equireg/likelihood/diffpir.hpp>
#include <equireg/measurement/clipping.hpp>
#include <equireg/measurement/identity.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddim.hpp>
#include <equireg/stepper/renoise.hpp>

#include <cmath>
#include <memory>
#include <vector>

namespace diffpir_test {

namespace eq = equireg;
using namespace equireg::test;
using X = eq::cpu::tensor<double>;
using eq::likelihood::diffpir;
using eq::likelihood::diffpir_settings;
using eq::likelihood::task;

namespace {

const eq::shape sample{1, 1, 2, 4}, batch_shape = sample.with_batch(3);
const eq::noise_level level = eq::variance_preserving(0.4);
const eq::reverse_step some_step{level, eq::variance_preserving(0.6), 0, 10, 1, 0};
const eq::regularizer::none none;
const eq::measurement::conjugate_gradients_settings tight{.tolerance = 1e-14};
const white_prior<X> prior{sample, 0.2, 0.7};
constexpr auto measurement_of = [](std::uint64_t seed) { return random_operator<double>(sample, 3, seed); };

static_assert(eq::likelihood_approximation<diffpir<eq::identity_map, X>, white_prior<X>>);
static_assert(eq::likelihood_approximation<diffpir<squarer, X>, white_prior<X>, ridge>);
static_assert(eq::makes_initial_states<diffpir<eq::identity_map, X>, X>);

X difference(const X& a, const X& b) {
  X d(a.shape());
  transform(
      d, [](double v, double w) { return v - w; }, a, b);
  return d;
}

double size(const X& x) {
  double sum = 0;
  for (const double v : x.values()) sum += v * v;
  return std::sqrt(sum);
}

template <class Likelihood>
X x0_of(const Likelihood& likelihood, const X& x, const eq::noise_level& at = level) {
  return likelihood.estimate(prior, none, x, at, some_step).x0;
}

}  // namespace

TEST_CASE("diffpir's x0 satisfies A^T (A u - y) + rho (u - x0) = 0 at every level", "[likelihood][diffpir]") {
  const X x = normal_tensor<double>(batch_shape, 1);
  const auto check = [&](const auto& a, const X& y) {
    const diffpir likelihood{a, y, {.lambda = 1.3, .sigma_y = 0.2, .solve = tight}};
    for (const eq::noise_level at : {eq::variance_preserving(0.4), eq::rectified(0.3), eq::variance_exploding(0.05)}) {
      const double rho = 1.3 * 0.04 / (at.sigma() * at.sigma());
      const X u = x0_of(likelihood, x, at);
      X gradient = a.adjoint(difference(a(u), y));
      const double scale = size(gradient);
      add_scaled(gradient, rho, difference(u, prior.denoise(x, at)));
      CHECK(scale > 1e-3);
      CHECK(size(gradient) < 1e-11 * (scale + size(y)));
    }
  };
  SECTION("a matrix, by conjugate gradients") { check(measurement_of(6), normal_tensor<double>({3, 1, 1, 3}, 2)); }
  SECTION("a mask, by its own prox") {
    X mask(sample, 1.0);
    mask(0, 0, 1, 2) = mask(0, 0, 0, 0) = 0;
    const eq::measurement::inpainting a{mask};
    check(a, a(normal_tensor<double>(batch_shape, 2)));
  }
}

TEST_CASE("diffpir with A = I returns y as the noise vanishes, and x0 as it grows", "[likelihood][diffpir]") {
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>(batch_shape, 2);
  const diffpir exact{eq::measurement::identity{}, y, {.lambda = 1, .sigma_y = 0}};
  // sigma_y = 0 counts as 1e-4: rho = 1e-8 / sigma_t^2.
  CHECK(relative_error(x0_of(exact, x).values(), y.values()) < 1e-7);
  const diffpir no_prior{eq::measurement::identity{}, y, {.lambda = 0}};
  CHECK(relative_error(x0_of(no_prior, x).values(), y.values()) < 1e-7);
  const diffpir ignorant{eq::measurement::identity{}, y, {.sigma_y = 1e8}};
  CHECK(relative_error(x0_of(ignorant, x).values(), prior.denoise(x, level).values()) < 1e-12);
}

TEST_CASE("diffpir in [0, 1] with a published lambda is diffpir in [-1, 1] with lambda / 4 and twice the noise",
          "[likelihood][diffpir]") {
  const auto a = measurement_of(6);
  const double published_lambda = 7, sigma_n = 0.03, sigma_t = level.sigma();
  const X x = normal_tensor<double>(batch_shape, 1), x0 = prior.denoise(x, level);
  const X y = normal_tensor<double>({3, 1, 1, 3}, 2);  // of images in [0, 1]
  X half(batch_shape);                                 // (x0 + 1) / 2
  transform(
      half, [](double v) { return (v + 1) / 2; }, x0);
  const double mixed_rho = published_lambda * sigma_n * sigma_n / (sigma_t * sigma_t);
  X expected = eq::measurement::solve_prox(a, half, y, mixed_rho, tight);
  transform(
      expected, [](double v) { return 2 * v - 1; }, expected);
  X y_of_whole = y;  // A (2 u - 1) = 2 A u - A 1
  transform(
      y_of_whole, [](double v, double ones) { return 2 * v - ones; }, y, a(X(batch_shape, 1.0)));
  const diffpir likelihood{a, y_of_whole, {.lambda = published_lambda / 4, .sigma_y = 2 * sigma_n, .solve = tight}};
  CHECK(relative_error(x0_of(likelihood, x).values(), expected.values()) < 1e-11);
}

TEST_CASE("for a Gaussian prior and lambda = 1, diffpir's x0 is exact where sigma_t is the prior's deviation given x_t",
          "[likelihood][diffpir]") {
  // x0 | x_t ~ N(x0_hat, r^2), r^2 = c b^2 / (a^2 c + b^2); the prox has sigma_t^2 = b^2 / a^2 in its place, which is
  // r^2 as c grows.
  const white_prior<X> wide{sample, 0.2, 1e8};
  const auto a = measurement_of(6);
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>({3, 1, 1, 3}, 2);
  const diffpir likelihood{a, y, {.lambda = 1, .sigma_y = 0.3, .solve = tight}};
  const X x0 = likelihood.estimate(wide, none, x, level, some_step).x0;
  const dense_mixture dense{{1.0}, {vector(8, 0.2)}, {matrix::identity(8, 1e8)}};
  for (std::size_t b = 0; b < 3; ++b) {
    const vector mean = condition_on_both(dense, a.matrix, 0.3, level, to_vector(x, b), to_vector(y, b)).mean();
    CHECK(relative_error(to_vector(x0, b), mean) < 1e-6);
  }
}

TEST_CASE("diffpir goes the share `guidance` of the way, and then against the penalty", "[likelihood][diffpir]") {
  const auto a = measurement_of(6);
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>({3, 1, 1, 3}, 2);
  const diffpir whole{a, y, {.solve = tight}}, part{a, y, {.guidance = 0.3, .solve = tight}};
  const X nearest = x0_of(whole, x), x0 = prior.denoise(x, level);
  X expected(batch_shape);
  transform(
      expected, [](double v, double u) { return v + 0.3 * (u - v); }, x0, nearest);
  CHECK(relative_error(x0_of(part, x).values(), expected.values()) < 1e-14);
  transform(
      expected, [](double v) { return v - 0.7 * v; }, expected);  // grad R = 0.7 x0
  CHECK(relative_error(part.estimate(prior, ridge{}, x, level, some_step).x0.values(), expected.values()) < 1e-14);
  eq::reverse_step rest = some_step;
  rest.index = 1;
  CHECK(relative_error(part.estimate(prior, ridge{}, x, level, rest).x0.values(), x0_of(part, x).values()) == 0);
}

TEST_CASE(
    "where A is not linear diffpir makes one step along A'^T (y - A x0), as published or no further than the "
    "linearised objective falls",
    "[likelihood][diffpir]") {
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>(batch_shape, 2);
  const X x0 = prior.denoise(x, level);
  using eq::likelihood::first_order_length;
  for (const double lambda : {0.01, 1.0, 1e5}) {
    const double rho = lambda * 0.04 / (level.sigma() * level.sigma());
    const diffpir model{squarer{}, y, {.lambda = lambda, .sigma_y = 0.2, .probe = 1e-6}};
    const diffpir published{squarer{}, y, {.lambda = lambda, .sigma_y = 0.2, .length = first_order_length::published}};
    const X by_model = x0_of(model, x), as_published = x0_of(published, x);
    for (std::size_t b = 0; b < 3; ++b) {
      const vector u = to_vector(x0, b), data = to_vector(y, b);
      vector d(8);
      double dd = 0, pp = 0;
      for (std::size_t i = 0; i < 8; ++i) {
        d[i] = 2 * u[i] * (data[i] - u[i] * u[i]);
        dd += d[i] * d[i];
        pp += 4 * u[i] * u[i] * d[i] * d[i];
      }
      CHECK(relative_error(to_vector(as_published, b), combine(1, u, 1 / rho, d)) < 1e-13);
      const double error = relative_error(to_vector(by_model, b), combine(1, u, dd / (pp + rho * dd), d));
      CHECK(error < 1e-5);  // of the probe
    }
    if (lambda == 1e5) CHECK(relative_error(by_model.values(), as_published.values()) < 1e-3);
  }
}

TEST_CASE("diffpir takes the proximal point of a clipped measurement, though it is not linear",
          "[likelihood][diffpir]") {
  const eq::measurement::clipping a{.factor = 2};
  const X x = normal_tensor<double>(batch_shape, 1), y = a(normal_tensor<double>(batch_shape, 2));
  const diffpir likelihood{a, y, {.lambda = 1, .sigma_y = 0.2}};
  const double rho = 0.04 / (level.sigma() * level.sigma());
  const X expected = a.prox(prior.denoise(x, level), y, rho);
  CHECK(relative_error(x0_of(likelihood, x).values(), expected.values()) < 1e-14);
}

TEST_CASE("diffpir starts at a_T x_init + b_T z", "[likelihood][diffpir]") {
  using eq::likelihood::initial_image;
  const eq::measurement::clipping clip{.factor = 2};
  const auto a = measurement_of(6);
  const X noise = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>({3, 1, 1, 3}, 2);
  const X clipped = clip(normal_tensor<double>(batch_shape, 2));
  const auto check = [&](const auto& likelihood, const X& image) {
    X x = noise, expected = noise;
    likelihood.begin(x, level);
    add_scaled(expected, level.signal, image);
    CHECK(relative_error(x.values(), expected.values()) < 1e-15);
  };
  check(diffpir{a, y}, X(batch_shape, 0.0));
  check(diffpir{a, y, {.start = initial_image::adjoint}}, a.adjoint(y));
  check(diffpir{clip, clipped, {.start = initial_image::pseudo_inverse}}, clip.pseudo_inverse(clipped));
  CHECK_THROWS_WITH((diffpir{a, y, {.start = initial_image::pseudo_inverse}}),
                    contains("choose initial_image::none or adjoint"));
  CHECK_THROWS_WITH((diffpir{clip, clipped, {.start = initial_image::adjoint}}),
                    contains("choose initial_image::none or pseudo_inverse"));
}

TEST_CASE("a run of diffpir follows the published loop, and ends at the last x0", "[likelihood][diffpir]") {
  // x_s = a_s x0 + sqrt(1 - zeta) b_s (x_t - a_t x0) / b_t + sqrt(zeta) b_s z, and for A = I
  // x0 = (y + rho x0_hat) / (1 + rho).
  const double zeta = 0.3, lambda = 1.75, sigma_y = 0.1;
  const X y = normal_tensor<double>(batch_shape, 2);
  const eq::schedule::vp_linear grid{.steps = 20};
  const diffpir likelihood{
      eq::identity_map{}, y, {.lambda = lambda, .sigma_y = sigma_y, .start = eq::likelihood::initial_image::adjoint}};
  const eq::sampler solver{prior, likelihood, grid, eq::stepper::renoise{.fresh = zeta}};
  const X result = solver.sample({5});
  const auto& levels = solver.levels();
  X x(batch_shape);
  fill_normal(x, {5, 0, eq::purpose::initial_state, 0});
  transform(
      x, [&](double z, double v) { return levels[0].noise * z + levels[0].signal * v; }, x, y);
  X x0(batch_shape);
  for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
    const eq::noise_level &from = levels[k], &to = levels[k + 1];
    const double rho = lambda * sigma_y * sigma_y / (from.sigma() * from.sigma());
    transform(
        x0, [&](double v, double w) { return (w + rho * v) / (1 + rho); }, prior.denoise(x, from), y);
    transform(
        x,
        [&](double v, double u, double z) {
          return to.signal * u + std::sqrt(1 - zeta) * to.noise * (v - from.signal * u) / from.noise +
                 std::sqrt(zeta) * to.noise * z;
        },
        x, x0, eq::normal_noise{{5, static_cast<std::uint32_t>(k), eq::purpose::step, 0}});
  }
  CHECK(relative_error(result.values(), x.values()) < 1e-10);
  CHECK(relative_error(result.values(), x0.values()) < 1e-10);
  const eq::sampler same{prior, likelihood, grid,
                         eq::stepper::ddim{.eta = std::sqrt(zeta), .rule = eq::stepper::eta_rule::simple}};
  CHECK(relative_error(same.sample({5}).values(), result.values()) < 1e-12);
}

TEST_CASE("diffpir begins without signal: what A sees is the data's, the rest is the prior's",
          "[likelihood][diffpir]") {
  X mask(sample, 1.0);
  mask(0, 0, 1, 2) = 0;
  const eq::measurement::inpainting a{mask};
  const X y = a(normal_tensor<double>(batch_shape, 2));
  const X x0 = x0_of(diffpir{a, y}, normal_tensor<double>(batch_shape, 1), {0, 1});
  X expected = y;
  for (std::size_t b = 0; b < 3; ++b) expected(b, 0, 1, 2) = prior.mean;
  CHECK(relative_error(x0.values(), expected.values()) < 1e-7);
  const eq::sampler solver{prior, diffpir{a, y}, eq::schedule::rectified_flow{.steps = 5}, eq::stepper::renoise{}};
  CHECK(std::isfinite(size(solver.sample({1}))));
}

TEST_CASE("a batch of diffpir is as many runs of one", "[likelihood][diffpir]") {
  const auto check = [](const auto& a, const X& y) {
    const diffpir together{a, y};
    const eq::schedule::vp_linear grid{.steps = 6};
    const X all = eq::sampler{prior, together, grid, eq::stepper::renoise{.fresh = 0.3}}.sample({5});
    for (std::size_t b = 0; b < 3; ++b) {
      const eq::sampler alone{prior, diffpir{a, only(y, b)}, grid, eq::stepper::renoise{.fresh = 0.3},
                              eq::sampler_options{.first_sample = b}};
      CHECK(relative_error(alone.sample({5}).values(), only(all, b).values()) == 0);
    }
  };
  SECTION("a matrix") { check(measurement_of(6), normal_tensor<double>({3, 1, 1, 3}, 2)); }
  SECTION("an operator that is not linear") { check(squarer{}, normal_tensor<double>(batch_shape, 2)); }
}

TEST_CASE("a step of diffpir costs one score evaluation without pullback, and one prox or a first-order step",
          "[likelihood][diffpir]") {
  const auto cost = [](const auto& a, diffpir_settings settings) {
    const auto count = std::make_shared<calls>();
    const diffpir likelihood{counting_operator<std::remove_cvref_t<decltype(a)>>{a, count}, X(batch_shape, 0.3),
                             settings};
    const counting_score<white_prior<X>> score{prior, count};
    *count = {};
    (void)likelihood.estimate(score, none, normal_tensor<double>(batch_shape, 1), level, some_step);
    return *count;
  };
  CHECK(cost(eq::measurement::identity{}, {}) == calls{.scores = 1, .proxes = 1});
  CHECK(cost(squarer{}, {}) == calls{.scores = 1, .operators = 2, .operator_pullbacks = 1});
  CHECK(cost(squarer{}, {.length = eq::likelihood::first_order_length::published}) ==
        calls{.scores = 1, .operators = 1, .operator_pullbacks = 1});
  // Conjugate gradients: A^T y, A^T A x at the start, and A^T A p of one iteration.
  CHECK(cost(amplifier{}, {.solve = {.max_iterations = 1}}) ==
        calls{.scores = 1, .operators = 2, .operator_pullbacks = 3});
}

TEST_CASE("diffpir's published settings are a quarter of the code's lambda", "[likelihood][diffpir]") {
  CHECK(diffpir_settings::published(task::super_resolution).lambda == 15.0 / 4);
  CHECK(diffpir_settings::published(task::gaussian_blur).lambda == 7.0 / 4);
  CHECK(diffpir_settings::published(task::motion_blur).sigma_y == 0.05);
  CHECK(diffpir_settings::published(task::box_inpainting).lambda == 0.25);
  CHECK(diffpir_settings::published(task::random_inpainting).sigma_y == 0.002);
  CHECK_THROWS_WITH(diffpir_settings::published(task::phase_retrieval),
                    "equireg::likelihood::diffpir: no settings were published for phase retrieval");
}

TEST_CASE("diffpir refuses settings out of range and measurements of another shape", "[likelihood][diffpir]") {
  const X y(batch_shape, 0.0);
  CHECK_THROWS_WITH((diffpir{amplifier{}, y, {.lambda = -1}}),
                    "equireg::likelihood::diffpir: expected lambda >= 0, but it is -1");
  CHECK_THROWS_AS((diffpir{amplifier{}, y, {.sigma_y = std::nan("")}}), eq::error);
  CHECK_THROWS_AS((diffpir{amplifier{}, y, {.guidance = -0.5}}), eq::error);
  CHECK_THROWS_AS((diffpir{amplifier{}, y, {.probe = 0}}), eq::error);
  const diffpir likelihood{amplifier{}, y};
  CHECK_NOTHROW(likelihood.check(sample));
  CHECK_THROWS_WITH(likelihood.check({1, 1, 4, 4}), contains("y has shape (3, 1, 2, 4) but the operator returns"));
}

}  // namespace diffpir_test
