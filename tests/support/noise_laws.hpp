// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The laws of noise models: moments, distributions, densities, gradients, and numbers that know no batch.

#include <support/golden.hpp>
#include <support/map_laws.hpp>
#include <support/threads.hpp>

#include <equireg/noise/noise_model.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace equireg::test {

inline constexpr noise_address noise_stream{23, 0, purpose::measurement, 0};

/// Many draws of y for the same z.
template <class Noise>
std::vector<double> draws(const Noise& noise, double z, std::size_t count = 100000) {
  const cpu::tensor<double> y = noise.sample(cpu::tensor<double>({1, 1, 1, count}, z), noise_stream);
  return {y.values().begin(), y.values().end()};
}

/// The mean and the variance of `values` within five standard errors; `fourth` is the fourth central moment.
inline void check_moments(const std::vector<double>& values, double mean, double variance, double fourth) {
  const double n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double v : values) {
    sum += v - mean;
    squares += (v - mean) * (v - mean);
  }
  CHECK(within_standard_errors(sum / n, 0, std::sqrt(variance / n)));
  CHECK(within_standard_errors(squares / n, variance, std::sqrt((fourth - variance * variance) / n)));
}

/// Kolmogorov's test at the 0.9999 level: sup |F_n - F| < 2.2253 / sqrt(n), where P(K > k) = 2 exp(-2 k^2).
template <class Cdf>
void check_distribution(std::vector<double> values, const Cdf& cdf) {
  std::sort(values.begin(), values.end());
  const double n = static_cast<double>(values.size());
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double f = cdf(values[i]);
    distance = std::max({distance, f - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - f});
  }
  CHECK(distance < 2.2253 / std::sqrt(n));
}

/// The chi-square test of counts at the 0.9999 level, by Wilson and Hilferty's cube root. Every cell expects five.
inline void check_cells(const std::vector<double>& counts, const std::vector<double>& probabilities) {
  double total = 0, chi_square = 0;
  for (const double count : counts) total += count;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = total * probabilities[i];
    REQUIRE(expected >= 5);
    chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  const double df = static_cast<double>(counts.size()) - 1, spread = 2 / (9 * df);
  CHECK(chi_square < df * std::pow(1 - spread + 3.719 * std::sqrt(spread), 3));
}

/// Normal distribution function.
inline double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

/// p(y | z) for a list of y, one entry each.
template <class Noise>
std::vector<double> densities(const Noise& noise, double z, const std::vector<double>& y) {
  const shape s{y.size(), 1, 1, 1};
  std::vector<double> p =
      to_host(noise.log_likelihood(cpu::tensor<double>(s, z), cpu::tensor<double>(s, std::span<const double>(y))));
  for (double& v : p) v = std::exp(v);
  return p;
}

/// The integral of p(y | z) over first < y < last by the midpoint rule.
template <class Noise>
double integral(const Noise& noise, double z, double first, double last, std::size_t points = 200000) {
  const double h = (last - first) / static_cast<double>(points);
  std::vector<double> y(points);
  for (std::size_t i = 0; i < points; ++i) y[i] = first + h * (static_cast<double>(i) + 0.5);
  double sum = 0;
  for (const double p : densities(noise, z, y)) sum += p;
  return sum * h;
}

/// The gradient, entry by entry, against central differences of the log-likelihood; and in float against double.
template <class Noise>
void check_likelihood_gradient(const Noise& noise, const cpu::tensor<double>& z, const cpu::tensor<double>& y) {
  const cpu::tensor<double> gradient = noise.log_likelihood_gradient(z, y);
  REQUIRE(gradient.shape() == z.shape());
  const double h = 1e-6;  // errors: h^2 of the third derivative, and the value's rounding over h
  for (std::size_t i = 0; i < z.size(); ++i) {
    INFO("entry " << i << ", z " << z.data()[i] << ", y " << y.data()[i]);
    const std::size_t b = i / z.shape().sample_size();
    cpu::tensor<double> up = z, down = z;
    up.data()[i] += h;
    down.data()[i] -= h;
    const double above = to_host(noise.log_likelihood(up, y))[b], below = to_host(noise.log_likelihood(down, y))[b];
    CHECK(close(gradient.data()[i], (above - below) / (2 * h), 1e-6, 1.0));
  }
  cpu::tensor<float> z_f(z.shape()), y_f(y.shape());
  std::copy(z.values().begin(), z.values().end(), z_f.data());
  std::copy(y.values().begin(), y.values().end(), y_f.data());
  CHECK(relative_error(noise.log_likelihood_gradient(z_f, y_f).values(), gradient.values()) < 1e-4);
  CHECK(relative_error(to_host(noise.log_likelihood(z_f, y_f)), to_host(noise.log_likelihood(z, y))) < 1e-4);
}

/// Sample 2 of a batch has the bits it has alone; another index has others; float has double's numbers; and one thread
/// makes what three make.
template <class Noise>
void check_batch_split(const Noise& noise, const cpu::tensor<double>& z) {
  REQUIRE(z.shape().batch == 3);
  const cpu::tensor<double> y = noise.sample(z, noise_stream);
  const cpu::tensor<double> z2(z.shape().with_batch(1), z.sample(2));
  noise_address alone = noise_stream;
  alone.first_sample = 2;
  CHECK(relative_error(noise.sample(z2, alone).values(), y.sample(2)) == 0);
  CHECK(relative_error(noise.sample(z2, noise_stream).values(), y.sample(2)) > 1e-3);
  cpu::tensor<float> z_f(z.shape());
  std::copy(z.values().begin(), z.values().end(), z_f.data());
  CHECK(relative_error(noise.sample(z_f, noise_stream).values(), y.values()) < 1e-4);
  const std::size_t copies = 40000 / z.size() + 1;  // enough elements for a team of threads
  cpu::tensor<double> many(z.shape().with_batch(3 * copies));
  for (std::size_t i = 0; i < copies; ++i) {
    std::copy(z.values().begin(), z.values().end(), many.data() + i * z.size());
  }
  const auto with_threads = [&](int threads) {
    const thread_scope scope(threads);
    return noise.sample(many, noise_stream);
  };
  const cpu::tensor<double> together = with_threads(3);
  CHECK(relative_error(with_threads(1).values(), together.values()) == 0);
  CHECK(relative_error(together.values().first(y.size()), y.values()) == 0);
}

/// log p(y | z) of each entry against rows z, y, log p of a golden table.
template <class Noise>
void check_golden(const Noise& noise, const std::string& name) {
  const cpu::tensor<double> table = golden("noise_" + name);
  const std::size_t n = table.shape().width;
  const auto row = [&](std::size_t r) {
    return cpu::tensor<double>({n, 1, 1, 1}, std::span<const double>(table.data() + r * n, n));
  };
  const std::vector<double> actual = to_host(noise.log_likelihood(row(0), row(1)));
  for (std::size_t i = 0; i < n; ++i) {
    INFO("entry " << i << ", z " << row(0).data()[i] << ", y " << row(1).data()[i]);
    CHECK(close(actual[i], row(2).data()[i], tolerance<double>::rounding, 1.0));
  }
}

}  // namespace equireg::test
