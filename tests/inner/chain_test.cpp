// SPDX-License-Identifier: BSD-3-Clause
//
// A chain on a quadratic energy is an autoregression, whose law after any number of steps is known: thousands of chains
// are held against it.

#include "support/catch.hpp"
#include "support/gaussian_run.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/inner/chain.hpp>
#include <equireg/inner/hamiltonian.hpp>
#include <equireg/inner/langevin.hpp>
#include <equireg/inner/metropolis.hpp>

#include <cmath>
#include <limits>

namespace chain_test {

namespace eq = equireg;
using X = eq::cpu::tensor<double>;
using eq::test::moments;

namespace {

/// U(w) = p ||w - m||^2 / 2.
struct quadratic {
  double precision, mean;

  X value(const X& w) const {
    return reduce([p = precision, m = mean](double v) { return 0.5 * p * (v - m) * (v - m); }, w);
  }
  X gradient(const X& w) const {
    X g(w.shape());
    transform(
        g, [p = precision, m = mean](double v) { return p * (v - m); }, w);
    return g;
  }
};

// Where elements do not meet each is a chain, and noise is made for many elements of a sample at once.
const eq::shape chains{80, 1, 16, 16};
const eq::shape lone_chains{3000, 1, 1, 1};

eq::reverse_step step_of(std::uint64_t seed) {
  eq::reverse_step step{};
  step.seed = seed;
  return step;
}

template <class Kernel>
X run(const Kernel& kernel, X w, const quadratic& energy, std::size_t iterations, double rate, std::uint64_t seed = 4) {
  eq::inner::run_chain(kernel, w, energy, iterations, rate, step_of(seed));
  return w;
}

void check_law(const X& w, double mean, double variance) {
  const moments found(w);
  CAPTURE(found.mean, mean, found.variance, variance);
  CHECK(eq::test::within_standard_errors(found.mean, mean, found.error_of_mean(variance)));
  CHECK(eq::test::within_standard_errors(found.variance, variance, found.error_of_variance(variance)));
}

}  // namespace

TEST_CASE("langevin steps follow their autoregression, and settle at its law", "[inner][langevin]") {
  const double p = 4, m = 0.7, eta = 0.15, start = 3, decay = 1 - eta * p;
  const quadratic energy{p, m};
  const double settled = 1 / (p * (1 - eta * p / 2));
  for (const std::size_t n : {1, 3, 40}) {
    const double power = std::pow(decay, static_cast<double>(n));
    check_law(run(eq::inner::langevin{}, X(chains, start), energy, n, eta), m + power * (start - m),
              settled * (1 - power * power));
  }
}

TEST_CASE("hamiltonian steps settle at the law of their autoregression", "[inner][hamiltonian]") {
  const double p = 4, m = 0.7;
  for (const double kappa : {0.3, 0.9}) {
    for (const double eta : {0.02, 0.3}) {
      // The slower root of z^2 - (1 + kappa - eta p) z + kappa has forgotten the start.
      const std::size_t n = 300;
      check_law(run(eq::inner::hamiltonian{.momentum = kappa}, X(chains, 1.0), {p, m}, n, eta), m,
                1 / (p * (1 - eta * p / (2 * (1 + kappa)))));
    }
  }
}

TEST_CASE("the first hamiltonian step has a fresh momentum, and none is kept at kappa = 0", "[inner][hamiltonian]") {
  const quadratic energy{4, 0.7};
  const double eta = 0.05, kappa = 0.6, start = 3;
  const X w = run(eq::inner::hamiltonian{.momentum = kappa}, X(chains, start), energy, 1, eta);
  check_law(w, start - eta * 4 * (start - 0.7), eta * (kappa * kappa + 2 * (1 - kappa)));
  const X plain = run(eq::inner::langevin{}, X(chains, start), energy, 20, eta);
  const X damped = run(eq::inner::hamiltonian{.momentum = 0}, X(chains, start), energy, 20, eta);
  CHECK(eq::test::relative_error(damped.values(), plain.values()) < 1e-13);
}

TEST_CASE("metropolis steps settle at exp(-U), however long they are", "[inner][metropolis]") {
  for (const double eta : {0.3, 3.0}) {
    check_law(run(eq::inner::metropolis{}, X(lone_chains, 1.0), {4, 0.7}, 60, eta), 0.7, 0.25);
  }
}

TEST_CASE("metropolis decides for whole samples, by the sum of their energies", "[inner][metropolis]") {
  const eq::shape s{1500, 1, 2, 2};
  const X w = run(eq::inner::metropolis{}, X(s, 1.0), {4, 0.7}, 80, 0.35);
  check_law(w, 0.7, 0.25);
  // A sample moves as a whole or not at all, and one step moves some of them.
  const X one = run(eq::inner::metropolis{}, X(s, 1.0), {4, 0.7}, 1, 0.35);
  std::size_t moved = 0;
  for (std::size_t b = 0; b < s.batch; ++b) {
    std::size_t elements = 0;
    for (const double v : one.sample(b)) elements += v != 1.0 ? 1 : 0;
    CHECK((elements == 0 || elements == 4));
    moved += elements / 4;
  }
  CHECK(moved > s.batch / 10);
  CHECK(moved < s.batch * 9 / 10);
}

TEST_CASE("a metropolis proposal without an energy is not taken", "[inner][metropolis]") {
  struct fenced {  // no number beyond 1
    X value(const X& w) const {
      return reduce([](double v) { return v > 1 ? std::numeric_limits<double>::quiet_NaN() : 0.0; }, w);
    }
  };
  X w({500, 1, 1, 1}, 0.9);
  eq::inner::run_chain(eq::inner::metropolis{}, w, fenced{}, 20, 0.1, step_of(2));
  for (const double v : w.values()) CHECK(v <= 1);
}

TEST_CASE("a chain over a batch is a chain over each of its samples", "[inner]") {
  const auto check = [](const auto& kernel) {
    const quadratic energy{2, -1};
    const X whole = run(kernel, X({3, 1, 2, 3}, 0.5), energy, 7, 0.2);
    for (std::size_t b = 0; b < 3; ++b) {
      eq::reverse_step step = step_of(4);
      step.first_sample = b;
      X one({1, 1, 2, 3}, 0.5);
      eq::inner::run_chain(kernel, one, energy, 7, 0.2, step);
      for (std::size_t i = 0; i < 6; ++i) CHECK(one.data()[i] == whole.sample(b)[i]);
    }
    CHECK(whole.sample(0)[0] != whole.sample(1)[0]);
  };
  check(eq::inner::langevin{});
  check(eq::inner::hamiltonian{.momentum = 0.5});
  check(eq::inner::metropolis{});
}

TEST_CASE("hamiltonian refuses a momentum outside of [0, 1)", "[inner][hamiltonian]") {
  for (const double kappa : {-0.1, 1.0}) {
    CHECK_THROWS_WITH(run(eq::inner::hamiltonian{.momentum = kappa}, X({1, 1, 1, 1}, 0.0), {1, 0}, 1, 0.1),
                      eq::test::contains("expected a momentum in [0, 1), but it is"));
  }
}

}  // namespace chain_test
