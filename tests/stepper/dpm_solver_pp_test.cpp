// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/karras.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddim.hpp>
#include <equireg/stepper/dpm_solver_pp.hpp>

#include <support/catch.hpp>
#include <support/gaussian_run.hpp>
#include <support/tolerance.hpp>

#include <cmath>
#include <vector>

namespace dpm_solver_pp_test {

namespace eq = equireg;
using eq::cpu::tensor;
using eq::stepper::dpm_solver_pp;
using eq::test::close;

TEST_CASE("DPM-Solver++ is the published recursion on a Gaussian prior", "[stepper][dpm_solver_pp]") {
  // x_s = (b_s / b_t) x_t - a_s (e^-h - 1) D*, D* = D_t + (D_t - D_previous) / (2 r), on the element's own numbers.
  const eq::test::gaussian_prior prior;
  for (const auto& levels : {eq::schedule::vp_linear{.steps = 30}.levels(), eq::schedule::karras{}.levels(),
                             eq::schedule::vp_linear{.steps = 10}.levels(),
                             eq::schedule::rectified_flow{.steps = 20, .first_time = 0.99}.levels()}) {
    const auto z = eq::test::initial_noise({2, 1, 2, 2}, 4);
    const auto begin = prior.initial(levels[0], z);
    const auto x = eq::test::walk(dpm_solver_pp{}, begin, levels, prior, 0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      double value = begin.values()[i], before = 0, h_before = 0;
      for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
        const eq::noise_level &t = levels[k], &s = levels[k + 1];
        const double estimate = prior.mean + prior.gain(t) * (value - t.signal * prior.mean);
        if (s.noise == 0) {
          value = estimate;
          continue;
        }
        const double h = std::log(s.signal / s.noise) - std::log(t.signal / t.noise);
        const double better = k == 0 ? estimate : estimate + (estimate - before) / (2 * h_before / h);
        value = s.noise / t.noise * value - s.signal * std::expm1(-h) * better;
        before = estimate;
        h_before = h;
      }
      CHECK(close(x.values()[i], value, 1e-10, 1.0));
    }
  }
}

TEST_CASE("DPM-Solver++ is exact for a constant estimate, whatever the steps", "[stepper][dpm_solver_pp]") {
  // x~_s = x0 + sigma_s eps for all s.
  const tensor<double> x0({1, 1, 1, 3}, {0.5, -1.0, 2.0}), eps({1, 1, 1, 3}, {1.0, 0.2, -0.7});
  const auto estimate = [&](const tensor<double>&, const eq::noise_level&) {
    return eq::guided_estimate{x0, eq::absent{}};
  };
  const std::vector<eq::noise_level> levels{eq::rectified(1), eq::rectified(0.93), eq::rectified(0.5),
                                            eq::rectified(0.49), eq::rectified(0.01)};
  auto memory = dpm_solver_pp{}.start<tensor<double>>();
  tensor<double> x = eps;
  for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
    dpm_solver_pp{}.advance(memory, x, estimate, {levels[k], levels[k + 1], k, 20, 0, 0});
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(close(x.values()[i], levels[k + 1].signal * x0.values()[i] + levels[k + 1].noise * eps.values()[i], 1e-12));
    }
  }
}

TEST_CASE("DPM-Solver++ is of second order", "[stepper][dpm_solver_pp]") {
  // Without an estimate of x0 at sigma = 0 in between, the walk stops at sigma_min = 0.1, whose exact deviation is
  // known: sqrt(c + sigma_min^2). A geometric grid has equal steps in lambda.
  const eq::test::gaussian_prior prior;
  const auto error = [&](std::size_t steps) {
    std::vector<eq::noise_level> levels;
    for (std::size_t i = 0; i <= steps; ++i) {
      const double share = static_cast<double>(i) / static_cast<double>(steps);
      levels.push_back(eq::variance_exploding(10 * std::pow(0.01, share)));
    }
    const tensor<double> z({1, 1, 1, 1}, 1.0);
    const auto x = eq::test::walk(dpm_solver_pp{}, prior.initial(levels[0], z), levels, prior, 0);
    return std::abs(x.values()[0] - prior.mean - std::sqrt(prior.variance + 0.01));
  };
  const double coarse = error(80), fine = error(160);
  CHECK(coarse < 1e-3);
  CHECK(coarse / fine > 3.5);
  CHECK(coarse / fine < 4.5);
}

TEST_CASE("DPM-Solver++ falls back to first order in the last of few steps", "[stepper][dpm_solver_pp]") {
  const eq::test::gaussian_prior prior;
  const eq::noise_level levels[] = {eq::variance_exploding(4), eq::variance_exploding(2), eq::variance_exploding(1)};
  const auto second_step = [&](const dpm_solver_pp& stepper, std::size_t index, std::size_t total) {
    auto memory = stepper.start<tensor<double>>();
    tensor<double> x({1, 1, 1, 1}, 3.0);
    stepper.advance(memory, x, prior, {levels[0], levels[1], 0, total, 0, 0});
    stepper.advance(memory, x, prior, {levels[1], levels[2], index, total, 0, 0});
    return x.values()[0];
  };
  auto memory = eq::stepper::ddim{}.start<tensor<double>>();
  tensor<double> x({1, 1, 1, 1}, 3.0);
  eq::stepper::ddim{}.advance(memory, x, prior, {levels[0], levels[1], 0, 2, 0, 0});
  eq::stepper::ddim{}.advance(memory, x, prior, {levels[1], levels[2], 1, 2, 0, 0});
  const double first_order = x.values()[0];
  CHECK(close(second_step({}, 1, 2), first_order, 1e-12));
  CHECK(close(second_step({}, 13, 14), first_order, 1e-12));
  const double second_order = second_step({.lower_order_final = false}, 1, 2);
  CHECK_FALSE(close(second_order, first_order, 1e-3));
  CHECK(second_step({}, 14, 15) == second_order);
  CHECK(second_step({}, 1, 14) == second_order);
}

TEST_CASE("DPM-Solver++ begins at pure noise and forgets nothing it was guided to", "[stepper][dpm_solver_pp]") {
  // From pure noise the next step is of first order too: h_previous is infinite.
  const eq::test::gaussian_prior prior;
  const auto levels = eq::schedule::rectified_flow{.steps = 20}.levels();
  auto memory = dpm_solver_pp{}.start<tensor<double>>();
  auto no_memory = eq::stepper::ddim{}.start<tensor<double>>();
  tensor<double> x({1, 1, 1, 1}, 0.8), same = x;
  for (std::size_t i = 0; i < 2; ++i) {
    const eq::reverse_step step{levels[i], levels[i + 1], i, 20, 0, 0};
    const double estimate = prior(x, levels[i]).x0.values()[0];
    dpm_solver_pp{}.advance(memory, x, prior, step);
    eq::stepper::ddim{}.advance(no_memory, same, prior, step);
    CHECK(close(x.values()[0], same.values()[0], 1e-12));
    REQUIRE(memory.x0.has_value());
    CHECK(memory.x0->values()[0] == estimate);
  }
}

}  // namespace dpm_solver_pp_test
