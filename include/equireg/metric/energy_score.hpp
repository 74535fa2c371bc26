// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::energy_score`: the CRPS of whole samples.

#include <equireg/core/tensor.hpp>
#include <equireg/metric/ensemble.hpp>
#include <equireg/metric/pairwise_distance.hpp>

#include <cstddef>
#include <vector>

namespace equireg::metric {

/// mean_l |x_l - y| - (1 / 2) mean_lk |x_l - x_k| with the Euclidean norm over all elements, one number for each
/// measurement: in expectation least for the true posterior, dependences between elements included. With one element it
/// is `crps`. Gneiting and Raftery 2007, JASA 102(477), (22).
///
/// samples: (B m, C, H, W), those of measurement b at b m ... (b + 1) m - 1; truth: (B, C, H, W). Costs B m^2
/// distances. Throws where the shapes do not fit, and for the fair rule with one sample.
template <tensor X>
std::vector<double> energy_score(const X& samples, const X& truth, ensemble_rule rule = ensemble_rule::plain) {
  const bool fair = rule == ensemble_rule::fair;
  const std::size_t m = ensemble_size(samples.shape(), truth.shape(), fair ? 2 : 1, "equireg::metric::energy_score");
  const double count = static_cast<double>(m), pairs = count * (fair ? count - 1 : count);
  std::vector<double> result(truth.shape().batch);
  for (std::size_t b = 0; b < result.size(); ++b) {
    const auto of_measurement = rows_of(samples).rows_at(b * m, m);
    result[b] = sum_of_distances<X>(of_measurement, rows_of(truth).rows_at(b, 1)) / count -
                0.5 * sum_of_distances<X>(of_measurement, of_measurement) / pairs;
  }
  return result;
}

}  // namespace equireg::metric
