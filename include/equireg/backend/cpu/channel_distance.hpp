// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `channel_distance`: how far apart two feature tensors point, pixel by pixel.

#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace equireg::cpu {

/// The mean over pixels p of sum_c w_c (x_cp / |x_p| - y_cp / |y_p|)^2 for each sample, where |x_p| is the norm over
/// channels plus `floor`. x and y: (B, C, H, W), w: C numbers. In double, and in one order whatever the threads. Throws
/// where shapes or numbers differ.
template <class T>
std::vector<double> channel_distance(const tensor<T>& x, const tensor<T>& y, std::span<const double> weights,
                                     double floor) {
  const equireg::shape s = x.shape();
  require_shape(y.shape(), s, "equireg::channel_distance", "the second tensor");
  require(weights.size() == s.channels, "equireg::channel_distance", "expected a weight for each of ", s.channels,
          " channels, but got ", weights.size());
  constexpr std::size_t together = 256;  // pixels whose sums stay in the first-level cache
  const std::size_t plane = s.height * s.width, groups = (plane + together - 1) / together;
  std::vector<double> sums(s.batch * groups);
  parallel_for(s.batch * groups, together * s.channels * 2, [&](std::size_t task) {
    const std::size_t first = task % groups * together, count = std::min(together, plane - first);
    const std::size_t offset = task / groups * s.channels * plane + first;
    std::array<double, together> u{}, v{}, distance{};  // 1 / |x_p|, 1 / |y_p| and the sums over channels
    for (std::size_t c = 0; c < s.channels; ++c) {
      const T *const a = x.data() + offset + c * plane, *const b = y.data() + offset + c * plane;
      EQUIREG_SIMD
      for (std::size_t p = 0; p < count; ++p) {
        u[p] += static_cast<double>(a[p]) * static_cast<double>(a[p]);
        v[p] += static_cast<double>(b[p]) * static_cast<double>(b[p]);
      }
    }
    for (std::size_t p = 0; p < count; ++p) {
      u[p] = 1 / (std::sqrt(u[p]) + floor);
      v[p] = 1 / (std::sqrt(v[p]) + floor);
    }
    for (std::size_t c = 0; c < s.channels; ++c) {
      const T *const a = x.data() + offset + c * plane, *const b = y.data() + offset + c * plane;
      const double w = weights[c];
      EQUIREG_SIMD
      for (std::size_t p = 0; p < count; ++p) {
        const double difference = static_cast<double>(a[p]) * u[p] - static_cast<double>(b[p]) * v[p];
        distance[p] += w * difference * difference;
      }
    }
    for (std::size_t p = 0; p < count; ++p) sums[task] += distance[p];
  });
  std::vector<double> result(s.batch);
  for (std::size_t i = 0; i < sums.size(); ++i) result[i / groups] += sums[i];
  for (double& d : result) d /= static_cast<double>(plane);
  return result;
}

}  // namespace equireg::cpu
