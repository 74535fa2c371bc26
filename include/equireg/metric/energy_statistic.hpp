// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::energy_statistic`: the energy distance as a discrepancy, unbiased and with a standard error.

#include <equireg/core/tensor.hpp>
#include <equireg/metric/estimate.hpp>
#include <equireg/metric/kernel_two_sample.hpp>

#include <algorithm>
#include <cmath>

namespace equireg::metric {

/// -|x - y|.
struct negative_distance_kernel {
  double operator()(double xy, double xx, double yy) const { return -std::sqrt(std::max(0.0, xx + yy - 2 * xy)); }
};

/// 2 E|X - Y| - E|X - X'| - E|Y - Y'|, the MMD^2 of the kernel -|x - y| (Sejdinovic et al. 2013, AoS 41(5), Theorem
/// 22), with the standard error of `kernel_two_sample`. Unbiased it may be negative, and is what a test should relabel;
/// biased it is `energy_distance`, to about 1e-8 of the size of the samples: distances are made by matrix products.
///
/// x: (n, C, H, W), y: (m, C, H, W). Throws where the samples' shapes differ, or a set has fewer than three.
template <tensor X>
estimate energy_statistic(const X& x, const X& y, pair_rule rule = pair_rule::unbiased) {
  const auto [a, b] = centred_sets(x, y, "equireg::metric::energy_statistic");
  return kernel_two_sample(a, b, negative_distance_kernel{}, rule);
}

}  // namespace equireg::metric
