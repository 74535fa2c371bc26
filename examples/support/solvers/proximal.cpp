// SPDX-License-Identifier: BSD-3-Clause
//
// Solvers that move x0 to where the data want it, without a derivative of the score.

#include "support/solvers/run_sampler.hpp"

#include <equireg/likelihood/diffpir.hpp>
#include <equireg/likelihood/fast_dips.hpp>
#include <equireg/schedule/karras.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/renoise.hpp>

#include <algorithm>

namespace support {

X solve_diffpir(const inverse_problem& p, const solver_run& run) {
  return p.measurement.visit([&](const auto& a) {
    return run_sampler(p, run, eq::likelihood::diffpir{a, p.y, {.lambda = run.setting, .sigma_y = p.sigma_y}},
                       eq::schedule::vp_linear{.steps = std::min<std::size_t>(run.evaluations, 250),
                                               .spacing = eq::schedule::respacing::quadratic},
                       eq::stepper::renoise{.fresh = 0.3});
  });
}

X solve_fast_dips(const inverse_problem& p, const solver_run& run) {
  const auto iterations = static_cast<std::size_t>(run.setting);
  return p.measurement.visit([&](const auto& a) {
    return run_sampler(p, run, eq::likelihood::fast_dips{a, p.y, {.sigma_y = p.sigma_y, .iterations = iterations}},
                       eq::schedule::karras{.steps = run.evaluations, .sigma_min = 0.02, .sigma_max = 20},
                       eq::stepper::renoise{});
  });
}

}  // namespace support
