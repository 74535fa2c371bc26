// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Reverse processes with the exact denoiser of N(m, c I), for which every stepper is a linear recursion.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/random.hpp>
#include <equireg/stepper/reverse_step.hpp>

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace equireg::test {

/// Samples of dimension four, as many as a Monte-Carlo test takes.
inline constexpr shape gaussian_batch{4096, 1, 2, 2};

/// x0 ~ N(mean, variance I). E[x0 | x_t] = mean + a c / (a^2 c + b^2) (x_t - a mean).
struct gaussian_prior {
  double mean = 0.3;
  double variance = 0.25;

  /// The slope of E[x0 | x_t] - mean against x_t - a mean.
  [[nodiscard]] double gain(const noise_level& level) const {
    const double a = level.signal, b = level.noise;
    return a * variance / (a * a * variance + b * b);
  }

  /// The estimate that a sampler without a measurement hands to the stepper.
  template <class T>
  guided_estimate<cpu::tensor<T>, absent> operator()(const cpu::tensor<T>& x, const noise_level& level) const {
    const T m = static_cast<T>(mean), a = static_cast<T>(level.signal), g = static_cast<T>(gain(level));
    cpu::tensor<T> x0(x.shape());
    transform(
        x0, [=](T v) { return m + g * (v - a * m); }, x);
    return {std::move(x0), {}};
  }

  /// x_t drawn from its exact law at the first level: a m + sqrt(a^2 c + b^2) z.
  [[nodiscard]] cpu::tensor<double> initial(const noise_level& level, const cpu::tensor<double>& z) const {
    const double a = level.signal, b = level.noise, m = mean;
    const double deviation = std::sqrt(a * a * variance + b * b);
    cpu::tensor<double> x(z.shape());
    transform(
        x, [=](double v) { return a * m + deviation * v; }, z);
    return x;
  }
};

/// The numbers z of the initial state.
inline cpu::tensor<double> initial_noise(const shape& s, std::uint64_t seed) {
  cpu::tensor<double> z(s);
  fill_normal(z, noise_address{seed, 0, purpose::initial_state, 0});
  return z;
}

/// Walks x from the first level to the last and returns the result.
template <class Stepper, class X, class Estimate>
X walk(const Stepper& stepper, X x, const std::vector<noise_level>& levels, const Estimate& estimate,
       std::uint64_t seed, std::uint64_t first_sample = 0) {
  auto memory = stepper.template start<X>();
  for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
    stepper.advance(memory, x, estimate,
                    reverse_step{levels[i], levels[i + 1], i, levels.size() - 1, seed, first_sample});
  }
  return x;
}

/// Mean and variance over all elements.
struct moments {
  double mean = 0, variance = 0;
  std::size_t count = 0;

  explicit moments(const cpu::tensor<double>& x) : count(x.size()) {
    for (const double v : x.values()) mean += v;
    mean /= static_cast<double>(count);
    for (const double v : x.values()) variance += (v - mean) * (v - mean);
    variance /= static_cast<double>(count - 1);
  }
  /// Standard errors of the two for independent normal elements of the given true variance.
  [[nodiscard]] double error_of_mean(double truth) const { return std::sqrt(truth / static_cast<double>(count)); }
  [[nodiscard]] double error_of_variance(double truth) const {
    return truth * std::sqrt(2 / static_cast<double>(count - 1));
  }
};

}  // namespace equireg::test
