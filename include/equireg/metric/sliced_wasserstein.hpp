// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::sliced_wasserstein`: transport distances of two samples along random directions.

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/backend/cpu/on_host.hpp>
#include <equireg/backend/cpu/sort_samples.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/metric/estimate.hpp>
#include <equireg/metric/summary.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace equireg::metric {

/// W_p^p of two sets of numbers, both in ascending order, any number of them: the integral over u in (0, 1) of
/// |F^-1(u) - G^-1(u)|^p. p = 1 or 2.
inline double sorted_transport(std::span<const double> x, std::span<const double> y, int p) {
  const auto cost = [p](double a, double b) { return p == 1 ? std::abs(a - b) : (a - b) * (a - b); };
  const std::size_t n = x.size(), m = y.size();
  double sum = 0;
  if (n == m) {
    for (std::size_t i = 0; i < n; ++i) sum += cost(x[i], y[i]);
    return sum / static_cast<double>(n);
  }
  // In units of 1 / (n m): each x weighs m, each y weighs n, in whole numbers, so that no step is lost.
  std::size_t i = 0, j = 0, left_x = m, left_y = n;
  while (i < n && j < m) {
    const std::size_t step = std::min(left_x, left_y);
    sum += static_cast<double>(step) * cost(x[i], y[j]);
    left_x -= step;
    left_y -= step;
    if (left_x == 0) {
      ++i;
      left_x = m;
    }
    if (left_y == 0) {
      ++j;
      left_y = n;
    }
  }
  return sum / (static_cast<double>(n) * static_cast<double>(m));
}

struct sliced_wasserstein_settings {
  int p = 2;                     ///< 1 or 2
  std::size_t directions = 200;  ///< at least 2
};

/// (mean over directions t of W_p^p(t . X, t . Y))^(1/p), t uniform on the sphere of the elements of a sample. The
/// standard error is that of the directions alone: it goes with more of them, and says nothing about how few samples
/// there are. Two sets of one law have a positive distance: compare with what two exact sets of these sizes give.
/// Bonneel et al. 2015, JMIV 51.
///
/// x: (n, C, H, W) and y: (m, C, H, W), finite. Directions are the numbers of (seed, purpose::metric): the same for
/// every call, so that distances compare. Costs L (n + m) (C H W + log) for L directions. Throws where the samples'
/// shapes differ, a set is empty or not finite, and for other settings.
template <tensor X>
estimate sliced_wasserstein(const X& x, const X& y, seed s = {}, const sliced_wasserstein_settings& settings = {}) {
  constexpr const char* where = "equireg::metric::sliced_wasserstein";
  require(settings.p == 1 || settings.p == 2, where, "expected p = 1 or 2, but got ", settings.p);
  require(settings.directions >= 2, where, "expected at least two directions, but got ", settings.directions);
  require(x.shape().with_batch(0) == y.shape().with_batch(0), where, "the samples have shapes ", x.shape(), " and ",
          y.shape());
  require(x.shape().size() > 0 && y.shape().size() > 0, where, "a set of samples is empty");

  using host = cpu::tensor<double>;
  const std::size_t d = x.shape().sample_size();
  host directions({settings.directions, 1, 1, d});
  fill_normal(directions, {s.value, 0, purpose::metric, 0});
  const host lengths = squared_norm(directions);
  transform(
      directions, [](double v, double squares) { return squares > 0 ? v / std::sqrt(squares) : 0; }, directions,
      per_sample{lengths});
  const auto project = [&](const X& samples) {
    const host z = cpu::on_host(samples);
    host projections({settings.directions, 1, 1, z.shape().batch});
    multiply(rows_of(projections), rows_of(directions), transpose(rows_of(z)));
    for (const double v : to_host(squared_norm(projections))) {
      require(std::isfinite(v), where, "expected samples of finite numbers");
    }
    sort_samples(projections);
    return projections;
  };
  const host a = project(x), b = project(y);
  std::vector<double> powers(settings.directions);
  for (std::size_t l = 0; l < settings.directions; ++l) {
    powers[l] = sorted_transport(a.sample(l), b.sample(l), settings.p);
  }
  const summary over_directions = summarize(powers);
  if (settings.p == 1) return {over_directions.mean, over_directions.standard_error};
  // d sqrt(v) = dv / (2 sqrt(v)).
  const double value = std::sqrt(over_directions.mean);
  return {value, value > 0 ? over_directions.standard_error / (2 * value) : 0};
}

}  // namespace equireg::metric
