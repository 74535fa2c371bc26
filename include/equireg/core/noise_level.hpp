// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `noise_level`: where x_t stands between data and noise, and what each kind of prediction says about x0.

#include <cmath>
#include <limits>

namespace equireg {

/// x_t = signal * x0 + noise * eps, eps ~ N(0, I).
///
/// One pair of numbers serves every diffusion: variance preserving has signal^2 + noise^2 = 1, variance exploding has
/// signal = 1, rectified flow has signal = 1 - t and noise = t. `signal` may be 0 (pure noise), `noise` may be 0 (data).
struct noise_level {
  double signal = 1;  ///< a_t, in [0, 1]
  double noise = 0;   ///< b_t, >= 0, in the units of x_t
  double time = 0;    ///< what the network was trained to be told: an index, a time or a logarithm

  /// Noise in units of the data, b / a: x_t / a = x0 + sigma eps. Infinite for pure noise.
  [[nodiscard]] double sigma() const { return signal > 0 ? noise / signal : std::numeric_limits<double>::infinity(); }

  /// a^2 / (a^2 + b^2), the alpha-bar of the variance-preserving process with the same sigma.
  [[nodiscard]] double alpha_bar() const { return signal * signal / (signal * signal + noise * noise); }

  bool operator==(const noise_level&) const = default;
};

/// The data end of every schedule: x_t = x0.
inline constexpr noise_level clean{1, 0, 0};

/// Variance preserving, from alpha-bar: a = sqrt(alpha_bar), b = sqrt(1 - alpha_bar).
inline noise_level variance_preserving(double alpha_bar, double time = 0) {
  return {std::sqrt(alpha_bar), std::sqrt(1 - alpha_bar), time};
}

/// Variance exploding: a = 1, b = sigma.
inline noise_level variance_exploding(double sigma, double time = 0) { return {1, sigma, time}; }

/// Rectified flow: a = 1 - t, b = t, t in [0, 1].
inline noise_level rectified(double t) { return {1 - t, t, t}; }

/// alpha x_t + beta p: how x0 (or eps) follows from the state x_t and a model's prediction p.
struct affine_conversion {
  double state;
  double prediction;
};

/// What a model predicts. Each converts to x0 and to eps by an affine rule in (x_t, prediction):
/// eps, x0, v = a eps - b x0 (variance preserving), the score grad log p(x_t) = -eps / b, and the flow velocity
/// u = eps - x0 of a = 1 - t, b = t. (Karras et al. 2022, arXiv:2206.00364; Salimans and Ho 2022, arXiv:2202.00512.)
enum class prediction { eps, x0, v, score, flow };

/// x0 = state * x_t + prediction * p. Rows for v and flow hold for any a and b, since both predictions are
/// combinations of x0 and eps whose determinant with (a, b) is not zero.
/// At a = 0 an eps or a score says nothing about x0: the result is infinite.
[[nodiscard]] inline affine_conversion to_x0(prediction kind, const noise_level& level) {
  const double a = level.signal, b = level.noise;
  switch (kind) {
    case prediction::eps: return {1 / a, -b / a};
    case prediction::x0: return {0, 1};
    case prediction::v: return {a / (a * a + b * b), -b / (a * a + b * b)};
    case prediction::score: return {1 / a, b * b / a};
    case prediction::flow: return {1 / (a + b), -b / (a + b)};
  }
  return {0, 0};
}

/// eps = state * x_t + prediction * p. At b = 0 an x0 says nothing about eps: the result is infinite.
[[nodiscard]] inline affine_conversion to_eps(prediction kind, const noise_level& level) {
  const double a = level.signal, b = level.noise;
  switch (kind) {
    case prediction::eps: return {0, 1};
    case prediction::x0: return {1 / b, -a / b};
    case prediction::v: return {b / (a * a + b * b), a / (a * a + b * b)};
    case prediction::score: return {0, -b};
    case prediction::flow: return {1 / (a + b), a / (a + b)};
  }
  return {0, 0};
}

/// p = state * x_t + prediction * x0: the prediction of the given kind that says the same as x0.
[[nodiscard]] inline affine_conversion from_x0(prediction kind, const noise_level& level) {
  const double a = level.signal, b = level.noise;
  switch (kind) {
    case prediction::eps: return {1 / b, -a / b};
    case prediction::x0: return {0, 1};
    case prediction::v: return {a / b, -(a * a + b * b) / b};
    case prediction::score: return {-1 / (b * b), a / (b * b)};
    case prediction::flow: return {1 / b, -(a + b) / b};
  }
  return {0, 0};
}

}  // namespace equireg
