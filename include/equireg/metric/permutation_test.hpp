// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::permutation_test`: whether two sets of samples could be of one law.

#include <equireg/backend/cpu/on_host.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace equireg::metric {

/// The share of relabellings, the given labels among them, under which a distance is at least as large: the p-value of
/// "x and y are of one law", exact for independent samples and any number of relabellings R; at least 1 / (R + 1).
///
/// x: (n, C, H, W), y: (m, C, H, W). `distance(a, b)` gets two cpu::tensor<double> of these shapes; whatever it chooses
/// from the data, such as a bandwidth, it must choose from both sets together: `[kernel = median_kernel(x, y)](const
/// auto& a, const auto& b) { return mmd_squared(a, b, kernel).value; }`. Costs R + 1 distances. The relabellings are
/// those of (seed, purpose::metric). Throws where the samples' shapes differ, a set is empty, or R is 0.
template <tensor X, class Distance>
double permutation_test(const X& x, const X& y, const Distance& distance, seed s = {}, std::size_t relabellings = 200) {
  constexpr const char* where = "equireg::metric::permutation_test";
  require(x.shape().with_batch(0) == y.shape().with_batch(0), where, "the samples have shapes ", x.shape(), " and ",
          y.shape());
  require(x.shape().batch > 0 && y.shape().batch > 0, where, "a set of samples is empty");
  require(relabellings > 0, where, "expected at least one relabelling");
  const auto a = cpu::on_host(x), b = cpu::on_host(y);
  const std::size_t n = a.shape().batch, total = n + b.shape().batch;
  const double observed = distance(a, b);
  require(std::isfinite(observed), where, "expected a finite distance between the samples, but it is ", observed);
  std::vector<std::size_t> order(total);
  auto first = a, second = b;
  std::size_t at_least = 1;
  for (std::size_t r = 0; r < relabellings; ++r) {
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = total - 1; i > 0; --i) {
      const noise_address address{s.value, static_cast<std::uint32_t>(r), purpose::metric, 0};
      std::swap(order[i], order[uniform_index(i + 1, address, 0, static_cast<std::uint32_t>(i))]);
    }
    for (std::size_t i = 0; i < total; ++i) {
      const auto from = order[i] < n ? a.sample(order[i]) : b.sample(order[i] - n);
      std::ranges::copy(from, (i < n ? first.sample(i) : second.sample(i - n)).begin());
    }
    at_least += distance(first, second) >= observed;
  }
  return static_cast<double>(at_least) / static_cast<double>(relabellings + 1);
}

}  // namespace equireg::metric
