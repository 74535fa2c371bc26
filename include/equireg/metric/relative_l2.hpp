// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Errors relative to the size of the truth: `relative_l2`, `nmse` and `snr`.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/on_host.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

namespace equireg::metric {

/// What a score is worked out over.
enum class score_of {
  sample,  ///< all elements of a sample: B numbers
  channel  ///< each channel by itself, as fields in different units ask for: B C numbers, those of a sample together
};

/// ||x - truth||^2 / ||truth||^2, in double. 0 where both are zero, infinite where only the truth is.
/// x and truth: (B, C, H, W), in any units. Throws where shapes differ.
template <tensor X>
std::vector<double> nmse(const X& x, const X& truth, score_of part = score_of::sample) {
  const shape s = x.shape();
  require_shape(truth.shape(), s, "equireg::metric::nmse", "truth");
  const shape parts = part == score_of::sample ? s : shape{s.batch * s.channels, 1, s.height, s.width};
  const auto a = cpu::on_host(x).reshaped(parts), b = cpu::on_host(truth).reshaped(parts);
  std::vector<double> result = to_host(reduce([](double u, double v) { return (u - v) * (u - v); }, a, b));
  const std::vector<double> sizes = to_host(squared_norm(b));
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (result[i] != 0 || sizes[i] != 0) result[i] /= sizes[i];
  }
  return result;
}

/// ||x - truth|| / ||truth||: the root of `nmse`.
template <tensor X>
std::vector<double> relative_l2(const X& x, const X& truth, score_of part = score_of::sample) {
  std::vector<double> result = nmse(x, truth, part);
  for (double& v : result) v = std::sqrt(v);
  return result;
}

/// 20 log10(||truth|| / ||x - truth||) in dB: -10 log10 of `nmse`, infinite where the two agree.
template <tensor X>
std::vector<double> snr(const X& x, const X& truth, score_of part = score_of::sample) {
  std::vector<double> result = nmse(x, truth, part);
  for (double& v : result) v = -10 * std::log10(v);
  return result;
}

}  // namespace equireg::metric
