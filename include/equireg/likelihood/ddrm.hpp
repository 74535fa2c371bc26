// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::ddrm`: denoising diffusion restoration models, a diffusion in the singular vectors of A.

#include <equireg/core/arguments.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/likelihood/spectral_steps.hpp>

#include <utility>

namespace equireg::likelihood {

/// Settings of `ddrm`, with the published values.
struct ddrm_settings {
  double sigma_y = 0;  ///< deviation of the measurement's noise, in units of y
  double eta = 0.85;   ///< share of fresh noise where y says nothing or little, in [0, 1]
  double eta_b = 1;    ///< share of y where it says more than x_s has noise, in [0, 1]
};

/// Denoising diffusion restoration models (Kawar et al. 2022, arXiv:2201.11793). In the units of the data,
/// x = V^T x_t / a_t, x0 = V^T x0_hat and y_i = (U^T y)_i / s_i; from the first level
///
///     s_i sigma_T > sigma_y:  x_i = y_i + sqrt(sigma_T^2 - sigma_y^2 / s_i^2) z,     else:  sigma_T z
///
/// and to each next one, sigma_s,
///
///     s_i = 0:                   x_i = x0_i + sigma_s (sqrt(1 - eta^2) eps_i + eta z)
///     sigma_s < sigma_y / s_i:   x_i = x0_i + sigma_s (sqrt(1 - eta^2) (y_i - x0_i) s_i / sigma_y + eta z)
///     else:                      x_i = (1 - eta_b) x0_i + eta_b y_i + sqrt(sigma_s^2 - eta_b^2 sigma_y^2 / s_i^2) z.
///
/// Where x0_hat is the truth, x_s is the truth with noise sigma_s. Two re-implementations break that, and are not
/// followed: InverseBench leaves eta_b^2 out of the root, deepinv divides each deviation by sqrt(2). The state begins
/// at level (a_T, b_T) itself, not at V x / sigma_T, and any process will do; from pure noise (a_T = 0) y does not yet
/// show. Singular values that the operator cuts off count as 0.
///
/// It makes the steps itself: equireg::sampler{prior, ddrm{a, y, {.sigma_y = 0.05}}, schedule}, 20 steps as published.
/// A penalty takes one explicit step, x0' - alpha grad R(x0'), where a_s x0' is what the rules say without noise.
///
/// Cost of a step: one score evaluation and four transforms V; no derivative.
template <class Operator, tensor X>
class ddrm : public spectral_steps<Operator, X> {
 public:
  /// y (B, C', H', W') are B measurements. Throws where a setting is out of its range.
  ddrm(Operator measurement, X y, ddrm_settings settings = {})
      : spectral_steps<Operator, X>(std::move(measurement), std::move(y),
                                    {.sigma_y = settings.sigma_y, .eta = settings.eta, .eta_b = settings.eta_b}, name),
        sigma_y_(settings.sigma_y) {}

  static constexpr const char* name = "equireg::likelihood::ddrm";

  /// x = b_T z becomes the first state.
  void begin(X& x, const noise_level& level) const {
    const auto modes = this->data().of(x.shape());
    X z = modes->form.to_modes(x);
    // With e = a_T sigma_y / s_i: a_T y_i + sqrt(b_T^2 - e^2) z, where z came as b_T z.
    const double a = level.signal, b = level.noise, error = level.signal * sigma_y_;
    const auto [s, y, v] = entries<3>;
    const auto share = error / (s * b);
    transform(z, select(s * b > error, a * y + sqrt((1 - share) * (1 + share)) * v, v),
              broadcast{modes->singular_values}, modes->measured, z);
    x = modes->form.from_modes(z);
  }

 private:
  double sigma_y_;
};

}  // namespace equireg::likelihood
