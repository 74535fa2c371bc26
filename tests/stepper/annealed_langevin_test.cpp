// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/ve.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/annealed_langevin.hpp>
#include <equireg/stepper/ddim.hpp>
#include <equireg/stepper/reverse_stepper.hpp>

#include <support/batches.hpp>
#include <support/catch.hpp>
#include <support/gaussian_run.hpp>
#include <support/tolerance.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace annealed_langevin_test {

namespace eq = equireg;
using eq::stepper::annealed_langevin;
using eq::test::close;
using eq::test::same_bits;
using X = eq::cpu::tensor<double>;

static_assert(eq::check_reverse_stepper<annealed_langevin, X>());
static_assert(eq::check_reverse_stepper<annealed_langevin, eq::cpu::tensor<float>>());

namespace {

const eq::test::gaussian_prior prior;

std::vector<std::vector<eq::noise_level>> all_levels() {
  return {eq::schedule::ve{.steps = 8, .sigma_min = 0.05, .sigma_max = 5}.levels(),
          eq::schedule::vp_linear{.steps = 8}.levels(), eq::schedule::rectified_flow{.steps = 8}.levels()};
}

X normal(const eq::shape& s, const eq::noise_address& address) {
  X z(s);
  fill_normal(z, address);
  return z;
}

/// Mean and variance of x~ after a run from the exact law, by the recursion of a Gaussian.
struct law {
  double mean, variance;
  void scale(double slope) { mean = prior.mean + slope * (mean - prior.mean), variance *= slope * slope; }
};
law after(const annealed_langevin& stepper, const std::vector<eq::noise_level>& levels) {
  law now{prior.mean, prior.variance + std::pow(levels[0].sigma(), 2)};
  for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
    const double square = std::pow(levels[k].sigma(), 2), gain = prior.variance / (prior.variance + square);
    const bool to_data = k + 2 == levels.size();
    for (std::size_t i = 0; i < stepper.inner_steps - (to_data ? 1 : 0); ++i) {
      now.scale(1 - stepper.rate * (1 - gain));
      now.variance += 2 * stepper.rate * square;
    }
    if (to_data) now.scale(gain);
  }
  return now;
}

/// Samples of that shape have that law, within their Monte-Carlo error.
void check_law(const eq::shape& s, const annealed_langevin& stepper, const std::vector<eq::noise_level>& levels,
               const law& expected) {
  const X start = prior.initial(levels[0], eq::test::initial_noise(s, 3));
  const eq::test::moments found(eq::test::walk(stepper, start, levels, prior, 3));
  CHECK(eq::test::within_standard_errors(found.mean, expected.mean, found.error_of_mean(expected.variance)));
  CHECK(
      eq::test::within_standard_errors(found.variance, expected.variance, found.error_of_variance(expected.variance)));
}

}  // namespace

TEST_CASE("annealed Langevin is its formula in units of the data, with the streams of a chain", "[stepper][langevin]") {
  const annealed_langevin stepper{.inner_steps = 3, .rate = 0.4};
  const eq::shape s{3, 1, 2, 3};
  for (const auto& levels : all_levels()) {
    const eq::noise_level &from = levels[4], &to = levels[5];
    const eq::reverse_step step{from, to, 4, 8, 21, 7};
    X x = normal(s, {1, 0, eq::purpose::user, 0}), expected = x;
    const double sigma = from.sigma(), eta = stepper.rate * sigma * sigma;
    transform(
        expected, [a = from.signal](double v) { return v / a; }, expected);
    for (std::size_t i = 0; i < 3; ++i) {
      const X z = normal(s, step.chain(eq::purpose::step, i));
      transform(
          expected,
          [&](double v, double n) {
            const double score = -(v - prior.mean) / (prior.variance + sigma * sigma);
            return v + eta * score + std::sqrt(2 * eta) * n;
          },
          expected, z);
    }
    transform(
        expected, [a = to.signal](double v) { return a * v; }, expected);
    auto memory = stepper.start<X>();
    stepper.advance(memory, x, prior, step);
    CHECK(eq::test::relative_error(x.values(), expected.values()) < 1e-12);
  }
}

TEST_CASE("annealed Langevin asks n times at the level of the state, and once from pure noise", "[stepper][langevin]") {
  const auto levels = eq::schedule::rectified_flow{.steps = 3}.levels();
  std::vector<eq::noise_level> asked;
  const auto estimate = [&](const X& x, const eq::noise_level& level) {
    asked.push_back(level);
    return prior(x, level);
  };
  const annealed_langevin stepper{.inner_steps = 2, .rate = 0.1};
  const X z = eq::test::initial_noise({1, 1, 1, 2}, 1);
  eq::test::walk(stepper, z, levels, estimate, 0);
  CHECK(asked == std::vector{levels[0], levels[1], levels[1], levels[2], levels[2]});
  // From pure noise it is the step of the flow.
  X x = z, flow = z;
  auto memory = eq::stepper::no_memory{};
  const eq::reverse_step first{levels[0], levels[1], 0, 3, 5, 0};
  stepper.advance(memory, x, prior, first);
  eq::stepper::ddim{}.advance(memory, flow, prior, first);
  CHECK(eq::test::relative_error(x.values(), flow.values()) < 1e-12);
}

TEST_CASE("annealed Langevin with many small steps draws from a Gaussian prior", "[stepper][langevin]") {
  // The law of the run is Gaussian and known. It is within 3% of the prior's variance where n rate is 36 times
  // ln(sigma_t / sigma_s), and the samples have it within their Monte-Carlo error.
  const auto levels = eq::schedule::ve{.steps = 40, .sigma_min = 0.05, .sigma_max = 4}.levels();
  const annealed_langevin stepper{.inner_steps = 40, .rate = 0.1};
  const law expected = after(stepper, levels);
  CHECK(close(expected.mean, prior.mean, 1e-12));
  CHECK(close(expected.variance, prior.variance, 0.03));
  check_law({32, 1, 8, 8}, stepper, levels, expected);
}

TEST_CASE("annealed Langevin as published follows the recursion of a Gaussian prior", "[stepper][langevin]") {
  const auto levels = eq::schedule::ve{.steps = 80, .sigma_min = 0.02, .sigma_max = 4}.levels();
  const annealed_langevin stepper;
  CHECK(stepper.inner_steps == 3);
  CHECK(close(stepper.rate * 0.0066 * 0.0066, 3e-5, 1e-12));
  const law expected = after(stepper, levels);
  check_law({64, 1, 16, 16}, stepper, levels, expected);
}

TEST_CASE("the step to data returns the estimate of the last Langevin state", "[stepper][langevin]") {
  const annealed_langevin stepper{.inner_steps = 3, .rate = 0.4};
  for (const auto& levels : all_levels()) {
    const eq::reverse_step step{levels[7], levels[8], 7, 8, 5, 0};
    const X constant = normal({2, 1, 2, 5}, {9, 0, eq::purpose::user, 0});
    X x = normal(constant.shape(), {9, 1, eq::purpose::user, 0});
    std::vector<X> states;
    const auto estimate = [&](const X& at, const eq::noise_level&) {
      states.push_back(at);
      return eq::guided_estimate{constant, eq::absent{}};
    };
    auto memory = stepper.start<X>();
    const X sums = stepper.advance(memory, x, estimate, step);
    CHECK(same_bits(x, constant));
    CHECK(states.size() == 3);
    CHECK_FALSE(same_bits(states[1], states[2]));
    for (std::size_t b = 0; b < 2; ++b) {
      double size = 0;
      for (const double v : x.sample(b)) size += std::abs(v);
      CHECK(close(sums.values()[b], size, 1e-12));
    }
  }
}

TEST_CASE("each of n Langevin estimates adds the n-th part of its shift", "[stepper][langevin]") {
  const X constant({1, 1, 1, 1}, 0.5);
  const auto levels = eq::schedule::ve{.steps = 8, .sigma_min = 0.05, .sigma_max = 5}.levels();
  const auto end = [&](const annealed_langevin& stepper, std::size_t k, double first_shift, double later_shift) {
    bool first = true;
    const auto estimate = [&](const X& at, const eq::noise_level&) {
      X shift(at.shape(), first ? first_shift : later_shift);
      first = false;
      return eq::guided_estimate{constant, std::move(shift)};
    };
    X x({1, 1, 1, 1}, 2.0);
    auto memory = stepper.start<X>();
    stepper.advance(memory, x, estimate, eq::reverse_step{levels[k], levels[k + 1], k, 8, 5, 0});
    return x.values()[0];
  };
  const annealed_langevin one{.inner_steps = 1, .rate = 0.25}, two{.inner_steps = 2, .rate = 0.25};
  CHECK(close(end(one, 3, 3, 0) - end(one, 3, 0, 0), 3, 1e-12));
  CHECK(close(end(two, 3, 0, 3) - end(two, 3, 0, 0), 1.5, 1e-12));
  CHECK(close(end(two, 3, 4, 0) - end(two, 3, 0, 0), 2 * 0.75, 1e-12));  // the second move keeps 1 - rate
  CHECK(close(end(two, 7, 0, 3) - end(two, 7, 0, 0), 1.5, 1e-12));       // to data
}

TEST_CASE("annealed Langevin gives the same bits, however the batch is split", "[stepper][langevin]") {
  const annealed_langevin stepper{.inner_steps = 2, .rate = 0.3};
  for (const auto& levels : all_levels()) {
    const auto run = [&](std::size_t first, std::size_t count, std::uint64_t seed) {
      const X x = normal({count, 1, 3, 5}, {4, 0, eq::purpose::initial_state, first});
      return eq::test::walk(stepper, x, levels, prior, seed, first);
    };
    const X all = run(0, 5, 8), part = run(2, 3, 8);
    CHECK(std::equal(part.values().begin(), part.values().end(), all.sample(2).begin()));
    CHECK_FALSE(same_bits(all, run(0, 5, 9)));
  }
}

TEST_CASE("annealed Langevin refuses no steps and a rate that diverges", "[stepper][langevin]") {
  const eq::reverse_step step{eq::variance_exploding(2), eq::variance_exploding(1), 0, 2, 0, 0};
  X x({1, 1, 1, 1}, 1.0);
  auto memory = eq::stepper::no_memory{};
  CHECK_THROWS_WITH((annealed_langevin{.inner_steps = 0}.advance(memory, x, prior, step)),
                    eq::test::contains("expected inner_steps >= 1, got 0"));
  for (const double rate : {0.0, 2.0, -1.0, std::nan("")}) {
    CHECK_THROWS_WITH((annealed_langevin{.rate = rate}.advance(memory, x, prior, step)),
                      eq::test::contains("expected rate in (0, 2)"));
  }
}

}  // namespace annealed_langevin_test
