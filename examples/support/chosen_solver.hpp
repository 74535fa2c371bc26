// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Every solver of the library, chosen by name when the program runs.

#include "support/any_operator.hpp"
#include "support/any_score.hpp"

#include <equireg/score/covariance/low_rank.hpp>
#include <equireg/score/gaussian_mixture.hpp>
#include <equireg/score/mixture_conditioning.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace support {

using mixture_prior = eq::score::gaussian_mixture<eq::score::covariance::low_rank<float>>;

/// y = A x0 + sigma_y eps, and what is known of x0.
struct inverse_problem {
  any_score prior;
  any_operator measurement;
  any_score::tensor_type y;  ///< (B, C', H', W')
  double sigma_y = 0.05;
  /// For the exact sampler, which needs to know that the prior is a mixture and A linear; empty otherwise.
  std::shared_ptr<const eq::score::mixture_conditioning<mixture_prior>> conditioning = nullptr;
};

/// How to solve it.
struct solver_run {
  std::size_t evaluations = 100;  ///< of the score, per sample: the solver makes of them what steps it makes
  double setting = 0;             ///< the solver's main setting, `chosen_solver::setting`
  const any_penalty* penalty = nullptr;
  std::uint64_t seed = 0, first_sample = 0;
  any_observer observer = {};
};

/// A solver, with the schedule and the stepper that suit it.
struct chosen_solver {
  /// Whether its results differ from run to run as the posterior does, by what its authors say.
  enum class aim { sample, mean_or_mode };
  /// What it asks of the problem beyond a map with a derivative.
  enum class need { nothing, adjoint, pseudo_inverse, spectral_form, conditioning };

  const char* name;
  const char* title;
  aim kind;
  need asks;
  const char* setting;       ///< what the main setting is; empty where there is none
  std::vector<double> grid;  ///< what to tune it over, its default first
  any_score::tensor_type (*solve)(const inverse_problem&, const solver_run&);

  /// All of them, in the order of the README's table.
  static const std::vector<chosen_solver>& all();

  /// Throws, with a list, where there is none of this name.
  static const chosen_solver& by_name(const std::string& name);
  static std::vector<std::string> names();

  /// The default of the main setting; 0 where there is none.
  [[nodiscard]] double standard() const { return grid.empty() ? 0 : grid.front(); }

  /// Whether the problem has what the solver asks for.
  [[nodiscard]] bool takes(const inverse_problem& problem) const;

  /// One sample for each measurement, (B, C, H, W). Throws where the problem lacks what the solver asks for.
  [[nodiscard]] any_score::tensor_type operator()(const inverse_problem& problem, const solver_run& run) const;
};

}  // namespace support
