// SPDX-License-Identifier: BSD-3-Clause
//
// Solvers that descend by Adam.

#include "support/solvers/run_sampler.hpp"

#include <equireg/likelihood/red_diff.hpp>
#include <equireg/likelihood/sitcom.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/renoise.hpp>

#include <algorithm>

namespace support {

// 20 steps as published, and as many descents in each as the evaluations allow; fewer steps where there would be none.
X solve_sitcom(const inverse_problem& p, const solver_run& run) {
  const std::size_t steps = std::clamp<std::size_t>(run.evaluations / 5, 1, 20);
  const std::size_t descents = std::max<std::size_t>(run.evaluations / steps, 2) - 1;
  return run_sampler(
      p, run,
      eq::likelihood::sitcom{
          p.measurement,
          p.y,
          {.iterations = descents, .rate = run.setting, .sigma_y = p.sigma_y, .phase = {.rate = run.setting}}},
      eq::schedule::vp_linear{.steps = steps, .spacing = eq::schedule::respacing::stride}, eq::stepper::renoise{});
}

X solve_red_diff(const inverse_problem& p, const solver_run& run) {
  using enum eq::likelihood::red_diff_start;
  const bool inverts = p.measurement.gives(any_operator::part::pseudo_inverse);
  return run_sampler(p, run,
                     eq::likelihood::red_diff{
                         p.measurement, p.y, {.prior_weight = run.setting, .start = inverts ? pseudo_inverse : zero}},
                     eq::schedule::vp_linear{.steps = run.evaluations});
}

}  // namespace support
