// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::data_misfit`: how well samples explain the measurement.

#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/residual.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

namespace equireg::metric {

/// ||A(x) - y||^2 / (n sigma_y^2), one number for each sample. For Gaussian noise its mean over truths, measurements
/// and posterior samples is exactly 1, as (sample, y) and (truth, y) have the same law; below 1 the noise was fitted.
/// It is the mean that is 1, not the number of one measurement.
///
/// x: (B, C, H, W); y has the shape of A(x); sigma_y is in the units of y. n is the number of entries that were
/// measured: `entries`, or all of a sample of y where that is 0. An operator that leaves entries out needs it: for
/// inpainting, `a.observed_count(channels)`. Throws where y has another shape, sigma_y is not positive, or `entries` is
/// larger than a sample of y.
template <tensor X, map<X> A>
std::vector<double> data_misfit(const A& a, const image_of<A, X>& y, const X& x, double sigma_y,
                                std::size_t entries = 0) {
  constexpr const char* where = "equireg::metric::data_misfit";
  require(sigma_y > 0 && std::isfinite(sigma_y), where, "expected a standard deviation > 0, but got ", sigma_y);
  const std::size_t all = y.shape().sample_size();
  require(entries <= all, where, "a measurement has ", all, " entries, but got ", entries);
  std::vector<double> result = to_host(measurement::residual(a, y, x).squared_norm);
  for (double& v : result) v /= static_cast<double>(entries == 0 ? all : entries) * sigma_y * sigma_y;
  return result;
}

}  // namespace equireg::metric
