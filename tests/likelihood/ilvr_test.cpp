// SPDX-License-Identifier: BSD-3-Clause
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/counting.hpp"
#include "support/foreign.hpp"
#include "support/guidance.hpp"
#include "support/pair_sum.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/likelihood/ilvr.hpp>
#include <equireg/likelihood/projection.hpp>
#include <equireg/measurement/super_resolution.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddim.hpp>

#include <cmath>
#include <memory>

namespace ilvr_test {

namespace eq = equireg;
using namespace equireg::test;
using X = eq::cpu::tensor<double>;
using eq::likelihood::down_up;
using eq::likelihood::ilvr;

namespace {

const eq::shape sample{1, 1, 2, 4}, batch_shape = sample.with_batch(3);
const eq::noise_level from = eq::variance_preserving(0.4), to = eq::variance_preserving(0.6);
const eq::reverse_step some_step{from, to, 4, 10, 17, 6};
const eq::regularizer::none none;
const sine_prior prior{sample};
const eq::schedule::vp_linear grid{.steps = 6};
const eq::stepper::ddim noisy{.eta = 1};

static_assert(eq::likelihood_approximation<ilvr<down_up<pair_sum>, X>, white_prior<X>>);
static_assert(eq::likelihood_approximation<ilvr<down_up<pair_sum>, X>, white_prior<X>, ridge>);

X normal(const eq::shape& s, std::uint32_t which) { return eq::test::normal_numbers<X>(s, 99, which); }

double difference(const X& a, const X& b) { return relative_error(a.values(), b.values()); }

/// A low-pass that is no projector: each element is averaged with the next of its sample.
X smoothed(const X& x) {
  X y(x.shape());
  for (std::size_t b = 0; b < x.shape().batch; ++b) {
    const auto row = x.sample(b);
    for (std::size_t i = 0; i < row.size(); ++i) y.sample(b)[i] = 0.5 * (row[i] + row[(i + 1) % row.size()]);
  }
  return y;
}
const auto smooth = [](const X& x) { return smoothed(x); };

/// a_s y + b_s z with the stream of the step.
X noised(const X& y, const eq::reverse_step& step) {
  X z(y.shape());
  fill_normal(z, step.noise(eq::purpose::likelihood));
  transform(
      z, [&](double v, double n) { return step.to.signal * v + step.to.noise * n; }, y, z);
  return z;
}

}  // namespace

TEST_CASE("ilvr adds the low frequencies of the noised reference and takes those of the state", "[likelihood][ilvr]") {
  const X reference = normal(batch_shape, 1), before = normal(batch_shape, 2);
  X x = before, expected(batch_shape);
  ilvr{smooth, reference}.correct(x, some_step);
  transform(
      expected, [](double v, double target, double own) { return v + target - own; }, before,
      smoothed(noised(reference, some_step)), smoothed(before));
  CHECK(difference(x, expected) < 1e-12);
}

TEST_CASE("with down and up again ilvr gives the state the low frequencies of the noised reference",
          "[likelihood][ilvr]") {
  const down_up phi{eq::measurement::super_resolution{.factor = 2}};
  const X reference = normal(batch_shape, 1);
  X x = normal(batch_shape, 2);
  ilvr{phi, reference}.correct(x, some_step);
  CHECK(difference(phi(x), phi(noised(reference, some_step))) < 1e-12);
}

TEST_CASE("ilvr through A^+ A towards A^+ y is projection", "[likelihood][ilvr]") {
  const pair_sum a;
  const X y = normal({3, 1, 2, 2}, 5);
  const X x = eq::sampler{prior, ilvr{down_up{a}, a.pseudo_inverse(y)}, ridge{}, grid, noisy}.sample({3});
  const X projected = eq::sampler{prior, eq::likelihood::projection{a, y}, ridge{}, grid, noisy}.sample({3});
  CHECK(difference(x, projected) < 1e-11);
}

TEST_CASE("ilvr leaves states with less noise than sigma_min to the prior", "[likelihood][ilvr]") {
  const X reference = normal(batch_shape, 1), before = normal(batch_shape, 2);
  const double sigma = to.sigma();
  X x = before;
  ilvr{smooth, reference, {.sigma_min = 1.01 * sigma}}.correct(x, some_step);
  CHECK(difference(x, before) == 0.0);
  ilvr{smooth, reference, {.sigma_min = 0.99 * sigma}}.correct(x, some_step);
  CHECK(difference(x, before) > 0.1);
  // The step to data is conditioned too, unless there is a limit.
  const eq::reverse_step last{to, eq::clean, 9, 10, 17, 6};
  X end = before;
  ilvr{smooth, reference, {.sigma_min = 1e-9}}.correct(end, last);
  CHECK(difference(end, before) == 0.0);
  ilvr{down_up{pair_sum{}}, reference}.correct(end, last);
  CHECK(difference(pair_sum{}(end), pair_sum{}(reference)) < 1e-12);
}

TEST_CASE("the estimate of ilvr is the prior's, and a penalty makes one explicit step on it", "[likelihood][ilvr]") {
  const X x = normal(batch_shape, 2), x0 = prior.denoise(x, from);
  const ilvr likelihood{smooth, normal(batch_shape, 1)};
  CHECK(difference(likelihood.estimate(prior, none, x, from, some_step).x0, x0) == 0.0);
  X moved = x0;
  transform(
      moved, [](double v) { return 0.3 * v; }, moved);
  CHECK(difference(likelihood.estimate(prior, ridge{}, x, from, some_step).x0, moved) < 1e-12);
}

TEST_CASE("a batch of ilvr is so many runs of one", "[likelihood][ilvr]") {
  const X reference = normal(batch_shape, 1);
  const X all = eq::sampler{prior, ilvr{smooth, reference}, grid, noisy}.sample({3});
  for (std::size_t b = 0; b < 3; ++b) {
    const eq::sampler one{prior, ilvr{smooth, only(reference, b)}, grid, noisy, eq::sampler_options{.first_sample = b}};
    CHECK(difference(one.sample({3}), only(all, b)) < 1e-12);
  }
}

TEST_CASE("a step of ilvr costs one score and one low-pass, which rests below sigma_min", "[likelihood][ilvr]") {
  const auto count = std::make_shared<calls>();
  const counting_score<sine_prior> score{prior, count};
  const down_up phi{counting_operator<pair_sum>{{}, count}};
  const auto cost = [&](double sigma_min) {
    const eq::sampler solver{score, ilvr{phi, normal(batch_shape, 1), {.sigma_min = sigma_min}}, grid, noisy};
    *count = {};
    solver.sample({3});
    return *count;
  };
  CHECK(cost(0) == calls{.scores = 6, .operators = 6, .pseudo_inverses = 6});
  CHECK(cost(grid.levels()[2].sigma()) == calls{.scores = 6, .operators = 2, .pseudo_inverses = 2});
}

TEST_CASE("ilvr refuses a reference or a low-pass of another shape", "[likelihood][ilvr]") {
  const X reference = normal(batch_shape, 1);
  CHECK_THROWS_WITH((ilvr{pair_sum{}, reference}),
                    "equireg::likelihood::ilvr: the reference has shape (3, 1, 2, 4) but the low-pass returns "
                    "(3, 1, 2, 2)");
  CHECK_THROWS_WITH((ilvr{smooth, reference, {.sigma_min = -1}}), contains("expected sigma_min >= 0, but it is -1"));
  CHECK_THROWS_WITH((eq::sampler{prior, ilvr{smooth, normal({3, 1, 4, 4}, 1)}, grid, noisy}),
                    "equireg::likelihood::ilvr: the reference has shape (3, 1, 4, 4) but the prior's samples are "
                    "(3, 1, 2, 4)");
}

}  // namespace ilvr_test
