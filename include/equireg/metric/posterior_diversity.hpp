// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief How much the samples of one measurement differ: `mean_pairwise_distance` and `pixel_deviation`.

#include <equireg/backend/cpu/ensemble.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/metric/ensemble.hpp>
#include <equireg/metric/pairwise_distance.hpp>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace equireg::metric {

/// The mean of |x_l - x_k| over the m (m - 1) pairs l != k of a measurement's samples, one number for each measurement;
/// the Euclidean norm over all elements, in the units of x. Without a truth it only says how wide the samples are.
///
/// samples: (B m, C, H, W), those of measurement b at b m ... (b + 1) m - 1. Costs B m^2 distances. Throws where B does
/// not divide the number of samples, or m < 2.
template <tensor X>
std::vector<double> mean_pairwise_distance(const X& samples, std::size_t measurements) {
  const std::size_t m = ensemble_size(samples.shape(), measurements, 2, "equireg::metric::mean_pairwise_distance");
  std::vector<double> result(measurements);
  for (std::size_t b = 0; b < measurements; ++b) {
    const auto of_measurement = rows_of(samples).rows_at(b * m, m);
    result[b] =
        sum_of_distances<X>(of_measurement, of_measurement) / (static_cast<double>(m) * static_cast<double>(m - 1));
  }
  return result;
}

/// The standard deviation of every element over the samples of its measurement, with m - 1: (B, C, H, W), in the units
/// of x. Throws as `mean_pairwise_distance` does.
template <tensor X>
X pixel_deviation_map(const X& samples, std::size_t measurements) {
  ensemble_size(samples.shape(), measurements, 2, "equireg::metric::pixel_deviation");
  X map(samples.shape().with_batch(measurements));
  const auto deviation = [](std::span<const double> z) {
    double mean = 0, squares = 0;
    for (const double v : z) mean += v;
    mean /= static_cast<double>(z.size());
    for (const double v : z) squares += (v - mean) * (v - mean);
    return std::sqrt(squares / static_cast<double>(z.size() - 1));
  };
  transform_ensemble(map, deviation, samples);
  return map;
}

/// The mean of that over all elements, one number for each measurement.
template <tensor X>
std::vector<double> pixel_deviation(const X& samples, std::size_t measurements) {
  using value_type = typename X::value_type;
  std::vector<double> result =
      to_host(reduce([](value_type v) { return v; }, pixel_deviation_map(samples, measurements)));
  for (double& v : result) v /= static_cast<double>(samples.shape().sample_size());
  return result;
}

}  // namespace equireg::metric
