// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::kid`: the kernel inception distance of two sets of features.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/on_host.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/metric/estimate.hpp>
#include <equireg/metric/features.hpp>
#include <equireg/metric/kernel_two_sample.hpp>
#include <equireg/metric/summary.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace equireg::metric {

/// (x . y / d + 1)^3.
struct cubic_kernel {
  double dimension;

  double operator()(double xy, double, double) const {
    const double base = xy / dimension + 1;
    return base * base * base;
  }
};

/// The unbiased MMD^2 under k(f, g) = (f . g / D + 1)^3 with its jackknife error. Binkowski et al. 2018,
/// arXiv:1801.01401, section 4. Unlike the Frechet distance it is unbiased for any number of features, and so may be
/// negative. It is what the mean over ever more subsets tends to; `kid_of_subsets` gives the numbers that are
/// published.
///
/// x and y: (N, 1, 1, D), any N >= 3 in each. Costs (N + M)^2 D. Throws for other shapes and for fewer.
template <tensor X>
estimate kid(const X& x, const X& y) {
  require_features(x.shape(), y.shape(), 3, "equireg::metric::kid");
  return kernel_two_sample(cpu::on_host(x), cpu::on_host(y), cubic_kernel{static_cast<double>(x.shape().width)},
                           pair_rule::unbiased);
}

struct kid_settings {
  std::size_t subsets = 100;
  std::size_t subset_size = 1000;  ///< features of each set in each subset
};

/// The same over random subsets without repetition, as torchmetrics and torch-fidelity have it: mean and deviation over
/// subsets. Their `standard_error` is the deviation over sqrt(subsets): what the choice of subsets leaves open, and not
/// what the features do, which subsets share: that is `kid`'s.
///
/// The numbers are those of (seed, purpose::metric). Throws as `kid` does, for fewer than two subsets, for subsets of
/// fewer than three, and where a set has fewer features than a subset.
template <tensor X>
summary kid_of_subsets(const X& x, const X& y, seed s = {}, const kid_settings& settings = {}) {
  constexpr const char* where = "equireg::metric::kid_of_subsets";
  require(settings.subsets >= 2 && settings.subset_size >= 3, where,
          "expected at least two subsets of at least three features, but got ", settings.subsets, " of ",
          settings.subset_size);
  require_features(x.shape(), y.shape(), settings.subset_size, where);
  const auto a = cpu::on_host(x), b = cpu::on_host(y);
  const cubic_kernel kernel{static_cast<double>(x.shape().width)};
  const auto subset = [&](const cpu::tensor<double>& from, std::uint32_t step, std::uint64_t set) {
    const std::size_t n = from.shape().batch, d = from.shape().width;
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    cpu::tensor<double> chosen({settings.subset_size, 1, 1, d});
    draw_to_front(order, settings.subset_size, {s.value, step, purpose::metric, 0}, set);
    for (std::size_t i = 0; i < settings.subset_size; ++i) {
      std::ranges::copy(from.sample(order[i]), chosen.sample(i).begin());
    }
    return chosen;
  };
  std::vector<double> values;
  for (std::uint32_t k = 0; k < settings.subsets; ++k) {
    values.push_back(kernel_two_sample(subset(a, k, 0), subset(b, k, 1), kernel, pair_rule::unbiased).value);
  }
  return summarize(values);
}

}  // namespace equireg::metric
