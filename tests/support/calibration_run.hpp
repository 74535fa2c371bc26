// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Truths, measurements and posterior samples of a Gaussian problem whose posterior is known: what scores of
/// calibration are tried on.

#include <support/dense.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/core/random.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace equireg::test {

/// x ~ N(0, I) in R^6, y = A x + 0.5 eps in R^3, and samples m(y) + shrink (C^1/2) z of the posterior N(m(y), C): exact
/// ones for shrink = 1. One measurement for each truth.
struct calibration_run {
  static constexpr std::size_t d = 6, measured = 3;
  static constexpr double sigma = 0.5;

  matrix a, covariance;
  cpu::tensor<double> truth, y, mean, samples;

  calibration_run(std::size_t truths, std::size_t count, double shrink, std::uint64_t seed)
      : a(measured, d),
        truth({truths, 1, 1, d}),
        y({truths, 1, 1, measured}),
        mean({truths, 1, 1, d}),
        samples({truths * count, 1, 1, d}) {
    cpu::tensor<double> entries({1, 1, measured, d});
    fill_normal(entries, {seed, 0, purpose::user, 0});
    a.values.assign(entries.data(), entries.data() + entries.size());
    const matrix precision = combine(1, matrix::identity(d), 1 / (sigma * sigma), transposed(a) * a);
    covariance = inverse(precision).first;
    const matrix gain = covariance * transposed(a), root = lower_root(covariance);

    fill_normal(truth, {seed, 1, purpose::user, 0});
    fill_normal(y, {seed, 2, purpose::user, 0});
    fill_normal(samples, {seed, 3, purpose::user, 0});
    for (std::size_t i = 0; i < truths; ++i) {
      const vector x(truth.sample(i).begin(), truth.sample(i).end()), ax = a * x;
      vector of_y(measured);
      for (std::size_t k = 0; k < measured; ++k) of_y[k] = y.sample(i)[k] = ax[k] + sigma * y.sample(i)[k];
      const vector m = gain * of_y;
      for (std::size_t k = 0; k < d; ++k) mean.sample(i)[k] = m[k] / (sigma * sigma);
      for (std::size_t l = 0; l < count; ++l) {
        const auto sample = samples.sample(i * count + l);
        const vector spread = root * vector(sample.begin(), sample.end());
        for (std::size_t k = 0; k < d; ++k) sample[k] = mean.sample(i)[k] + shrink * spread[k];
      }
    }
  }

  /// x -> A x.
  struct forward {
    matrix a;
    cpu::tensor<double> operator()(const cpu::tensor<double>& x) const {
      cpu::tensor<double> out({x.shape().batch, 1, 1, a.rows});
      for (std::size_t b = 0; b < x.shape().batch; ++b) {
        const vector ax = a * vector(x.sample(b).begin(), x.sample(b).end());
        for (std::size_t k = 0; k < a.rows; ++k) out.sample(b)[k] = ax[k];
      }
      return out;
    }
  };

  /// Element k of every sample.
  static vector element(const cpu::tensor<double>& x, std::size_t k) {
    vector result;
    for (std::size_t b = 0; b < x.shape().batch; ++b) result.push_back(x.sample(b)[k]);
    return result;
  }

  /// The lower triangular L with L L^T = c.
  static matrix lower_root(const matrix& c) {
    matrix l(c.rows, c.rows);
    for (std::size_t i = 0; i < c.rows; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = c(i, j);
        for (std::size_t k = 0; k < j; ++k) sum -= l(i, k) * l(j, k);
        l(i, j) = i == j ? std::sqrt(sum) : sum / l(j, j);
      }
    }
    return l;
  }
};

}  // namespace equireg::test
