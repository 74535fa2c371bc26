// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The continuous ranked probability score of ensembles and of normal laws: `crps`, `gaussian_crps`.

#include <equireg/backend/cpu/ensemble.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/metric/ensemble.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

namespace equireg::metric {

/// mean_i |z_i - y| - (1 / 2) mean_ij |z_i - z_j| of one number y under the ensemble z, which is sorted on the way:
/// sum_ij |z_i - z_j| = 2 sum_i (2 i - m - 1) z_(i), i = 1 ... m. Gneiting and Raftery 2007, JASA 102(477), (21); fair:
/// Ferro 2014, QJRMS 140(683).
inline double crps_of(std::span<double> z, double y, ensemble_rule rule = ensemble_rule::plain) {
  const double m = static_cast<double>(z.size());
  std::sort(z.begin(), z.end());
  double distance = 0, spread = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    distance += std::abs(z[i] - y);
    // From y, not from 0: values far from 0 that lie close together lose no digits.
    spread += (2 * static_cast<double>(i) + 1 - m) * (z[i] - y);
  }
  return distance / m - spread / (rule == ensemble_rule::fair ? m * (m - 1) : m * m);
}

/// The CRPS of every element: (B, C, H, W), in the units of the truth. See `crps`.
template <tensor X>
X crps_map(const X& samples, const X& truth, ensemble_rule rule = ensemble_rule::plain) {
  ensemble_size(samples.shape(), truth.shape(), rule == ensemble_rule::fair ? 2 : 1, "equireg::metric::crps");
  X map(truth.shape());
  transform_ensemble(
      map, [rule](std::span<double> z, double y) { return crps_of(z, y, rule); }, samples, truth);
  return map;
}

/// The mean over all elements of the CRPS of the truth under the samples, one number for each measurement; 0 at best,
/// and for one sample the mean absolute error. In expectation it is least for the true posterior, element by element:
/// it does not see dependences between elements, `energy_score` does.
///
/// samples: (B m, C, H, W), those of measurement b at b m ... (b + 1) m - 1; truth: (B, C, H, W). Costs B C H W m log
/// m. Throws where the shapes do not fit, and for the fair rule with one sample.
template <tensor X>
std::vector<double> crps(const X& samples, const X& truth, ensemble_rule rule = ensemble_rule::plain) {
  using value_type = typename X::value_type;
  const X map = crps_map(samples, truth, rule);
  std::vector<double> result = to_host(reduce([](value_type v) { return v; }, map));
  for (double& v : result) v /= static_cast<double>(truth.shape().sample_size());
  return result;
}

/// The CRPS of y under N(mean, deviation^2): s (z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi)), z = (y - mean) / s;
/// |y - mean| where s = 0. Gneiting et al. 2005, MWR 133(5), (5).
inline double gaussian_crps(double mean, double deviation, double y) {
  if (deviation == 0) return std::abs(y - mean);
  const double z = (y - mean) / deviation;
  const double density = std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi);
  return deviation * (z * std::erf(z / std::numbers::sqrt2) + 2 * density - 1 / std::sqrt(std::numbers::pi));
}

/// The mean over elements of that of the truth, one number for each sample. mean, deviation >= 0 and truth:
/// (B, C, H, W). Throws where shapes differ or a deviation is negative.
template <tensor X>
std::vector<double> gaussian_crps(const X& mean, const X& deviation, const X& truth) {
  using value_type = typename X::value_type;
  constexpr const char* where = "equireg::metric::gaussian_crps";
  require_shape(mean.shape(), truth.shape(), where, "the mean");
  require_shape(deviation.shape(), truth.shape(), where, "the deviation");
  for (const double n :
       to_host(reduce([](value_type s) { return s >= 0 ? value_type(0) : value_type(1); }, deviation))) {
    require(n == 0, where, "expected deviations >= 0, but ", n, " of a sample are not");
  }
  std::vector<double> result = to_host(reduce(
      [](value_type m, value_type s, value_type y) {
        return static_cast<value_type>(
            gaussian_crps(static_cast<double>(m), static_cast<double>(s), static_cast<double>(y)));
      },
      mean, deviation, truth));
  for (double& v : result) v /= static_cast<double>(truth.shape().sample_size());
  return result;
}

}  // namespace equireg::metric
