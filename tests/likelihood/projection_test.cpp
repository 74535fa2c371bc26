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
#include <equireg/likelihood/projection.hpp>
#include <equireg/likelihood/unconditional.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/super_resolution.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddim.hpp>

#include <algorithm>
#include <cmath>
#include <memory>

namespace projection_test {

namespace eq = equireg;
using namespace equireg::test;
using X = eq::cpu::tensor<double>;
using eq::likelihood::projection;

namespace {

const eq::shape sample{1, 1, 2, 4}, batch_shape = sample.with_batch(3);
const eq::noise_level from = eq::variance_preserving(0.4), to = eq::variance_preserving(0.6);
const eq::reverse_step some_step{from, to, 4, 10, 17, 6};
const eq::regularizer::none none;
const sine_prior prior{sample};
const eq::schedule::vp_linear grid{.steps = 6};
const eq::stepper::ddim noisy{.eta = 1};

static_assert(eq::likelihood_approximation<projection<pair_sum, X>, white_prior<X>>);
static_assert(eq::likelihood_approximation<projection<pair_sum, X>, white_prior<X>, ridge>);
static_assert(eq::corrects_states<projection<pair_sum, X>, X>);

X normal(const eq::shape& s, std::uint32_t which) { return eq::test::normal_numbers<X>(s, 99, which); }

/// a_s y + b_s A z with the stream of the step.
template <class A>
X noised_data(const A& a, const X& y, const eq::reverse_step& step) {
  X z(batch_shape);
  fill_normal(z, step.noise(eq::purpose::likelihood));
  return combination(step.to.signal, y, step.to.noise, a(z));
}

double difference(const X& a, const X& b) { return relative_error(a.values(), b.values()); }

}  // namespace

TEST_CASE("projection gives the measured part the noised data of the level it is at, and keeps the rest",
          "[likelihood][projection]") {
  const auto check = [](const auto& a) {
    const X y = a(normal(batch_shape, 1)), before = normal(batch_shape, 2);
    X x = before;
    projection{a, y}.correct(x, some_step);
    CHECK(difference(a(x), noised_data(a, y, some_step)) < 1e-12);
    const auto rest = [&a](const X& v) { return combination(1, v, -1, a.pseudo_inverse(a(v))); };
    CHECK(difference(rest(x), rest(before)) < 1e-12);
  };
  check(pair_sum{});
  check(eq::measurement::super_resolution{.factor = 2});
  X mask({1, 1, 2, 4}, 1.0);
  mask(0, 0, 1, 2) = mask(0, 0, 0, 3) = 0;
  check(eq::measurement::inpainting{mask});
}

TEST_CASE("projection goes a share lambda of the way", "[likelihood][projection]") {
  const pair_sum a;
  const X y = a(normal(batch_shape, 1)), before = normal(batch_shape, 2);
  X whole = before, part = before;
  projection{a, y}.correct(whole, some_step);
  projection{a, y, {.strength = 0.3}}.correct(part, some_step);
  CHECK(difference(part, combination(0.7, before, 0.3, whole)) < 1e-12);
}

TEST_CASE("samples of projection explain the data exactly, noise and all", "[likelihood][projection]") {
  const pair_sum a;
  const X y = normal({3, 1, 2, 2}, 5);
  const X x = eq::sampler{prior, projection{a, y}, grid, noisy}.sample({3});
  CHECK(difference(a(x), y) < 1e-12);
  const X from_pure_noise =
      eq::sampler{prior, projection{a, y}, eq::schedule::rectified_flow{.steps = 6}, noisy}.sample({3});
  CHECK(difference(a(from_pure_noise), y) < 1e-12);
}

TEST_CASE("where elements are independent, projection leaves those unobserved as they were without data",
          "[likelihood][projection]") {
  const white_prior<X> independent{sample, 0.3, 2.0};
  X mask({1, 1, 2, 4}, 1.0);
  mask(0, 0, 1, 2) = mask(0, 0, 0, 3) = 0;
  X y = normal(batch_shape, 6);
  y(1, 0, 1, 2) = std::nan("");  // not observed
  const X x = eq::sampler{independent, projection{eq::measurement::inpainting{mask}, y}, grid, noisy}.sample({3});
  const X free = eq::sampler{independent, eq::likelihood::unconditional{3}, grid, noisy}.sample({3});
  for (std::size_t b = 0; b < 3; ++b) {
    for (std::size_t i = 0; i < sample.size(); ++i) {
      const bool observed = mask.values()[i] != 0;
      CHECK(close(x.sample(b)[i], observed ? y.sample(b)[i] : free.sample(b)[i], 1e-12));
    }
  }
}

TEST_CASE("the estimate of projection is the prior's, and a penalty makes one explicit step on it",
          "[likelihood][projection]") {
  const X x = normal(batch_shape, 2), x0 = prior.denoise(x, from);
  const projection likelihood{pair_sum{}, normal({3, 1, 2, 2}, 5)};
  CHECK(difference(likelihood.estimate(prior, none, x, from, some_step).x0, x0) == 0.0);
  // x0 - grad 0.35 |x0|^2, at even steps.
  CHECK(difference(likelihood.estimate(prior, ridge{}, x, from, some_step).x0, combination(0.3, x0, 0, x0)) < 1e-12);
  eq::reverse_step odd = some_step;
  odd.index = 5;
  CHECK(difference(likelihood.estimate(prior, ridge{}, x, from, odd).x0, x0) == 0.0);
}

TEST_CASE("a batch of projections is so many runs of one", "[likelihood][projection]") {
  const pair_sum a;
  const X y = normal({3, 1, 2, 2}, 5);
  const X all = eq::sampler{prior, projection{a, y, {.strength = 0.8}}, ridge{}, grid, noisy}.sample({3});
  for (std::size_t b = 0; b < 3; ++b) {
    const eq::sampler one{prior, projection{a, only(y, b), {.strength = 0.8}}, ridge{}, grid,
                          noisy, eq::sampler_options{.first_sample = b}};
    CHECK(difference(one.sample({3}), only(all, b)) < 1e-12);
  }
}

TEST_CASE("a step of projection costs one score, one operator and one pseudo-inverse", "[likelihood][projection]") {
  const auto count = std::make_shared<calls>();
  const counting_score<sine_prior> score{prior, count};
  const counting_operator<pair_sum> a{{}, count};
  const eq::sampler solver{score, projection{a, normal({2, 1, 2, 2}, 5)}, grid, noisy};
  *count = {};
  solver.sample({3});
  CHECK(*count == calls{.scores = 6, .operators = 6, .pseudo_inverses = 6});
}

TEST_CASE("projection refuses a strength outside (0, 1] and data of another shape", "[likelihood][projection]") {
  const X y = normal({3, 1, 2, 2}, 5);
  for (const double strength : {0.0, 1.5, -1.0, std::nan("")}) {
    CHECK_THROWS_WITH((projection{pair_sum{}, y, {.strength = strength}}), contains("expected strength in (0, 1]"));
  }
  CHECK_THROWS_WITH((eq::sampler{prior, projection{pair_sum{}, normal({3, 1, 2, 4}, 5)}, grid, noisy}),
                    "equireg::likelihood::projection: y has shape (3, 1, 2, 4) but the operator returns (3, 1, 2, 2)");
}

}  // namespace projection_test
