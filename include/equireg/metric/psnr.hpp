// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::psnr`: peak signal to noise ratio.

#include <equireg/core/tensor.hpp>

#include <cmath>
#include <vector>

namespace equireg::metric {

/// 10 log10(1 / MSE) in dB, one number for each sample: over all channels and pixels of clip((x + 1) / 2, 0, 1).
/// Infinite where the two agree, NaN where x has one. x and truth: (B, C, H, W), [-1, 1]. Throws where shapes differ.
///
/// The convention of DAPS and InverseBench; published numbers of images that were stretched or not clipped differ.
template <tensor X>
std::vector<double> psnr(const X& x, const X& truth) {
  using value_type = typename X::value_type;
  // Half the difference of images clipped to [-1, 1] is the difference of those in [0, 1]. A NaN stays one.
  const auto clipped = [](value_type v) {
    const value_type above = v < value_type(-1) ? value_type(-1) : v;
    return above > value_type(1) ? value_type(1) : above;
  };
  const X sums = reduce(
      [clipped](value_type u, value_type v) {
        const value_type d = (clipped(u) - clipped(v)) / 2;
        return d * d;
      },
      x, truth);
  std::vector<double> result = to_host(sums);
  for (double& v : result) v = -10 * std::log10(v / static_cast<double>(x.shape().sample_size()));
  return result;
}

}  // namespace equireg::metric
