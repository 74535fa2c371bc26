// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief A Gaussian law of independent numbers through the steps of a run, and the same levels in another process.

#include <support/catch.hpp>
#include <support/gaussian_run.hpp>
#include <support/tolerance.hpp>

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/noise_level.hpp>

#include <vector>

namespace equireg::test {

/// A mean and a variance, and what x -> slope x + shift + deviation z makes of them.
struct law {
  double mean = 0, variance = 0;
  void move(double slope, double shift, double deviation = 0) {
    mean = slope * mean + shift;
    variance = slope * slope * variance + deviation * deviation;
  }
};

/// The elements of x have the law's mean and variance, within Monte-Carlo error.
inline void check_law(const cpu::tensor<double>& x, const law& truth) {
  const moments found(x);
  CAPTURE(found.mean, truth.mean, found.variance, truth.variance);
  CHECK(within_standard_errors(found.mean, truth.mean, found.error_of_mean(truth.variance)));
  CHECK(within_standard_errors(found.variance, truth.variance, found.error_of_variance(truth.variance)));
}

/// The levels of another schedule as variance-preserving ones.
template <class Schedule>
struct preserving {
  Schedule schedule;

  [[nodiscard]] std::vector<noise_level> levels() const {
    std::vector<noise_level> result;
    for (const noise_level& l : schedule.levels()) {
      result.push_back(l.noise == 0 ? clean : variance_preserving(l.alpha_bar(), l.time));
    }
    return result;
  }
};
template <class Schedule>
preserving(Schedule) -> preserving<Schedule>;

}  // namespace equireg::test
