// SPDX-License-Identifier: BSD-3-Clause
//
// Solvers that know what the operator leaves out.

#include "support/solvers/run_sampler.hpp"

#include <equireg/likelihood/ddnm.hpp>
#include <equireg/likelihood/ddnm_plus.hpp>
#include <equireg/likelihood/ddrm.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddim.hpp>

namespace support {

X solve_ddnm(const inverse_problem& p, const solver_run& run) {
  return run_sampler(p, run, eq::likelihood::ddnm{p.measurement, p.y},
                     eq::schedule::vp_linear{.steps = run.evaluations},
                     eq::stepper::ddim{.eta = run.setting, .rule = eq::stepper::eta_rule::simple});
}

X solve_ddnm_plus(const inverse_problem& p, const solver_run& run) {
  return run_sampler(p, run, eq::likelihood::ddnm_plus{p.measurement, p.y, {.sigma_y = p.sigma_y, .eta = run.setting}},
                     eq::schedule::vp_linear{.steps = run.evaluations});
}

X solve_ddrm(const inverse_problem& p, const solver_run& run) {
  return run_sampler(p, run, eq::likelihood::ddrm{p.measurement, p.y, {.sigma_y = p.sigma_y, .eta = run.setting}},
                     eq::schedule::vp_linear{.steps = run.evaluations});
}

}  // namespace support
