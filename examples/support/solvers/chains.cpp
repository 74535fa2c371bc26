// SPDX-License-Identifier: BSD-3-Clause
//
// Solvers with a Markov chain inside.

#include "support/solvers/run_sampler.hpp"

#include <equireg/likelihood/daps.hpp>
#include <equireg/likelihood/pnp_dm.hpp>
#include <equireg/schedule/annealed.hpp>
#include <equireg/schedule/karras.hpp>
#include <equireg/stepper/renoise.hpp>

#include <algorithm>
#include <cmath>

namespace support {

// Five evaluations a step, as published. The chain's rate is tau^2, just inside of what is stable for ||A|| = 1.
X solve_daps(const inverse_problem& p, const solver_run& run) {
  const double tau = run.setting * p.sigma_y;
  const std::size_t flow = 5, steps = std::max<std::size_t>(run.evaluations / flow, 2);
  return run_sampler(
      p, run, eq::likelihood::daps{p.measurement, p.y, {.tau = tau, .flow_steps = flow, .rate = tau * tau}},
      eq::schedule::karras{.steps = steps, .sigma_min = 0.1, .sigma_max = 100, .reaches_sigma_min = false},
      eq::stepper::renoise{});
}

// As many rounds as the evaluations allow, on a grid of their root; rho falls for 60% of them and then stays, as
// published.
X solve_pnp_dm(const inverse_problem& p, const solver_run& run) {
  const double first = 10, last = run.setting;
  const auto nodes = static_cast<std::size_t>(std::max(4.0, std::sqrt(static_cast<double>(run.evaluations))));
  const eq::schedule::karras grid{.steps = nodes, .sigma_min = 0.01, .sigma_max = first};
  const auto levels_of = [&](std::size_t rounds) {
    const double falling = std::max(1.0, 0.6 * static_cast<double>(rounds));
    return eq::schedule::annealed{
        .steps = rounds, .sigma_min = last, .sigma_max = first, .decay = std::pow(last / first, 1 / falling)};
  };
  const auto cost_of = [&](std::size_t rounds) {
    const auto below = grid.levels();
    std::size_t cost = 0;
    for (const auto& level : levels_of(rounds).levels()) {
      if (level.noise == 0) continue;
      cost += 1 + static_cast<std::size_t>(std::count_if(below.begin(), below.end(), [&](const eq::noise_level& node) {
                return node.noise > 0 && node.noise < level.noise;
              }));
    }
    return cost;
  };
  std::size_t rounds = 2;
  while (cost_of(rounds + 1) <= run.evaluations) ++rounds;
  return p.measurement.visit([&](const auto& a) {
    return run_sampler(p, run, eq::likelihood::pnp_dm{a, p.y, {.sigma_y = p.sigma_y, .grid = grid}}, levels_of(rounds));
  });
}

}  // namespace support
