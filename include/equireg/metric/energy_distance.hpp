// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::energy_distance`: how far apart two samples are in distribution.

#include <equireg/core/error.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/metric/pairwise_distance.hpp>

namespace equireg::metric {

/// sum_ij |x_i - y_j| / (n m) for x: (n, C, H, W) and y: (m, C, H, W).
template <tensor X>
double mean_distance(const X& x, const X& y) {
  require(x.shape().sample_size() == y.shape().sample_size(), "equireg::metric::energy_distance",
          "the samples have shapes ", x.shape(), " and ", y.shape());
  require(x.shape().batch > 0 && y.shape().batch > 0, "equireg::metric::energy_distance", "a set of samples is empty");
  return sum_of_distances<X>(rows_of(x), rows_of(y)) /
         (static_cast<double>(x.shape().batch) * static_cast<double>(y.shape().batch));
}

/// 2 E|X - Y| - E|X - X'| - E|Y - Y'| with the Euclidean norm over a sample's elements, every expectation the mean over
/// all pairs, i = j included: at least 0 (to rounding), and 0 only if the two sets agree. Székely and Rizzo 2013,
/// JSPI 143(8). Costs (n + m)^2 distances. Even two sets of one law have a positive distance, about
/// (1 / n + 1 / m) E|X - X'|: compare with what repetition or relabelling gives. Throws where sizes differ or a set is
/// empty.
template <tensor X>
double energy_distance(const X& x, const X& y) {
  return 2 * mean_distance(x, y) - mean_distance(x, x) - mean_distance(y, y);
}

}  // namespace equireg::metric
