// SPDX-License-Identifier: BSD-3-Clause
//
// Solvers that put the data in place of what the operator measures, or follow the likelihood of x_t itself.

#include "support/solvers/run_sampler.hpp"

#include <equireg/likelihood/ilvr.hpp>
#include <equireg/likelihood/mcg.hpp>
#include <equireg/likelihood/projection.hpp>
#include <equireg/likelihood/score_ald.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddim.hpp>

namespace support {

namespace {

template <class Likelihood>
X run_ancestral(const inverse_problem& p, const solver_run& run, const Likelihood& likelihood) {
  return run_sampler(p, run, likelihood, eq::schedule::vp_linear{.steps = run.evaluations},
                     eq::stepper::ddim{.eta = 1});
}

}  // namespace

X solve_score_ald(const inverse_problem& p, const solver_run& run) {
  return run_ancestral(p, run,
                       eq::likelihood::score_ald{p.measurement, p.y, {.sigma_y = p.sigma_y, .gamma = run.setting}});
}

X solve_projection(const inverse_problem& p, const solver_run& run) {
  return run_ancestral(p, run, eq::likelihood::projection{p.measurement, p.y, {.strength = run.setting}});
}

X solve_ilvr(const inverse_problem& p, const solver_run& run) {
  const eq::likelihood::down_up low_pass{p.measurement};
  return run_ancestral(p, run,
                       eq::likelihood::ilvr{low_pass, p.measurement.pseudo_inverse(p.y), {.sigma_min = run.setting}});
}

X solve_mcg(const inverse_problem& p, const solver_run& run) {
  return run_ancestral(p, run, eq::likelihood::mcg{p.measurement, p.y, {.step_size = run.setting}});
}

}  // namespace support
