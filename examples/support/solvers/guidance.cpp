// SPDX-License-Identifier: BSD-3-Clause
//
// Solvers that shift each state by a gradient through the score.

#include "support/solvers/run_sampler.hpp"

#include <equireg/likelihood/dps.hpp>
#include <equireg/likelihood/lgd.hpp>
#include <equireg/likelihood/pigdm.hpp>
#include <equireg/likelihood/tmpd.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddim.hpp>

namespace support {

X solve_dps(const inverse_problem& p, const solver_run& run) {
  return run_sampler(p, run, eq::likelihood::dps{p.measurement, p.y, {.step_size = run.setting}},
                     eq::schedule::vp_linear{.steps = run.evaluations}, eq::stepper::ddim{.eta = 1});
}

X solve_lgd(const inverse_problem& p, const solver_run& run) {
  return run_sampler(p, run, eq::likelihood::lgd{p.measurement, p.y, {.draws = 3, .step_size = run.setting}},
                     eq::schedule::vp_linear{.steps = run.evaluations}, eq::stepper::ddim{.eta = 1});
}

X solve_pigdm(const inverse_problem& p, const solver_run& run) {
  return run_sampler(p, run,
                     eq::likelihood::pigdm{p.measurement, p.y, {.sigma_y = p.sigma_y, .prior_variance = run.setting}},
                     eq::schedule::vp_linear{.steps = run.evaluations}, eq::stepper::ddim{.eta = 1});
}

X solve_tmpd(const inverse_problem& p, const solver_run& run) {
  return run_sampler(p, run, eq::likelihood::tmpd{p.measurement, p.y, {.sigma_y = p.sigma_y}},
                     eq::schedule::vp_linear{.steps = run.evaluations}, eq::stepper::ddim{.eta = 1});
}

}  // namespace support
