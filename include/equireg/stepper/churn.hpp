// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Churn: noise that raises the level of a state before a deterministic step.

#include <equireg/core/arguments.hpp>
#include <equireg/core/config.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/stepper/reverse_step.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace equireg::stepper {

/// S_churn, S_min, S_max and S_noise of Karras et al. 2022, arXiv:2206.00364, algorithm 2.
struct churn_settings {
  double amount;
  double min, max;  // sigmas between which a level is raised
  double noise;
};

/// The level with noise sigma in the same process as `from`: variance exploding (a = 1), variance preserving
/// (a^2 + b^2 = 1) or a straight path (a + b = 1); any other keeps its a.
///
/// A time that is the noise itself stays so. Any other is carried on along ln sigma with the slope of the step from ->
/// to, the rule by which `trained_levels` interpolates.
[[nodiscard]] inline noise_level raised_level(const noise_level& from, const noise_level& to, double sigma) {
  const double a = from.signal, b = from.noise;
  constexpr double rounding = 1e-9;
  double signal = a;
  if (a != 1 && std::abs(a * a + b * b - 1) < rounding) {
    signal = 1 / std::sqrt(1 + sigma * sigma);
  } else if (a != 1 && std::abs(a + b - 1) < rounding) {
    signal = 1 / (1 + sigma);
  }
  noise_level raised{signal, signal * sigma, from.time};
  if (from.time == from.noise) {
    raised.time = raised.noise;
  } else if (to.noise > 0) {
    raised.time += (from.time - to.time) * std::log(sigma / from.sigma()) / std::log(from.sigma() / to.sigma());
  }
  return raised;
}

/// state * x + noise * z.
template <class T>
struct raised_element {
  T state, noise;
  EQUIREG_HOST_DEVICE constexpr T operator()(T x, T z) const { return state * x + noise * z; }
};

/// Raises x from step.from to sigma^ = (1 + gamma) sigma with gamma = min(amount / total, sqrt(2) - 1), where sigma lies
/// in [min, max], and returns the level that x then has. In x~ = x / a: x~ + noise sqrt(sigma^^2 - sigma^2) z, with z of
/// the stream `purpose::churn`. Pure noise is not raised.
template <class X>
noise_level add_churn(X& x, const churn_settings& churn, const reverse_step& step) {
  require(churn.amount >= 0 && churn.noise >= 0, "equireg::stepper", "expected churn and churn_noise >= 0, got ",
          churn.amount, " and ", churn.noise);
  const noise_level& from = step.from;
  const double sigma = from.sigma();
  if (churn.amount == 0 || from.signal == 0 || sigma < churn.min || sigma > churn.max) return from;
  const double gamma = std::min(churn.amount / static_cast<double>(step.total), std::numbers::sqrt2 - 1);
  const noise_level raised = raised_level(from, step.to, (1 + gamma) * sigma);
  const double added = raised.noise * std::sqrt(gamma * (2 + gamma)) / (1 + gamma);
  using T = typename X::value_type;
  transform(x, raised_element<T>{static_cast<T>(raised.signal / from.signal), static_cast<T>(churn.noise * added)}, x,
            normal_noise{step.noise(purpose::churn)});
  return raised;
}

}  // namespace equireg::stepper
