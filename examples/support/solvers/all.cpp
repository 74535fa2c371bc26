// SPDX-License-Identifier: BSD-3-Clause
//
// The list of solvers.

#include "support/solvers/run_sampler.hpp"

#include <equireg/core/error.hpp>

namespace support {

const std::vector<chosen_solver>& chosen_solver::all() {
  using enum aim;
  using enum need;
  static const std::vector<chosen_solver> solvers = {
      {"exact", "exact", sample, conditioning, "", {}, solve_exact},
      {"unconditional", "no measurement", sample, nothing, "", {}, solve_unconditional},
      {"score_ald", "score-ALD", sample, nothing, "gamma", {1, 0.1, 0.3, 3, 10}, solve_score_ald},
      {"projection", "projection", sample, pseudo_inverse, "strength", {1, 0.03, 0.1, 0.3}, solve_projection},
      {"ilvr", "ILVR", sample, pseudo_inverse, "last sigma conditioned", {0, 0.05, 0.2, 0.5}, solve_ilvr},
      {"mcg", "MCG", sample, pseudo_inverse, "step size", {1, 0.03, 0.1, 0.3, 3}, solve_mcg},
      {"dps", "DPS", sample, nothing, "step size", {1, 0.1, 0.2, 0.5, 2, 4, 8}, solve_dps},
      {"lgd", "LGD", sample, nothing, "step size", {1, 0.1, 0.2, 0.5, 2, 4, 8}, solve_lgd},
      {"pigdm", "PiGDM", sample, adjoint, "variance of the data", {1, 0.1, 0.2, 0.5, 2, 5}, solve_pigdm},
      {"tmpd", "TMPD", sample, adjoint, "", {}, solve_tmpd},
      {"ddnm", "DDNM", sample, pseudo_inverse, "eta", {0.85, 0.3, 0.6, 1}, solve_ddnm},
      {"ddnm_plus", "DDNM+", sample, spectral_form, "eta", {0.85, 0.3, 0.6, 1}, solve_ddnm_plus},
      {"ddrm", "DDRM", sample, spectral_form, "eta", {0.85, 0.3, 0.6, 1}, solve_ddrm},
      {"diffpir", "DiffPIR", sample, nothing, "lambda", {1.75, 0.25, 0.5, 1, 4, 8}, solve_diffpir},
      {"fast_dips", "FAST-DIPS", sample, nothing, "iterations", {10, 1, 3}, solve_fast_dips},
      {"daps", "DAPS", sample, nothing, "tau / sigma_y", {0.1414, 0.3, 0.6, 1, 2}, solve_daps},
      {"pnp_dm", "PnP-DM", sample, nothing, "last rho", {0.3, 0.03, 0.1, 0.2}, solve_pnp_dm},
      {"sitcom", "SITCOM", sample, nothing, "rate", {0.02, 0.05, 0.1, 0.2}, solve_sitcom},
      {"red_diff", "RED-diff", mean_or_mode, nothing, "weight of the prior", {0.25, 0.03, 0.1, 0.5, 1}, solve_red_diff},
  };
  return solvers;
}

const chosen_solver& chosen_solver::by_name(const std::string& name) {
  std::string list;
  for (const auto& s : all()) {
    if (s.name == name) return s;
    list += (list.empty() ? "" : ", ") + std::string(s.name);
  }
  eq::fail("restore", "expected a solver of ", list, ", but got '", name, "'");
}

std::vector<std::string> chosen_solver::names() {
  std::vector<std::string> result;
  for (const auto& s : all()) result.emplace_back(s.name);
  return result;
}

bool chosen_solver::takes(const inverse_problem& p) const {
  using part = any_operator::part;
  switch (asks) {
    case need::nothing: return true;
    case need::adjoint: return p.measurement.gives(part::adjoint);
    case need::pseudo_inverse: return p.measurement.gives(part::pseudo_inverse);
    case need::spectral_form: return p.measurement.gives(part::spectral_form);
    case need::conditioning: return p.conditioning != nullptr;
  }
  return false;
}

any_score::tensor_type chosen_solver::operator()(const inverse_problem& p, const solver_run& run) const {
  const char* const lacking[] = {"", "a linear measurement", "a measurement with a pseudo-inverse",
                                 "a measurement with a singular value decomposition",
                                 "a prior that is a mixture of Gaussians and a linear measurement"};
  eq::require(takes(p), "restore", title, " needs ", lacking[static_cast<std::size_t>(asks)],
              ": choose another task, or another --likelihood");
  return solve(p, run);
}

}  // namespace support
