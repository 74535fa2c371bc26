// SPDX-License-Identifier: BSD-3-Clause

#include "support/tuned_settings.hpp"

namespace support {

namespace {

/// Chosen by us, since the papers' problems are others: by `posterior_table --tune`, on measurements that no table uses,
/// at 100 score evaluations. The setting is the one of the solver's grid with the least energy distance to the exact
/// posterior, over 2 measurements with 128 samples of each for the three modes, 24 for clothes. The weight is, for the
/// modes, that of 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10 with the least mean squared error of the samples; for clothes it
/// was not tuned: 0.1, and for the two solvers that count it in units of their own, what the modes gave.
constexpr tuned_setting known[] = {
    {"exact", "modes", 0, 0.003},
    {"unconditional", "modes", 0, 0.003},
    {"score_ald", "modes", 0.3, 0.3},
    {"projection", "modes", 1, 0.3},
    {"ilvr", "modes", 0.2, 0.1},
    {"mcg", "modes", 1, 0.03},
    {"dps", "modes", 0.5, 0.03},
    {"lgd", "modes", 1, 0.003},
    {"pigdm", "modes", 5, 0.1},
    {"tmpd", "modes", 0, 0.03},
    {"ddnm", "modes", 1, 0.003},
    {"ddnm_plus", "modes", 0.85, 0.3},
    {"ddrm", "modes", 0.85, 0.3},
    {"diffpir", "modes", 0.5, 0.3},
    {"fast_dips", "modes", 3, 1},
    {"daps", "modes", 0.1414, 10},
    {"pnp_dm", "modes", 0.1, 0.3},
    {"sitcom", "modes", 0.1, 10},
    {"red_diff", "modes", 0.03, 0.003},
    {"exact", "sr4", 0, 0.1},
    {"unconditional", "sr4", 0, 0.1},
    {"score_ald", "sr4", 0.1, 0.1},
    {"projection", "sr4", 0.3, 0.1},
    {"ilvr", "sr4", 0.2, 0.1},
    {"mcg", "sr4", 0.03, 0.1},
    {"dps", "sr4", 2, 0.1},
    {"lgd", "sr4", 8, 0.1},
    {"pigdm", "sr4", 0.1, 0.1},
    {"tmpd", "sr4", 0, 0.1},
    {"ddnm", "sr4", 0.6, 0.1},
    {"ddnm_plus", "sr4", 0.85, 0.1},
    {"ddrm", "sr4", 0.85, 0.1},
    {"diffpir", "sr4", 0.5, 0.1},
    {"fast_dips", "sr4", 3, 0.1},
    {"daps", "sr4", 0.1414, 10},
    {"pnp_dm", "sr4", 0.3, 0.1},
    {"sitcom", "sr4", 0.2, 0.1},
    {"red_diff", "sr4", 0.5, 0.003},
    {"exact", "box", 0, 0.1},
    {"unconditional", "box", 0, 0.1},
    {"score_ald", "box", 0.3, 0.1},
    {"projection", "box", 1, 0.1},
    {"ilvr", "box", 0, 0.1},
    {"mcg", "box", 0.03, 0.1},
    {"dps", "box", 4, 0.1},
    {"lgd", "box", 4, 0.1},
    {"pigdm", "box", 0.1, 0.1},
    {"tmpd", "box", 0, 0.1},
    {"ddnm", "box", 0.6, 0.1},
    {"ddnm_plus", "box", 0.85, 0.1},
    {"ddrm", "box", 0.85, 0.1},
    {"diffpir", "box", 1, 0.1},
    {"fast_dips", "box", 3, 0.1},
    {"daps", "box", 0.6, 10},
    {"pnp_dm", "box", 0.03, 0.1},
    {"sitcom", "box", 0.1, 0.1},
    {"red_diff", "box", 0.5, 0.003},
    {"exact", "deblur", 0, 0.1},
    {"unconditional", "deblur", 0, 0.1},
    {"score_ald", "deblur", 0.3, 0.1},
    {"projection", "deblur", 0.1, 0.1},
    {"ilvr", "deblur", 0.5, 0.1},
    {"mcg", "deblur", 0.03, 0.1},
    {"dps", "deblur", 2, 0.1},
    {"lgd", "deblur", 2, 0.1},
    {"pigdm", "deblur", 0.1, 0.1},
    {"tmpd", "deblur", 0, 0.1},
    {"ddnm", "deblur", 0.6, 0.1},
    {"ddnm_plus", "deblur", 0.85, 0.1},
    {"ddrm", "deblur", 0.85, 0.1},
    {"diffpir", "deblur", 1, 0.1},
    {"fast_dips", "deblur", 10, 0.1},
    {"daps", "deblur", 0.3, 10},
    {"pnp_dm", "deblur", 0.3, 0.1},
    {"sitcom", "deblur", 0.2, 0.1},
    {"red_diff", "deblur", 0.1, 0.003},
};

}  // namespace

tuned_setting tuned_setting_for(const chosen_solver& solver, const std::string& problem) {
  for (const auto& t : known) {
    if (t.solver == std::string(solver.name) && t.problem == problem) return t;
  }
  return {solver.name, "", solver.standard(), 0.1};
}

}  // namespace support
