// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::mmd_squared`: the maximum mean discrepancy of two samples under Gaussian kernels.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/backend/cpu/on_host.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/metric/estimate.hpp>
#include <equireg/metric/kernel_two_sample.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace equireg::metric {

/// sum_h exp(-|x - y|^2 / (2 h^2)) over one or more bandwidths h > 0, in the units of x.
class gaussian_kernel {
 public:
  /// Throws where there is no bandwidth, or one that is not positive.
  explicit gaussian_kernel(std::vector<double> bandwidths) : bandwidths_(std::move(bandwidths)) {
    require(!bandwidths_.empty(), "equireg::metric::gaussian_kernel", "expected at least one bandwidth");
    for (const double h : bandwidths_) {
      require(h > 0 && std::isfinite(h), "equireg::metric::gaussian_kernel", "expected bandwidths > 0, but got ", h);
      factors_.push_back(-0.5 / (h * h));
    }
  }
  explicit gaussian_kernel(double bandwidth) : gaussian_kernel(std::vector<double>{bandwidth}) {}

  [[nodiscard]] const std::vector<double>& bandwidths() const { return bandwidths_; }

  double operator()(double xy, double xx, double yy) const {
    const double distance = std::max(0.0, xx + yy - 2 * xy);
    double sum = 0;
    for (const double f : factors_) sum += std::exp(f * distance);
    return sum;
  }

 private:
  std::vector<double> bandwidths_, factors_;
};

/// The median of |z_i - z_j| over the pairs i < j of both sets together. Of a set of more than 1000 samples, 1000 that
/// are evenly spaced speak for all. Throws where the sets have samples of different shape, or fewer than two together,
/// and where more than half of the distances are 0.
template <tensor X>
double median_distance(const X& x, const X& y) {
  constexpr const char* where = "equireg::metric::median_distance";
  require(x.shape().with_batch(0) == y.shape().with_batch(0), where, "the samples have shapes ", x.shape(), " and ",
          y.shape());
  const std::size_t d = x.shape().sample_size();
  std::vector<double> chosen;
  const auto choose = [&](const X& from) {
    constexpr std::size_t most = 1000;
    const cpu::tensor<double> z = cpu::on_host(from);
    const std::size_t n = z.shape().batch, count = std::min(most, n);
    for (std::size_t i = 0; i < count; ++i) {
      const auto row = z.sample(i * n / count);
      chosen.insert(chosen.end(), row.begin(), row.end());
    }
  };
  choose(x);
  choose(y);
  const std::size_t n = d == 0 ? 0 : chosen.size() / d;
  require(n >= 2, where, "expected at least two samples, but there are ", n);
  const cpu::tensor<double> pool({n, 1, 1, d}, std::span<const double>(chosen));
  cpu::tensor<double> table({n, 1, 1, n});
  squared_distances(rows_of(table), rows_of(pool), rows_of(pool), 1.0);
  std::vector<double> pairs;
  pairs.reserve(n * (n - 1) / 2);
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = table.sample(i).first(i);
    pairs.insert(pairs.end(), row.begin(), row.end());
  }
  const auto middle = pairs.begin() + static_cast<std::ptrdiff_t>(pairs.size() / 2);
  std::nth_element(pairs.begin(), middle, pairs.end());
  double median = std::sqrt(*middle);
  if (pairs.size() % 2 == 0) median = 0.5 * (median + std::sqrt(*std::max_element(pairs.begin(), middle)));
  require(median > 0, where, "expected samples that differ, but more than half of their distances are 0");
  return median;
}

/// The Gaussian kernel whose bandwidth is the median distance.
template <tensor X>
gaussian_kernel median_kernel(const X& x, const X& y) {
  return gaussian_kernel(median_distance(x, y));
}

/// The sum of five, with 1/4, 1/2, 1, 2 and 4 times the median distance: it sees differences on several scales.
template <tensor X>
gaussian_kernel multi_bandwidth_kernel(const X& x, const X& y) {
  const double median = median_distance(x, y);
  return gaussian_kernel(std::vector<double>{median / 4, median / 2, median, 2 * median, 4 * median});
}

/// MMD^2 of the laws that x: (n, C, H, W) and y: (m, C, H, W) were drawn from, with the standard error of
/// `kernel_two_sample`. Costs (n + m)^2 kernels in double, by matrix products. Compare sets only under one kernel: a
/// median is a number of the sets. Throws where the samples' shapes differ, or a set has fewer than three.
template <tensor X>
estimate mmd_squared(const X& x, const X& y, const gaussian_kernel& kernel, pair_rule rule = pair_rule::unbiased) {
  const auto [a, b] = centred_sets(x, y, "equireg::metric::mmd_squared");
  return kernel_two_sample(a, b, kernel, rule);
}

/// The same under `median_kernel`.
template <tensor X>
estimate mmd_squared(const X& x, const X& y) {
  return mmd_squared(x, y, median_kernel(x, y));
}

}  // namespace equireg::metric
