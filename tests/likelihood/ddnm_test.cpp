// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/counting.hpp>
#include <support/foreign.hpp>
#include <support/guidance.hpp>
#include <support/map_laws.hpp>
#include <support/tolerance.hpp>

#include <equireg/likelihood/ddnm.hpp>
#include <equireg/likelihood/unconditional.hpp>
#include <equireg/measurement/affine_input.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/masks.hpp>
#include <equireg/measurement/super_resolution.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/karras.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddim.hpp>

#include <cmath>
#include <memory>

namespace ddnm_test {

namespace eq = equireg;
using X = eq::cpu::tensor<double>;
using eq::likelihood::ddnm;
namespace kept_noise = eq::likelihood::kept_noise;

namespace {

const eq::shape sample{1, 2, 4, 8};
const eq::shape batch = sample.with_batch(3);
const eq::test::sine_prior sine{sample};
const eq::noise_level level = eq::variance_preserving(0.4);
const eq::reverse_step first_step{level, eq::variance_preserving(0.6), 0, 10, 1, 0};
const eq::stepper::ddim published{.eta = 0.85, .rule = eq::stepper::eta_rule::simple};

const eq::measurement::super_resolution smaller{.factor = 2};

X normal(const eq::shape& s, std::uint32_t which) { return eq::test::random_tensor<X>(s, which); }

X sum(double a, const X& x, double b, const X& y) { return eq::test::combination(a, x, b, y); }

double difference(const X& a, const X& b) { return eq::test::relative_error(a.values(), b.values()); }

eq::measurement::inpainting<X> holes() {
  return eq::measurement::inpainting<X>(
      eq::measurement::random_mask<X>({1, 1, 4, 8}, 0.4, {5, 0, eq::purpose::mask, 0}));
}

}  // namespace

TEST_CASE("the x0 of ddnm agrees with y, and with the prior in the null space of A", "[likelihood][ddnm]") {
  const X x = normal(batch, 1);
  const auto check = [&](const auto& a) {
    const X y = normal(a(x).shape(), 2);
    const ddnm solver{a, y, kept_noise::recomputed{}};
    const X x0 = sine.denoise(x, level);
    const X moved = solver.estimate(sine, eq::regularizer::none{}, x, level, first_step).x0;
    CHECK(difference(a(moved), a(a.pseudo_inverse(y))) < 1e-12);
    const X before = sum(1, x0, -1, a.pseudo_inverse(a(x0))), after = sum(1, moved, -1, a.pseudo_inverse(a(moved)));
    CHECK(eq::test::norm(sum(1, after, -1, before)) < 1e-12 * eq::test::norm(x0));
  };
  check(smaller);
  check(holes());
}

TEST_CASE("ddnm keeps the network's noise, or that of its own x0, as the papers' codes and their posterior have it",
          "[likelihood][ddnm]") {
  const X x = normal(batch, 1), y = normal(smaller(x).shape(), 2);
  X z(batch);
  fill_normal(z, first_step.noise(eq::purpose::step));
  // x_s = a_s x0' + b_s (eta z + sqrt(1 - eta^2) eps)
  const double a_s = first_step.to.signal, b_s = first_step.to.noise, eta = 0.85;
  const X x0 = sine.denoise(x, level);
  const X moved = sum(1, x0, 1, smaller.pseudo_inverse(sum(1, y, -1, smaller(x0))));
  const auto by_hand = [&](const X& kept_by) {
    const X eps = sum(1 / level.noise, x, -level.signal / level.noise, kept_by);
    return sum(a_s, moved, b_s, sum(eta, z, std::sqrt(1 - eta * eta), eps));
  };
  const auto step = [&](const auto& solver) {
    X state = x;
    auto memory = published.start<X>();
    published.advance(
        memory, state,
        [&](const X& x_t, const eq::noise_level& at) {
          return solver.estimate(sine, eq::regularizer::none{}, x_t, at, first_step);
        },
        first_step);
    return state;
  };
  CHECK(difference(step(ddnm{smaller, y}), by_hand(x0)) < 1e-12);
  CHECK(difference(step(ddnm{smaller, y, kept_noise::network{}}), by_hand(x0)) < 1e-12);
  CHECK(difference(step(ddnm{smaller, y, kept_noise::recomputed{}}), by_hand(moved)) < 1e-12);
  CHECK(difference(by_hand(x0), by_hand(moved)) > 1e-2);
}

TEST_CASE("where everything is observed ddnm returns y, from any process", "[likelihood][ddnm]") {
  const X y = normal(batch, 2);
  const auto check = [&](const auto& schedule) {
    const eq::measurement::inpainting all{X(batch.with_batch(1), 1.0)};
    const eq::sampler network{sine, ddnm{all, y}, schedule, published};
    const eq::sampler recomputed{sine, ddnm{all, y, kept_noise::recomputed{}}, schedule, published};
    CHECK(difference(network.sample({3}), y) < 1e-14);
    CHECK(difference(recomputed.sample({3}), y) == 0);
  };
  check(eq::schedule::vp_linear{.steps = 5});
  check(eq::schedule::karras{.steps = 5});
  check(eq::schedule::rectified_flow{.steps = 5});  // begins at a = 0
}

TEST_CASE("an unobserved pixel is drawn from the prior, an observed one is y", "[likelihood][ddnm]") {
  // Pixels of this prior know nothing of each other.
  const eq::test::white_prior<X> prior{sample, 0.3, 2.0};
  const auto a = holes();
  const X y = a(normal(batch, 2));
  const eq::schedule::vp_linear schedule{.steps = 7};
  const X x = eq::sampler{prior, ddnm{a, y}, schedule, published}.sample({3});
  const X free = eq::sampler{prior, eq::likelihood::unconditional{3}, schedule, published}.sample({3});
  CHECK(difference(a(x), y) < 1e-14);
  CHECK(difference(sum(1, x, -1, a(x)), sum(1, free, -1, a(free))) < 1e-13);
}

TEST_CASE("ddnm takes an operator on [0, 1] behind images on [-1, 1], which is affine", "[likelihood][ddnm]") {
  const eq::measurement::affine_input<eq::measurement::super_resolution> a{smaller};
  const X x = normal(batch, 1), y = a(normal(batch, 2));
  const ddnm solver{a, y, kept_noise::recomputed{}};
  CHECK(difference(a(solver.estimate(sine, eq::regularizer::none{}, x, level, first_step).x0), y) < 1e-12);
}

TEST_CASE("a penalty takes one step from the x0 that ddnm has moved, where it is active", "[likelihood][ddnm]") {
  const X x = normal(batch, 1), y = normal(smaller(x).shape(), 2), x0 = sine.denoise(x, level);
  const ddnm solver{smaller, y, kept_noise::recomputed{}};
  const ddnm network{smaller, y};
  eq::reverse_step step = first_step;
  const X moved = solver.estimate(sine, eq::regularizer::none{}, x, level, step).x0;
  const X less = sum(1 - 0.7, moved, 0, moved);  // grad R = 0.7 x0
  CHECK(difference(solver.estimate(sine, eq::test::ridge{}, x, level, step).x0, less) < 1e-13);
  const auto estimate = network.estimate(sine, eq::test::ridge{}, x, level, step);
  CHECK(difference(estimate.x0, x0) == 0);
  CHECK(difference(estimate.shift, sum(step.to.signal, less, -step.to.signal, x0)) < 1e-13);
  step.index = 1;
  CHECK(difference(solver.estimate(sine, eq::test::ridge{}, x, level, step).x0, moved) == 0);
}

TEST_CASE("a run of n steps of ddnm costs n scores without pullbacks, n operators, and n + 1 pseudo-inverses",
          "[likelihood][ddnm]") {
  const auto count = std::make_shared<eq::test::calls>();
  const eq::test::counting_score<eq::test::sine_prior> score{sine, count};
  const eq::test::counting_operator<eq::measurement::super_resolution> a{smaller, count};
  const eq::sampler solver{score, ddnm{a, normal({3, 2, 2, 4}, 2)}, eq::schedule::vp_linear{.steps = 6}, published};
  *count = {.pseudo_inverses = count->pseudo_inverses};  // without the evaluation that checks shapes
  solver.sample({3});
  CHECK(*count == eq::test::calls{.scores = 6, .operators = 6, .pseudo_inverses = 7});
}

TEST_CASE("a batch of ddnm is as many runs of one", "[likelihood][ddnm]") {
  const X y = normal({3, 2, 2, 4}, 2);
  const eq::schedule::vp_linear schedule{.steps = 6};
  const X together = eq::sampler{sine, ddnm{smaller, y}, schedule, published}.sample({3});
  for (std::size_t b = 0; b < 3; ++b) {
    const eq::sampler alone{sine, ddnm{smaller, eq::test::only(y, b)}, schedule, published,
                            eq::sampler_options{.first_sample = b}};
    CHECK(difference(alone.sample({3}), eq::test::only(together, b)) < 1e-12);
  }
}

TEST_CASE("ddnm refuses measurements of another shape", "[likelihood][ddnm]") {
  CHECK_THROWS_WITH((eq::sampler{sine, ddnm{smaller, normal({3, 2, 3, 4}, 2)}, eq::schedule::vp_linear{}, published}),
                    eq::test::contains("equireg::likelihood::ddnm: y has shape (3, 2, 3, 4)"));
}

}  // namespace ddnm_test
