// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief How each entry of `chosen_solver` runs its likelihood.

#include "support/chosen_solver.hpp"

#include <equireg/regularizer/none.hpp>
#include <equireg/sampler/sampler.hpp>

namespace support {

using X = any_score::tensor_type;

/// The sampler with this likelihood, schedule and stepper (none where the likelihood makes the steps), with the run's
/// penalty or without one.
template <class Likelihood, class... Stepper>
X run_sampler(const inverse_problem& problem, const solver_run& run, const Likelihood& likelihood,
              const any_schedule& schedule, const Stepper&... stepper) {
  const auto with = [&](const auto& penalty) {
    const eq::sampler solver{problem.prior, likelihood, penalty,
                             schedule,      stepper..., eq::sampler_options{.first_sample = run.first_sample}};
    return solver.sample(eq::seed{run.seed}, run.observer);
  };
  return run.penalty != nullptr ? with(*run.penalty) : with(eq::regularizer::none{});
}

// One function for each solver, defined in the files beside: `solve_dps` and so on.
#define EQUIREG_SOLVER(name) X solve_##name(const inverse_problem&, const solver_run&)
EQUIREG_SOLVER(exact);
EQUIREG_SOLVER(unconditional);
EQUIREG_SOLVER(score_ald);
EQUIREG_SOLVER(projection);
EQUIREG_SOLVER(ilvr);
EQUIREG_SOLVER(mcg);
EQUIREG_SOLVER(dps);
EQUIREG_SOLVER(lgd);
EQUIREG_SOLVER(pigdm);
EQUIREG_SOLVER(tmpd);
EQUIREG_SOLVER(ddnm);
EQUIREG_SOLVER(ddnm_plus);
EQUIREG_SOLVER(ddrm);
EQUIREG_SOLVER(diffpir);
EQUIREG_SOLVER(fast_dips);
EQUIREG_SOLVER(daps);
EQUIREG_SOLVER(pnp_dm);
EQUIREG_SOLVER(sitcom);
EQUIREG_SOLVER(red_diff);
#undef EQUIREG_SOLVER

}  // namespace support
