// SPDX-License-Identifier: BSD-3-Clause
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/counting.hpp"
#include "support/foreign.hpp"
#include "support/guidance.hpp"
#include "support/map_laws.hpp"
#include "support/pair_sum.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/likelihood/mcg.hpp>
#include <equireg/likelihood/projection.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddim.hpp>

#include <cmath>
#include <memory>

namespace mcg_test {

namespace eq = equireg;
using namespace equireg::test;
using X = eq::cpu::tensor<double>;
using eq::likelihood::mcg;
using eq::likelihood::projection;

namespace {

const eq::shape sample{1, 1, 2, 4}, batch_shape = sample.with_batch(3), data_shape{3, 1, 2, 2};
const eq::noise_level from = eq::variance_preserving(0.4), to = eq::variance_preserving(0.6);
const eq::reverse_step some_step{from, to, 4, 10, 17, 6};
const eq::regularizer::none none;
const sine_prior prior{sample};
const eq::schedule::vp_linear grid{.steps = 6};
const eq::stepper::ddim noisy{.eta = 1};

static_assert(eq::likelihood_approximation<mcg<pair_sum, X>, white_prior<X>>);
static_assert(eq::likelihood_approximation<mcg<pair_sum, X>, white_prior<X>, ridge>);

X normal(const eq::shape& s, std::uint32_t which) { return eq::test::normal_numbers<X>(s, 99, which); }

double difference(const X& a, const X& b) { return relative_error(a.values(), b.values()); }

/// ||A^+ y - A^+ A x0||^2 of sample b, and the penalty.
template <class A, class Penalty>
double objective(const A& a, const X& y, const Penalty& penalty, const X& x, std::size_t b) {
  const X x0 = prior.denoise(x, from);
  double value = squared_norm(combination(1, a.pseudo_inverse(y), -1, a.pseudo_inverse(a(x0)))).data()[b];
  if constexpr (!eq::is_no_penalty<Penalty>) value += penalty.value(x0, some_step).data()[b];
  return value;
}

template <class Penalty>
void check_shift(const Penalty& penalty) {
  const pair_sum a;
  const X x = normal(batch_shape, 1), y = normal(data_shape, 2);
  const auto estimate = mcg{a, y, {.step_size = 0.7}}.estimate(prior, penalty, x, from, some_step);
  CHECK(difference(estimate.x0, prior.denoise(x, from)) == 0.0);
  const double h = tolerance<double>::step;
  for (std::size_t b = 0; b < 3; ++b) {
    for (std::size_t i = 0; i < sample.size(); ++i) {
      X up = x, down = x;
      up.sample(b)[i] += h;
      down.sample(b)[i] -= h;
      const double slope = (objective(a, y, penalty, up, b) - objective(a, y, penalty, down, b)) / (2 * h);
      CHECK(close(estimate.shift.sample(b)[i], -0.7 * from.signal * slope, 1e-6, 1.0));
    }
  }
}

}  // namespace

TEST_CASE("the shift of mcg is w a_t times the gradient of the misfit through A^+, by differences",
          "[likelihood][mcg]") {
  check_shift(none);
}

TEST_CASE("the penalty of mcg joins the misfit before the one pullback, by differences", "[likelihood][mcg]") {
  check_shift(ridge{});
}

TEST_CASE("a step of mcg moves the null space alone and projects at the level it reaches", "[likelihood][mcg]") {
  const pair_sum a;
  const X y = normal(data_shape, 2);
  const mcg likelihood{a, y, {.step_size = 0.7}};
  const auto null_part = [&a](const X& v) { return combination(1, v, -1, a.pseudo_inverse(a(v))); };
  const X start = normal(batch_shape, 1);
  const auto estimate = likelihood.estimate(prior, none, start, from, some_step);
  X x = start;
  auto memory = eq::stepper::no_memory{};
  noisy.advance(
      memory, x, [&](const X&, const eq::noise_level&) { return estimate; }, some_step);
  likelihood.correct(x, some_step);
  // (I - P) (x' + (I - P) shift) + A^+ y_s
  X unconditional = start, z(batch_shape);
  noisy.advance(
      memory, unconditional,
      [&](const X&, const eq::noise_level&) {
        return eq::guided_estimate{estimate.x0, eq::absent{}};
      },
      some_step);
  fill_normal(z, some_step.noise(eq::purpose::likelihood));
  const X noised = combination(to.signal, y, to.noise, a(z));
  const X moved = null_part(combination(1, unconditional, 1, null_part(estimate.shift)));
  CHECK(difference(x, combination(1, moved, 1, a.pseudo_inverse(noised))) < 1e-12);
  CHECK(difference(null_part(x), null_part(unconditional)) > 1e-2);  // the gradient has done something
}

TEST_CASE("samples of mcg explain the data exactly", "[likelihood][mcg]") {
  const pair_sum a;
  const X y = normal(data_shape, 5);
  CHECK(difference(a(eq::sampler{prior, mcg{a, y}, grid, noisy}.sample({3})), y) < 1e-12);
  const eq::schedule::rectified_flow flow{.steps = 6};  // from pure noise
  CHECK(difference(a(eq::sampler{prior, mcg{a, y}, flow, noisy}.sample({3})), y) < 1e-12);
}

TEST_CASE("without a gradient, or with one that J leaves in the range of A, mcg is projection", "[likelihood][mcg]") {
  const pair_sum a;
  const X y = normal(data_shape, 5);
  const X still = eq::sampler{prior, mcg{a, y, {.step_size = 0}}, grid, noisy}.sample({3});
  CHECK(difference(still, eq::sampler{prior, projection{a, y}, grid, noisy}.sample({3})) == 0.0);
  const white_prior<X> white{sample, 0.3, 2.0};  // J is a multiple of the identity
  const X x = eq::sampler{white, mcg{a, y}, grid, noisy}.sample({3});
  CHECK(difference(x, eq::sampler{white, projection{a, y}, grid, noisy}.sample({3})) < 1e-12);
}

TEST_CASE("mcg reads nothing of what is not observed", "[likelihood][mcg]") {
  X mask({1, 1, 2, 4}, 1.0);
  mask(0, 0, 1, 2) = 0;
  const eq::measurement::inpainting a{mask};
  X y = normal(batch_shape, 6), other = y;
  other(1, 0, 1, 2) = std::nan("");
  const auto run = [&](const X& data) { return eq::sampler{prior, mcg{a, data}, grid, noisy}.sample({3}); };
  CHECK(difference(run(other), run(y)) == 0.0);
}

TEST_CASE("a batch of mcg is so many runs of one", "[likelihood][mcg]") {
  const pair_sum a;
  const X y = normal(data_shape, 5);
  const X all = eq::sampler{prior, mcg{a, y}, ridge{}, grid, noisy}.sample({3});
  for (std::size_t b = 0; b < 3; ++b) {
    const eq::sampler one{prior, mcg{a, only(y, b)}, ridge{}, grid, noisy, eq::sampler_options{.first_sample = b}};
    CHECK(difference(one.sample({3}), only(all, b)) < 1e-12);
  }
}

TEST_CASE("a step of mcg costs one score with one pullback, two operators and two pseudo-inverses",
          "[likelihood][mcg]") {
  const auto count = std::make_shared<calls>();
  const counting_score<sine_prior> score{prior, count};
  const counting_operator<pair_sum> a{{}, count};
  const auto cost = [&](const auto& penalty) {
    const eq::sampler solver{score, mcg{a, normal(data_shape, 5)}, penalty, grid, noisy};
    *count = {};
    solver.sample({3});
    return *count;
  };
  const calls expected{.scores = 6, .score_pullbacks = 6, .operators = 12, .pseudo_inverses = 12};
  CHECK(cost(none) == expected);
  CHECK(cost(ridge{}) == expected);
}

TEST_CASE("mcg refuses a step size that is negative or no number, and data of another shape", "[likelihood][mcg]") {
  const X y = normal(data_shape, 5);
  CHECK_THROWS_WITH((mcg{pair_sum{}, y, {.step_size = -1}}),
                    "equireg::likelihood::mcg: expected a step size >= 0, but step_size is -1");
  CHECK_THROWS_AS((mcg{pair_sum{}, y, {.step_size = std::nan("")}}), eq::error);
  CHECK_THROWS_WITH((eq::sampler{prior, mcg{pair_sum{}, normal({3, 1, 2, 4}, 5)}, grid, noisy}),
                    "equireg::likelihood::mcg: y has shape (3, 1, 2, 4) but the operator returns (3, 1, 2, 2)");
}

}  // namespace mcg_test
