// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `vp_continuous`: the variance-preserving stochastic differential equation, in continuous time.

#include <equireg/core/error.hpp>
#include <equireg/schedule/noise_schedule.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

namespace equireg::schedule {

/// beta(t) = beta_min + beta_slope t and B(t) = beta_min t + beta_slope t^2 / 2; alpha_bar = e^-B, sigma =
/// sqrt(e^B - 1). The run visits `steps` times, evenly from first_time down to last_time, and then `clean`; a level's
/// time is t. (Song et al. 2021, arXiv:2011.13456; Karras et al. 2022, arXiv:2206.00364, table 1.)
struct vp_continuous {
  std::size_t steps = 1000;
  double beta_min = 0.1;
  double beta_slope = 19.9;
  double first_time = 1;
  double last_time = 1e-3;  ///< above 0, where sigma vanishes

  /// B(t), the integral of beta from 0 to t.
  [[nodiscard]] double integral(double t) const { return beta_min * t + beta_slope * t * t / 2; }

  /// Noise in units of the data at time t.
  [[nodiscard]] double sigma(double t) const { return std::sqrt(std::expm1(integral(t))); }

  /// The time at which sigma(t) is `sigma`.
  [[nodiscard]] double time_of(double sigma) const {
    const double rise = std::log1p(sigma * sigma);
    return (std::sqrt(beta_min * beta_min + 2 * beta_slope * rise) - beta_min) / beta_slope;
  }

  /// Noisiest first, then `clean`. Throws where a setting is out of its range.
  [[nodiscard]] std::vector<noise_level> levels() const {
    const char* const where = "equireg::schedule::vp_continuous";
    require(steps >= 1, where, "expected steps >= 1");
    require(beta_min > 0 && beta_slope > 0, where, "expected beta_min and beta_slope above 0, got ", beta_min, " and ",
            beta_slope);
    require(last_time > 0 && last_time < first_time, where, "expected 0 < last_time < first_time, got ", last_time,
            " and ", first_time);
    std::vector<noise_level> levels;
    levels.reserve(steps + 1);
    for (std::size_t i = 0; i < steps; ++i) {
      const double share = steps > 1 ? static_cast<double>(i) / static_cast<double>(steps - 1) : 0.0;
      const double t = first_time + share * (last_time - first_time), b = integral(t);
      levels.push_back({std::exp(-b / 2), std::sqrt(-std::expm1(-b)), t});
    }
    levels.push_back(clean);
    return levels;
  }
};

static_assert(check_noise_schedule<vp_continuous>());

}  // namespace equireg::schedule
