// SPDX-License-Identifier: BSD-3-Clause
//
// The yardstick, and no guidance at all.

#include "support/solvers/run_sampler.hpp"

#include <equireg/likelihood/exact.hpp>
#include <equireg/likelihood/unconditional.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/score/mixture_posterior.hpp>
#include <equireg/stepper/ddim.hpp>

namespace support {

X solve_exact(const inverse_problem& p, const solver_run& run) {
  const eq::likelihood::exact<mixture_prior, any_operator> likelihood{
      eq::score::mixture_posterior<mixture_prior>(p.conditioning, p.y)};
  return run_sampler(p, run, likelihood, eq::schedule::vp_linear{.steps = run.evaluations},
                     eq::stepper::ddim{.eta = 1});
}

X solve_unconditional(const inverse_problem& p, const solver_run& run) {
  return run_sampler(p, run, eq::likelihood::unconditional{p.y.shape().batch},
                     eq::schedule::vp_linear{.steps = run.evaluations}, eq::stepper::ddim{.eta = 1});
}

}  // namespace support
