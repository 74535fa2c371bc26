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
#include <equireg/likelihood/fast_dips.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/metric/chi_square.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/karras.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/stepper/renoise.hpp>

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

namespace fast_dips_test {

namespace eq = equireg;
using namespace equireg::test;
using X = eq::cpu::tensor<double>;
using eq::likelihood::fast_dips;
using eq::likelihood::fast_dips_settings;

namespace {

const eq::shape sample{1, 1, 2, 4}, batch_shape = sample.with_batch(3);
const eq::noise_level level = eq::variance_preserving(0.4);
const eq::reverse_step some_step{level, eq::variance_preserving(0.6), 0, 10, 1, 0};
const eq::regularizer::none none;
const white_prior<X> prior{sample, 0.2, 0.7};
constexpr auto measurement_of = [](std::uint64_t seed) { return random_operator<double>(sample, 3, seed); };

static_assert(eq::likelihood_approximation<fast_dips<eq::identity_map, X>, white_prior<X>>);
static_assert(eq::likelihood_approximation<fast_dips<squarer, X>, white_prior<X>, ridge>);

template <class Likelihood>
X x0_of(const Likelihood& likelihood, const X& x, const eq::noise_level& at = level) {
  return likelihood.estimate(prior, none, x, at, some_step).x0;
}

double distance(const vector& a, const vector& b) { return std::sqrt(dot(combine(1, a, -1, b), combine(1, a, -1, b))); }

/// argmin ||x - x0|| such that ||A x - y|| <= epsilon: x0 + A^T (A A^T + mu I)^-1 (y - A x0), mu by bisection.
vector nearest_that_explains(const matrix& a, const vector& x0, const vector& y, double epsilon) {
  const vector r = combine(1, y, -1, a * x0);
  if (std::sqrt(dot(r, r)) <= epsilon) return x0;
  const auto at = [&](double mu) {
    return combine(1, x0, 1,
                   transposed(a) * (inverse(combine(1, a * transposed(a), mu, matrix::identity(a.rows))).first * r));
  };
  double low = 0, high = 1e6;
  for (int i = 0; i < 200; ++i) {
    const double mu = 0.5 * (low + high);
    (distance(a * at(mu), y) < epsilon ? low : high) = mu;
  }
  return at(0.5 * (low + high));
}

/// K iterations of the description for one sample, by plain loops. `a` is A, `jvp` and `vjp` its derivatives at a
/// point.
template <class Map, class Jvp, class Vjp>
vector admm(const Map& a, const Jvp& jvp, const Vjp& vjp, const vector& x0, const vector& y, double epsilon,
            double gamma, double rho, int iterations, double penalty = 0) {
  vector x = x0, u(y.size(), 0.0);
  for (int k = 0; k < iterations; ++k) {
    vector w = combine(1, a(x), 1, u), v = w;
    const double far = distance(w, y);
    if (far > epsilon) v = combine(1, y, epsilon / far, combine(1, w, -1, y));
    const vector b = combine(1, v, -1, u), r = combine(1, a(x), -1, b), s = combine(1, x, -1, x0);
    vector g = combine(1 / gamma, s, rho, vjp(x, r));
    g = combine(1, g, penalty, x);
    const vector p = jvp(x, g);
    const double gg = dot(g, g);
    double alpha = gg == 0 ? 0 : gg / (gg / gamma + rho * dot(p, p));
    const auto objective = [&](const vector& at) {
      return dot(combine(1, at, -1, x0), combine(1, at, -1, x0)) / (2 * gamma) +
             rho * dot(combine(1, a(at), -1, b), combine(1, a(at), -1, b)) / 2 + penalty * dot(at, at) / 2;
    };
    for (int i = 0; i < 5; ++i) {
      if (objective(combine(1, x, -alpha, g)) <= objective(x) - 1e-4 * alpha * gg) break;
      alpha = i == 4 ? 0 : alpha / 2;
    }
    x = combine(1, x, -alpha, g);
    u = combine(1, combine(1, u, 1, a(x)), -1, v);
  }
  return x;
}

vector square(const vector& x) {
  vector y = x;
  for (double& v : y) v *= v;
  return y;
}
vector square_jacobian(const vector& x, const vector& d) {
  vector p = d;
  for (std::size_t i = 0; i < x.size(); ++i) p[i] *= 2 * x[i];
  return p;
}

}  // namespace

TEST_CASE(
    "fast_dips with many iterations reaches the nearest x0 within epsilon of the data, for A = c I in closed form",
    "[likelihood][fast_dips]") {
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>(batch_shape, 2);
  const X x0 = prior.denoise(x, level);
  for (const double rho : {0.3, 5.0, 1e5}) {
    const fast_dips likelihood{amplifier{1.7}, y, {.sigma_y = 0.2, .iterations = 300, .rho = rho}};
    const X found = x0_of(likelihood, x);
    for (std::size_t b = 0; b < 3; ++b) {
      // y / c + (x0 - y / c) epsilon / ||c x0 - y||
      const vector data = combine(1 / 1.7, to_vector(y, b), 0, to_vector(y, b)), from = to_vector(x0, b);
      const double share = likelihood.epsilon() / (1.7 * distance(from, data));
      REQUIRE(share < 1);
      CHECK(relative_error(to_vector(found, b), combine(1 - share, data, share, from)) < 1e-9);
    }
  }
}

TEST_CASE("fast_dips with many iterations reaches the constrained minimiser of any linear A",
          "[likelihood][fast_dips]") {
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>({3, 1, 1, 3}, 2);
  const X x0 = prior.denoise(x, level);
  const auto a = measurement_of(6);
  const auto check = [&](double sigma_y) {
    const fast_dips likelihood{a, y, {.sigma_y = sigma_y, .iterations = 3000, .rho = 2}};
    const X found = x0_of(likelihood, x);
    for (std::size_t b = 0; b < 3; ++b) {
      const vector expected = nearest_that_explains(a.matrix, to_vector(x0, b), to_vector(y, b), likelihood.epsilon());
      CHECK(relative_error(to_vector(found, b), expected) < 1e-9);
      CHECK(close(distance(a.matrix * to_vector(found, b), to_vector(y, b)), likelihood.epsilon(), 1e-9, 1.0));
    }
  };
  SECTION("with noise") { check(0.1); }
  SECTION("without, x0 + A^+ (y - A x0)") { check(0); }
}

TEST_CASE("the solution of fast_dips does not depend on gamma, and the way there by rho gamma alone",
          "[likelihood][fast_dips]") {
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>({3, 1, 1, 3}, 2);
  const auto a = measurement_of(6);
  const auto solved = [&](double gamma, double rho, std::size_t iterations) {
    return x0_of(
        fast_dips{
            a,
            y,
            {.sigma_y = 0.1, .iterations = iterations, .rho = rho, .gamma = [gamma](const auto&) { return gamma; }}},
        x);
  };
  CHECK(relative_error(solved(0.2, 3, 3000).values(), solved(1, 3, 3000).values()) < 1e-9);
  CHECK(relative_error(solved(0.2, 15, 4).values(), solved(1, 3, 4).values()) < 1e-11);
  CHECK(relative_error(solved(0.2, 3, 4).values(), solved(1, 3, 4).values()) > 1e-3);
  const double s2 = level.sigma() * level.sigma();
  const X by_default = x0_of(fast_dips{a, y, {.sigma_y = 0.1, .iterations = 4, .rho = 3}}, x);
  CHECK(relative_error(by_default.values(), solved(s2, 3, 4).values()) < 1e-14);
}

TEST_CASE("fast_dips returns an x0 that explains the data as it is, to the bit", "[likelihood][fast_dips]") {
  const X x = normal_tensor<double>(batch_shape, 1), x0 = prior.denoise(x, level);
  const auto check = [&](const auto& a, X y, double sigma_y) {
    const X found = x0_of(fast_dips{a, y, {.sigma_y = sigma_y}}, x);
    for (std::size_t i = 0; i < x0.size(); ++i) CHECK(found.values()[i] == x0.values()[i]);
    for (double& v : y.sample(1)) v += 3;  // a sample that does not moves alone
    const X other = x0_of(fast_dips{a, y, {.sigma_y = sigma_y}}, x);
    CHECK(relative_error(only(other, 0).values(), only(x0, 0).values()) == 0);
    CHECK(relative_error(only(other, 1).values(), only(x0, 1).values()) > 1e-3);
  };
  SECTION("linear, within epsilon") {
    X y = measurement_of(6)(x0);
    for (double& v : y.values()) v += 0.05;
    check(measurement_of(6), y, 0.05);
  }
  SECTION("linear, exactly") { check(amplifier{}, amplifier{}(x0), 0); }
  SECTION("not linear") { check(squarer{}, squarer{}(x0), 0.05); }
}

TEST_CASE("fast_dips makes the iterations of its description", "[likelihood][fast_dips]") {
  const X x = normal_tensor<double>(batch_shape, 1), x0 = prior.denoise(x, level);
  const double gamma = level.sigma() * level.sigma();
  for (const std::size_t iterations : {1, 2, 3, 7}) {
    const auto check = [&](const auto& a, const X& y, double rho, double probe, double tolerance, const auto& map,
                           const auto& jvp, const auto& vjp) {
      const fast_dips likelihood{a, y, {.sigma_y = 0.1, .iterations = iterations, .rho = rho, .probe = probe}};
      const X found = x0_of(likelihood, x);
      const X penalised = likelihood.estimate(prior, ridge{}, x, level, some_step).x0;
      for (std::size_t b = 0; b < 3; ++b) {
        const auto expected = [&](double penalty) {
          return admm(map, jvp, vjp, to_vector(x0, b), to_vector(y, b), likelihood.epsilon(), gamma, rho,
                      static_cast<int>(iterations), penalty);
        };
        CHECK(relative_error(to_vector(found, b), expected(0)) < tolerance);
        CHECK(relative_error(to_vector(penalised, b), expected(0.7)) < tolerance);
      }
    };
    const auto a = measurement_of(6);
    const auto product = [&](const vector& v) { return a.matrix * v; };
    for (const double rho : {0.5, 1e3}) {
      check(
          a, normal_tensor<double>({3, 1, 1, 3}, 2), rho, 1e-3, 1e-10, product,
          [&](const vector&, const vector& d) { return a.matrix * d; },
          [&](const vector&, const vector& r) { return transposed(a.matrix) * r; });
      check(squarer{}, normal_tensor<double>(batch_shape, 2), rho, 1e-7, 1e-4, square, square_jacobian,
            square_jacobian);
    }
  }
}

TEST_CASE("where A is not linear, fast_dips with many iterations stands where ||x - x0|| is stationary within epsilon",
          "[likelihood][fast_dips]") {
  // Data that x > 0 explains, and an x0 > 0: x - x0 = -lambda A'^T (A(x) - y), lambda > 0, ||A(x) - y|| = epsilon.
  const X noise = normal_tensor<double>(batch_shape, 1);
  X x(batch_shape), y(batch_shape);
  transform(
      x, [](double z) { return 1 + 0.1 * z; }, noise);
  transform(
      y, [](double z) { return 1.7 + 0.3 * z; }, normal_tensor<double>(batch_shape, 2));
  const X x0 = prior.denoise(x, level);
  const fast_dips likelihood{squarer{}, y, {.sigma_y = 0.05, .iterations = 2000, .rho = 2, .probe = 1e-6}};
  const X found = x0_of(likelihood, x);
  for (std::size_t b = 0; b < 3; ++b) {
    const vector at = to_vector(found, b), r = combine(1, square(at), -1, to_vector(y, b));
    CHECK(close(std::sqrt(dot(r, r)), likelihood.epsilon(), 1e-6));
    const vector pull = square_jacobian(at, r), moved = combine(1, at, -1, to_vector(x0, b));
    const double lambda = -dot(pull, moved) / dot(pull, pull);
    CHECK(lambda > 0);
    CHECK(relative_error(moved, combine(-lambda, pull, 0, pull)) < 1e-5);
  }
}

TEST_CASE("backtracking of fast_dips keeps the objective with its penalty from rising", "[likelihood][fast_dips]") {
  // A penalty so steep that the step of the model without it goes too far: 0.7 w |x|^2 / 2.
  struct steep {
    bool active(const eq::reverse_step&) const { return true; }
    X value(const X& x0, const eq::reverse_step& s) const {
      X r = ridge{}.value(x0, s);
      transform(
          r, [](double v) { return 100 * v; }, r);
      return r;
    }
    void accumulate(X& q, const X& x0, const eq::reverse_step& s, const X& factor) const {
      X hundredfold = factor;
      transform(
          hundredfold, [](double v) { return 100 * v; }, hundredfold);
      ridge{}.accumulate(q, x0, s, hundredfold);
    }
  };
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>({3, 1, 1, 3}, 2);
  const X x0 = prior.denoise(x, level);
  const auto a = measurement_of(6);
  const double gamma = level.sigma() * level.sigma();
  const auto size = [&](std::size_t tries) {
    const fast_dips likelihood{a, y, {.sigma_y = 0.1, .iterations = 1, .rho = 0.01, .search = {.tries = tries}}};
    return likelihood.estimate(prior, steep{}, x, level, some_step).x0;
  };
  const X guarded = size(12), unguarded = size(0);
  for (std::size_t b = 0; b < 3; ++b) {
    const vector start = to_vector(x0, b), data = to_vector(y, b);
    const double epsilon = 0.1 * std::sqrt(eq::metric::chi_square_quantile(0.95, 3));
    vector v = a.matrix * start;
    v = combine(1, data, std::min(1.0, epsilon / distance(v, data)), combine(1, v, -1, data));
    const auto objective = [&](const vector& at) {
      const double s = distance(at, start), r = distance(a.matrix * at, v);
      return s * s / (2 * gamma) + 0.01 * r * r / 2 + 35 * dot(at, at);
    };
    CHECK(objective(to_vector(guarded, b)) < objective(start));
    CHECK(objective(to_vector(unguarded, b)) > objective(start));
  }
}

TEST_CASE("fast_dips's epsilon is the quantile of the noise's norm over what A observes", "[likelihood][fast_dips]") {
  X mask(sample, 1.0);
  mask(0, 0, 1, 2) = mask(0, 0, 0, 0) = 0;
  const X y(batch_shape, 0.1);
  const fast_dips masked{eq::measurement::inpainting{mask}, y, {.sigma_y = 0.3, .confidence = 0.9}};
  CHECK(close(masked.epsilon(), 0.3 * std::sqrt(eq::metric::chi_square_quantile(0.9, 6)), 1e-14));
  CHECK(fast_dips{amplifier{}, y, {.sigma_y = 0}}.epsilon() == 0);
  // 512 measurements of pure noise: the share below epsilon is the confidence.
  const X noise = normal_tensor<double>(sample.with_batch(512), 3, 0.3);
  const fast_dips all{amplifier{}, y, {.sigma_y = 0.3, .confidence = 0.9}};
  double below = 0;
  for (const double s : to_host(squared_norm(noise))) below += std::sqrt(s) <= all.epsilon() ? 1 : 0;
  CHECK(within_standard_errors(below / 512, 0.9, std::sqrt(0.9 * 0.1 / 512)));
}

TEST_CASE("a run of fast_dips noises x0 anew and ends within epsilon of the data", "[likelihood][fast_dips]") {
  const X y = normal_tensor<double>({3, 1, 1, 3}, 2);
  const auto a = measurement_of(6);
  const fast_dips likelihood{a, y, {.sigma_y = 0.1}};
  const eq::schedule::karras grid{.steps = 8, .sigma_min = 0.02, .sigma_max = 10};
  const eq::sampler solver{prior, likelihood, grid, eq::stepper::renoise{}};
  const X result = solver.sample({5});
  X x(batch_shape);
  fill_normal(x, {5, 0, eq::purpose::initial_state, 0});
  transform(
      x, [](double z) { return 10 * z; }, x);
  for (std::size_t k = 0; k + 1 < solver.levels().size(); ++k) {
    const X x0 = x0_of(likelihood, x, solver.levels()[k]);
    transform(
        x, [b = solver.levels()[k + 1].noise](double v, double z) { return v + b * z; }, x0,
        eq::normal_noise{{5, static_cast<std::uint32_t>(k), eq::purpose::step, 0}});
  }
  CHECK(relative_error(result.values(), x.values()) < 1e-12);
  for (const double r : to_host(eq::measurement::residual(a, y, result).squared_norm)) {
    CHECK(std::sqrt(r) < 1.05 * likelihood.epsilon());
  }
}

TEST_CASE("fast_dips begins without signal, where x0 weighs nothing", "[likelihood][fast_dips]") {
  const X y = normal_tensor<double>(batch_shape, 2);
  const X x = normal_tensor<double>(batch_shape, 1);
  const fast_dips likelihood{amplifier{}, y, {.sigma_y = 0.1, .iterations = 1}};
  const X x0 = x0_of(likelihood, x, {0, 1});  // F is the constraint's alone: one step reaches it
  for (const double r : to_host(eq::measurement::residual(amplifier{}, y, x0).squared_norm)) {
    CHECK(close(std::sqrt(r), likelihood.epsilon(), 1e-12));
  }
  const eq::sampler solver{prior, fast_dips{squarer{}, y}, eq::schedule::rectified_flow{.steps = 5},
                           eq::stepper::renoise{}};
  const X made = solver.sample({1});
  for (const double v : made.values()) CHECK(std::isfinite(v));
}

TEST_CASE("a batch of fast_dips is as many runs of one", "[likelihood][fast_dips]") {
  const auto check = [](const auto& a, const X& y) {
    const eq::schedule::karras grid{.steps = 5, .sigma_min = 0.02, .sigma_max = 10};
    const X all = eq::sampler{prior, fast_dips{a, y}, ridge{}, grid, eq::stepper::renoise{}}.sample({5});
    for (std::size_t b = 0; b < 3; ++b) {
      const eq::sampler alone{prior, fast_dips{a, only(y, b)}, ridge{},
                              grid,  eq::stepper::renoise{},   eq::sampler_options{.first_sample = b}};
      CHECK(relative_error(alone.sample({5}).values(), only(all, b).values()) == 0);
    }
  };
  SECTION("a matrix") { check(measurement_of(6), normal_tensor<double>({3, 1, 1, 3}, 2)); }
  SECTION("an operator that is not linear") { check(squarer{}, normal_tensor<double>(batch_shape, 2)); }
}

TEST_CASE("a step of fast_dips costs one score evaluation, K pullbacks of A and K derivatives of it",
          "[likelihood][fast_dips]") {
  const auto cost = [](const auto& a, fast_dips_settings settings) {
    const auto count = std::make_shared<calls>();
    const fast_dips likelihood{counting_operator<std::remove_cvref_t<decltype(a)>>{a, count}, X(batch_shape, 0.9),
                               settings};
    const counting_score<white_prior<X>> score{prior, count};
    *count = {};
    X x(batch_shape);
    transform(
        x, [](double z) { return 1 + 0.1 * z; }, normal_tensor<double>(batch_shape, 1));
    (void)likelihood.estimate(score, none, x, level, some_step);
    return *count;
  };
  // Linear: A(x) once, A g of each iteration, no trial.
  CHECK(cost(amplifier{}, {.iterations = 4}) == calls{.scores = 1, .operators = 5, .operator_pullbacks = 4});
  // Else a linearisation, a probe and a trial of each iteration, where the first trial is accepted.
  CHECK(cost(squarer{}, {.iterations = 2}) == calls{.scores = 1, .operators = 6, .operator_pullbacks = 2});
  CHECK(cost(squarer{}, {.iterations = 4, .search = {.tries = 0}}) ==
        calls{.scores = 1, .operators = 8, .operator_pullbacks = 4});
}

TEST_CASE("fast_dips refuses settings out of range and measurements of another shape", "[likelihood][fast_dips]") {
  const X y(batch_shape, 0.0);
  CHECK_THROWS_WITH((fast_dips{amplifier{}, y, {.sigma_y = -1}}),
                    "equireg::likelihood::fast_dips: expected sigma_y >= 0, but it is -1");
  CHECK_THROWS_AS((fast_dips{amplifier{}, y, {.confidence = 1}}), eq::error);
  CHECK_THROWS_AS((fast_dips{amplifier{}, y, {.iterations = 0}}), eq::error);
  CHECK_THROWS_AS((fast_dips{amplifier{}, y, {.rho = 0}}), eq::error);
  CHECK_THROWS_AS((fast_dips{amplifier{}, y, {.search = {.shrink = 2}}}), eq::error);
  CHECK_THROWS_AS((fast_dips{amplifier{}, y, {.probe = -1}}), eq::error);
  const fast_dips bad{amplifier{}, y, {.gamma = [](const eq::noise_level&) { return 0.0; }}};
  CHECK_THROWS_WITH(x0_of(bad, y), contains("expected gamma > 0"));
  const fast_dips likelihood{amplifier{}, y};
  CHECK_NOTHROW(likelihood.check(sample));
  CHECK_THROWS_WITH(likelihood.check({1, 1, 4, 4}), contains("y has shape (3, 1, 2, 4) but the operator returns"));
}

}  // namespace fast_dips_test
