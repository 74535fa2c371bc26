// SPDX-License-Identifier: BSD-3-Clause
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/foreign.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/likelihood/dps.hpp>
#include <equireg/likelihood/unconditional.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/noise/poisson.hpp>
#include <equireg/regularizer/total_variation.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/karras.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddim.hpp>
#include <equireg/stepper/ddpm.hpp>
#include <equireg/stepper/heun.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace sampler_test {

namespace eq = equireg;
using X = eq::cpu::tensor<double>;
using eq::test::same_bits;

namespace {

X ramp(const eq::shape& s) {
  X y(s);
  for (std::size_t i = 0; i < y.size(); ++i) y.data()[i] = 0.1 * static_cast<double>(i % 17) - 0.5;
  return y;
}

/// Samples first ... first + count - 1 of a batch.
X slice(const X& x, std::size_t first, std::size_t count) {
  X part(x.shape().with_batch(count));
  std::copy_n(x.data() + first * x.shape().sample_size(), part.size(), part.data());
  return part;
}

/// A prior whose denoiser fails for sample 1 once the noise is below one half.
struct broken_prior : eq::test::white_prior<X> {
  X denoise(const X& x, const eq::noise_level& level) const {
    X x0 = white_prior::denoise(x, level);
    if (level.noise < 0.5) x0(1, 0, 0, 0) = std::numeric_limits<double>::quiet_NaN();
    return x0;
  }
};

/// A penalty with an infinite gradient in sample 0.
struct broken_penalty {
  bool active(const eq::reverse_step& step) const { return step.index == 3; }
  X value(const X& x0, const eq::reverse_step&) const { return X({x0.shape().batch, 1, 1, 1}, 0.0); }
  void accumulate(X& q, const X&, const eq::reverse_step&, const X&) const {
    q(0, 0, 0, 0) = std::numeric_limits<double>::infinity();
  }
};

}  // namespace

TEST_CASE("a batch gives the bits of its samples run one by one", "[sampler]") {
  const eq::test::white_prior<X> prior{{1, 1, 6, 5}, 0.2, 0.7};
  const X y = ramp({5, 1, 6, 5});
  const auto run = [&](const X& data, std::uint64_t first) {
    return eq::sampler{prior, eq::likelihood::dps{eq::test::amplifier{}, data, {.step_size = 0.2}},
                       eq::schedule::vp_linear{.steps = 20}, eq::stepper::ddim{.eta = 1.0},
                       {.first_sample = first}}
        .sample(eq::seed{11});
  };
  const X whole = run(y, 0);
  for (std::size_t b = 0; b < 5; ++b) CHECK(same_bits(slice(whole, b, 1), run(slice(y, b, 1), b)));
  CHECK(same_bits(slice(whole, 1, 3), run(slice(y, 1, 3), 1)));
  CHECK_FALSE(same_bits(slice(whole, 1, 3), run(slice(y, 1, 3), 2)));
}

TEST_CASE("a seed gives the same bits again, and another seed gives others", "[sampler]") {
  const eq::test::white_prior<X> prior{{1, 2, 4, 4}};
  const eq::sampler solver{prior, eq::likelihood::unconditional{3}, eq::schedule::vp_linear{.steps = 10},
                           eq::stepper::ddim{.eta = 0.0}};
  CHECK(same_bits(solver.sample(eq::seed{1}), solver.sample(eq::seed{1})));
  CHECK_FALSE(same_bits(solver.sample(eq::seed{1}), solver.sample(eq::seed{2})));
}

TEST_CASE("dps with a zero step is ancestral sampling bit for bit", "[sampler][dps]") {
  const eq::test::white_prior<X> prior{{1, 1, 4, 4}};
  const auto schedule = eq::schedule::vp_linear{.steps = 25};
  const eq::sampler guided{prior, eq::likelihood::dps{eq::test::amplifier{}, ramp({4, 1, 4, 4}), {.step_size = 0.0}},
                           schedule, eq::stepper::ddpm{}};
  const eq::sampler free{prior, eq::likelihood::unconditional{4}, schedule, eq::stepper::ddpm{}};
  CHECK(same_bits(guided.sample(eq::seed{5}), free.sample(eq::seed{5})));
}

TEST_CASE("a run taken up in the middle ends as the uninterrupted one", "[sampler]") {
  const eq::test::white_prior<X> prior{{1, 1, 4, 4}};
  const eq::sampler solver{prior, eq::likelihood::unconditional{2}, eq::schedule::vp_linear{.steps = 12},
                           eq::stepper::ddim{.eta = 1.0}};
  eq::observer::recorder<X> recorder;
  const X whole = solver.sample(eq::seed{3}, recorder);
  REQUIRE(recorder.states.size() == 12);
  REQUIRE(recorder.estimates.size() == 12);
  CHECK(same_bits(solver.sample_from(recorder.states[6].value, 7, eq::seed{3}), whole));
  CHECK(same_bits(recorder.states.back().value, whole));
}

TEST_CASE("an observer of a stepper of second order sees both estimates", "[sampler]") {
  const eq::test::white_prior<X> prior{{1, 1, 2, 2}};
  const eq::sampler solver{prior, eq::likelihood::unconditional{1}, eq::schedule::karras{.steps = 6},
                           eq::stepper::heun{}};
  eq::observer::recorder<X> recorder;
  solver.sample(eq::seed{3}, recorder);
  CHECK(recorder.states.size() == 6);
  CHECK(recorder.estimates.size() == 11);  // the last step is one of Euler's
}

TEST_CASE("a NaN stops the run and names step, sample and policy", "[sampler]") {
  SECTION("made by the score model") {
    const broken_prior prior{{{1, 1, 2, 2}, 0, 1}};
    const eq::sampler solver{prior, eq::likelihood::unconditional{3}, eq::schedule::vp_linear{.steps = 10},
                             eq::stepper::ddim{}};
    eq::observer::recorder<X> recorder;
    try {
      solver.sample(eq::seed{3}, recorder);
      FAIL("no error");
    } catch (const eq::divergence<X>& e) {
      CHECK(e.sample() == 1);
      CHECK(solver.levels()[e.step()].noise < 0.5);
      CHECK(e.policy() == "the score model");
      CHECK(recorder.states.size() == e.step());
      CHECK(std::string(e.what()).find("sample 1 is not finite after step") != std::string::npos);
      CHECK(std::isfinite(e.state()(0, 0, 0, 0)));  // the others are what they would have been
      CHECK(std::isfinite(e.state()(2, 0, 0, 0)));
    }
  }
  SECTION("made by the penalty") {
    const eq::test::white_prior<X> prior{{1, 1, 2, 2}};
    const eq::sampler solver{prior, eq::likelihood::dps{eq::test::amplifier{}, ramp({2, 1, 2, 2})}, broken_penalty{},
                             eq::schedule::vp_linear{.steps = 10}, eq::stepper::ddim{}};
    try {
      solver.sample(eq::seed{3});
      FAIL("no error");
    } catch (const eq::divergence<X>& e) {
      CHECK(e.step() == 3);
      CHECK(e.sample() == 0);
      CHECK(e.policy() == "the penalty");
    }
  }
  SECTION("made by the likelihood, with a penalty that is in order") {
    const eq::test::white_prior<X> prior{{1, 1, 2, 2}};
    X y = ramp({2, 1, 2, 2});
    y(1, 0, 1, 0) = std::numeric_limits<double>::quiet_NaN();
    const eq::sampler solver{prior, eq::likelihood::dps{eq::test::amplifier{}, y},
                             eq::regularizer::total_variation{.weight = 0.1}, eq::schedule::vp_linear{.steps = 10},
                             eq::stepper::ddim{}};
    try {
      solver.sample(eq::seed{3});
      FAIL("no error");
    } catch (const eq::divergence<X>& e) {
      CHECK(e.step() == 0);
      CHECK(e.sample() == 1);
      CHECK(e.policy() == "the guidance of the likelihood equireg::likelihood::dps");
    }
  }
}

TEST_CASE("what is not observed may hold anything", "[sampler][dps]") {
  const eq::test::white_prior<X> prior{{1, 1, 2, 2}};
  X mask({1, 1, 2, 2}, 1.0), y = ramp({2, 1, 2, 2}), spoilt = y;
  mask(0, 0, 1, 1) = 0;
  for (std::size_t b = 0; b < 2; ++b) {
    y(b, 0, 1, 1) = 0;
    spoilt(b, 0, 1, 1) = b == 0 ? std::numeric_limits<double>::quiet_NaN() : -100;
  }
  const auto run = [&](const X& measured, auto noise) {
    const eq::sampler solver{prior, eq::likelihood::dps{eq::measurement::inpainting{mask}, measured, {}, noise},
                             eq::schedule::vp_linear{.steps = 10}, eq::stepper::ddim{}};
    const X x = solver.sample(eq::seed{3});
    return std::vector<double>(x.values().begin(), x.values().end());
  };
  CHECK(run(spoilt, eq::noise::gaussian{}) == run(y, eq::noise::gaussian{}));
  const eq::noise::poisson counts{.gain = 0.1, .offset = 2};
  CHECK(run(spoilt, counts) == run(y, counts));
}

namespace {

struct any_levels {
  std::vector<eq::noise_level> grid;
  std::vector<eq::noise_level> levels() const { return grid; }
};

}  // namespace

TEST_CASE("a schedule that does not fall, or does not end clean, is refused", "[sampler]") {
  const eq::test::white_prior<X> prior{{1, 1, 2, 2}};
  const auto make = [&](std::vector<eq::noise_level> grid) {
    return eq::sampler{prior, eq::likelihood::unconditional{1}, any_levels{std::move(grid)}, eq::stepper::ddim{}};
  };
  const eq::noise_level high = eq::variance_exploding(2), low = eq::variance_exploding(0.5);
  CHECK_NOTHROW(make({eq::noise_level{0, 1, 0}, high, low, eq::clean}));  // from pure noise
  CHECK_THROWS_WITH(make({low, high, eq::clean}), Catch::Matchers::Contains("does not fall from level 0"));
  CHECK_THROWS_WITH(make({high, low, low, eq::clean}), Catch::Matchers::Contains("does not fall from level 1"));
  CHECK_THROWS_WITH(make({high, low}), Catch::Matchers::Contains("ends clean"));
  CHECK_THROWS_WITH(make({eq::clean}), Catch::Matchers::Contains("at least one step"));
  const auto solver = make({high, low, eq::clean});
  CHECK_THROWS_WITH(solver.sample_from(X({1, 1, 2, 2}, 0.0), 3, eq::seed{1}),
                    Catch::Matchers::Contains("first step of 0 to 2"));
}

TEST_CASE("a measurement that does not fit the prior is refused before the first step", "[sampler]") {
  const eq::test::white_prior<X> prior{{1, 1, 4, 4}};
  const auto make = [&] {
    return eq::sampler{prior, eq::likelihood::dps{eq::test::amplifier{}, ramp({2, 1, 4, 3})},
                       eq::schedule::vp_linear{.steps = 10}, eq::stepper::ddim{}};
  };
  CHECK_THROWS_WITH(make(),
                    "equireg::likelihood::dps: y has shape (2, 1, 4, 3) but the operator returns (2, 1, 4, 4)");
}

TEST_CASE("guided samples of a white prior follow the recursion that dps defines", "[sampler][dps]") {
  // One step by hand: x0 = E[x0 | x], q = zeta A (y - A x0) / ||y - A x0||, next = ddim(x, x0) + J q.
  const eq::test::white_prior<X> prior{{1, 1, 1, 3}, 0.1, 0.5};
  const eq::test::amplifier measurement{2.0};
  const X y = ramp({2, 1, 1, 3});
  const auto schedule = eq::schedule::vp_linear{.steps = 5};
  const double zeta = 0.4;
  const eq::sampler solver{prior, eq::likelihood::dps{measurement, y, {.step_size = zeta}}, schedule,
                           eq::stepper::ddim{.eta = 0.0}};
  eq::observer::recorder<X> recorder;
  solver.sample(eq::seed{9}, recorder);
  const auto levels = schedule.levels();
  for (std::size_t k = 1; k < levels.size() - 1; ++k) {
    const X& before = recorder.states[k - 1].value;
    const X& after = recorder.states[k].value;
    const auto &t = levels[k], &s = levels[k + 1];
    for (std::size_t b = 0; b < 2; ++b) {
      double norm = 0;
      std::vector<double> x0(3), r(3);
      for (std::size_t i = 0; i < 3; ++i) {
        x0[i] = prior.mean + prior.gain(t) * (before(b, 0, 0, i) - t.signal * prior.mean);
        r[i] = y(b, 0, 0, i) - 2.0 * x0[i];
        norm += r[i] * r[i];
      }
      norm = std::sqrt(norm);
      for (std::size_t i = 0; i < 3; ++i) {
        const double eps = (before(b, 0, 0, i) - t.signal * x0[i]) / t.noise;
        const double expected = s.signal * x0[i] + s.noise * eps + prior.gain(t) * zeta * 2.0 * r[i] / norm;
        CHECK(eq::test::close(after(b, 0, 0, i), expected, 1e-12, 1.0));
      }
    }
  }
}

}  // namespace sampler_test
