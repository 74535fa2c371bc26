// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::interval_coverage`: how often the truth lies within central intervals of the samples.

#include <equireg/backend/cpu/ensemble.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/metric/ensemble.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace equireg::metric {

/// The share of elements whose truth lies within the central interval of probability `level` of its m samples, one
/// number for each measurement. Below `level` on average: the samples are too narrow, or biased.
///
/// If truth and samples have one law, the truth lies between the k-th smallest and the k-th largest sample with
/// probability (m + 1 - 2 k) / (m + 1). Where k = (m + 1) (1 - level) / 2 is no whole number, the two intervals beside
/// it count in the shares that make the expectation exactly `level`, for every m. Elements without spread, such as
/// those that were measured without noise, count as covered. Elements of an image depend on each other: take the error
/// of the mean from many measurements, by `summarize`.
///
/// samples: (B m, C, H, W), those of measurement b at b m ... (b + 1) m - 1; truth: (B, C, H, W). Throws where the
/// shapes do not fit, the level is not in (0, 1), or m < 2 / (1 - level) - 1: 3 samples for 0.5, 19 for 0.9.
template <tensor X>
std::vector<double> interval_coverage(const X& samples, const X& truth, double level) {
  using value_type = typename X::value_type;
  constexpr const char* where = "equireg::metric::interval_coverage";
  require(level > 0 && level < 1, where, "expected a level in (0, 1), but got ", level);
  // 1e-9: 2 / (1 - 0.9) is 20 and not 21.
  const auto least = static_cast<std::size_t>(std::ceil(2 / (1 - level) - 1 - 1e-9));
  const std::size_t m = ensemble_size(samples.shape(), truth.shape(), least, where);
  for (const X* x : {&samples, &truth}) {
    for (const double size : to_host(reduce([](value_type v) { return std::abs(v); }, *x))) {
      require(std::isfinite(size), where, "expected finite samples and truths");
    }
  }
  const double k = static_cast<double>(m + 1) * (1 - level) / 2;
  const std::size_t below = std::max<std::size_t>(1, static_cast<std::size_t>(std::floor(k + 1e-9)));
  // The interval inside is empty from k = (m + 1) / 2 on.
  const double inside = std::min(static_cast<double>(below + 1), static_cast<double>(m + 1) / 2);
  const double step = inside - static_cast<double>(below);
  const double inner_share = step > 0 ? std::clamp((k - static_cast<double>(below)) / step, 0.0, 1.0) : 0.0;
  X covered(truth.shape());
  const auto share = [=](std::span<double> z, double y) {
    std::sort(z.begin(), z.end());
    const auto holds = [&](std::size_t order) {  // from the order-th smallest to the order-th largest
      return 2 * order <= m + 1 && z[order - 1] <= y && y <= z[m - order] ? 1.0 : 0.0;
    };
    return (1 - inner_share) * holds(below) + inner_share * holds(below + 1);
  };
  transform_ensemble(covered, share, samples, truth);
  std::vector<double> result = to_host(reduce([](value_type v) { return v; }, covered));
  for (double& v : result) v /= static_cast<double>(truth.shape().sample_size());
  return result;
}

}  // namespace equireg::metric
