// SPDX-License-Identifier: BSD-3-Clause
#include "support/catch.hpp"
#include "support/foreign.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/likelihood/unconditional.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/karras.hpp>
#include <equireg/stepper/ddim.hpp>
#include <equireg/stepper/dpm_solver_pp.hpp>
#include <equireg/stepper/update.hpp>

#include <limits>
#include <vector>

namespace likelihood_hooks_test {

namespace eq = equireg;
using X = eq::cpu::tensor<double>;

namespace {

const eq::test::white_prior<X> prior{{1, 1, 2, 3}, 0.3, 2.0};
const eq::schedule::karras grid{.steps = 5};

/// Starts at 1 in units of the noise, and moves every state by 10.
struct hooked : eq::likelihood::unconditional {
  using unconditional::unconditional;
  void begin(X& x, const eq::noise_level& level) const { fill(x, level.noise); }
  void correct(X& x, const eq::reverse_step&) const {
    transform(
        x, [](double v) { return v + 10; }, x);
  }
};

/// Halves the state at each step, and counts in the state's first element.
struct halving : eq::likelihood::unconditional {
  using unconditional::unconditional;
  double last = 1;
  template <class T>
  auto start() const {
    return 0;
  }
  template <class T>
  T advance(int& steps, T& x, const auto& estimate, const eq::reverse_step& step) const {
    const auto now = estimate(x, step.from);
    ++steps;
    transform(
        x, [](double v) { return v / 2; }, now.x0);
    x(0, 0, 0, 0) = step.is_last() ? last * steps : 0.0;
    return reduce([](double v) { return v < 0 ? -v : v; }, x);
  }
};

/// Says that x0 is the score model's.
struct bystander : eq::likelihood::unconditional {
  using unconditional::unconditional;
  static constexpr bool changes_x0 = false;
};

/// Knows nothing.
struct broken_score : eq::test::white_prior<X> {
  X denoise(const X& x, const eq::noise_level&) const { return X(x.shape(), std::numeric_limits<double>::quiet_NaN()); }
};

}  // namespace

TEST_CASE("a likelihood may choose the initial state and correct those of the stepper", "[sampler]") {
  const eq::sampler solver{prior, hooked{2}, grid, eq::stepper::ddim{}};
  std::vector<X> states;
  struct watcher {
    std::vector<X>& states;
    void on_step(const eq::reverse_step&, const X& x) { states.push_back(x); }
  } watch{states};
  const X x = solver.sample({3}, watch);
  // The same by hand: no noise enters, since eta = 0.
  X expected({2, 1, 2, 3}, solver.levels().front().noise);
  for (std::size_t k = 0; k + 1 < solver.levels().size(); ++k) {
    const eq::noise_level &from = solver.levels()[k], &to = solver.levels()[k + 1];
    const auto c = eq::stepper::flow_step(from, to);
    const X x0 = prior.denoise(expected, from);
    transform(
        expected, [c](double v, double u) { return c.state * v + c.x0 * u + 10; }, expected, x0);
  }
  CHECK(eq::test::relative_error(x.values(), expected.values()) < 1e-12);
  CHECK(states.size() == 5);  // observers see corrected states
  CHECK(states.back().values()[0] == x.values()[0]);
}

TEST_CASE("a stepper forgets what it knows of a state that the likelihood corrects", "[sampler]") {
  // Without a memory dpm_solver_pp makes the step of ddim{.eta = 0}.
  const X multistep = eq::sampler{prior, hooked{2}, grid, eq::stepper::dpm_solver_pp{}}.sample({3});
  const X single = eq::sampler{prior, hooked{2}, grid, eq::stepper::ddim{}}.sample({3});
  CHECK(eq::test::relative_error(multistep.values(), single.values()) < 1e-12);
}

TEST_CASE("a likelihood that leaves x0 alone is not blamed for the score model's", "[sampler]") {
  const broken_score score{prior};
  const eq::sampler solver{score, bystander{2}, grid, eq::stepper::ddim{}};
  CHECK_THROWS_WITH(solver.sample({3}), eq::test::contains("the score model"));
}

TEST_CASE("a likelihood that makes the steps needs no stepper, and keeps its memory", "[sampler]") {
  const eq::sampler solver{prior, halving{1}, grid};
  static_assert(std::is_same_v<decltype(solver),
                               const eq::sampler<const eq::test::white_prior<X>&, halving, eq::regularizer::none,
                                                 eq::schedule::karras, eq::stepper::by_likelihood>>);
  CHECK(solver.sample({3})(0, 0, 0, 0) == 5.0);
  const eq::sampler with_options{prior, halving{1}, grid, eq::sampler_options{.first_sample = 4}};
  CHECK(with_options.sample({3})(0, 0, 0, 0) == 5.0);
}

TEST_CASE("a step of the likelihood's own that is not finite bears its name", "[sampler]") {
  halving broken{1};
  broken.last = std::numeric_limits<double>::infinity();
  const eq::sampler solver{prior, broken, grid};
  CHECK_THROWS_WITH(solver.sample({3}), eq::test::contains("the step of the likelihood"));
}

TEST_CASE("chains of different steps, purposes and iterations share no number", "[sampler][random]") {
  eq::reverse_step step{};
  step.seed = 5;
  std::vector<double> seen;
  for (const std::size_t index : {0, 1, 2}) {
    step.index = index;
    for (const auto what : {eq::purpose::likelihood, eq::purpose::step}) {
      seen.push_back(eq::uniform(step.noise(what)));
      for (const std::size_t i : {0, 1, 2}) seen.push_back(eq::uniform(step.chain(what, i)));
    }
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) CHECK(seen[i] != seen[j]);
  }
}

}  // namespace likelihood_hooks_test
