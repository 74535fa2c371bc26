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
      {"dps", "DPS", sample, nothing, "step size", {1, 0.1, 0.2, 0.5, 2, 4, 8}, solve_dps},
      {"lgd", "LGD", sample, nothing, "step size", {1, 0.1, 0.2, 0.5, 2, 4, 8}, solve_lgd},
      {"pigdm", "PiGDM", sample, adjoint, "variance of the data", {1, 0.1, 0.2, 0.5, 2, 5}, solve_pigdm},
      {"tmpd", "TMPD", sample, adjoint, "", {}, solve_tmpd},
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
