// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::ddnm_plus`: DDNM for noisy measurements, by the operator's singular value decomposition.

#include <equireg/core/tensor.hpp>
#include <equireg/likelihood/spectral_steps.hpp>

#include <utility>

namespace equireg::likelihood {

/// Settings of `ddnm_plus`.
struct ddnm_plus_settings {
  double sigma_y = 0;  ///< deviation of the measurement's noise, in units of y
  double eta = 0.85;   ///< share of fresh noise where y says nothing or little, in [0, 1]
};

/// Denoising diffusion null-space models with noise (Wang, Yu and Zhang 2023, arXiv:2212.00490), the exact version. For
/// each singular value s_i, and the level (a_s, b_s) that the step goes to,
///
///     x0' = x0_hat - V Lambda V^T A^+ (A x0_hat - y),     x_s = a_s x0' + V (d1 z + d2 V^T eps_hat),
///
/// with e_i = a_s sigma_y / s_i and
///
///     b_s >= e_i:   Lambda_i = 1,                              d1 = sqrt(b_s^2 - e_i^2),   d2 = 0
///     b_s <  e_i:   Lambda_i = sqrt(1 - eta^2) b_s / e_i,      d1 = eta b_s,               d2 = 0
///     s_i = 0:                                                 d1 = eta b_s,               d2 = sqrt(1 - eta^2) b_s.
///
/// x0' brings as much of y's noise as x_s has room for. This is the step of `ddrm` with eta_b = 1; the two differ in
/// where they begin, here from pure noise. The authors' simplified version, with one Lambda for all directions, takes
/// a^2 for a in their code and is not offered.
///
/// It makes the steps itself: equireg::sampler{prior, ddnm_plus{a, y, {.sigma_y = 0.05}}, schedule}, 100 steps as
/// published. Without noise `ddnm` does with A^+ alone. A penalty takes one explicit step, x0' - alpha grad R(x0').
///
/// Cost of a step: one score evaluation and four transforms V.
template <class Operator, tensor X>
class ddnm_plus : public spectral_steps<Operator, X> {
 public:
  /// y (B, C', H', W') are B measurements. Throws where a setting is out of its range.
  ddnm_plus(Operator measurement, X y, ddnm_plus_settings settings = {})
      : spectral_steps<Operator, X>(std::move(measurement), std::move(y),
                                    {.sigma_y = settings.sigma_y, .eta = settings.eta, .eta_b = 1}, name) {}

  static constexpr const char* name = "equireg::likelihood::ddnm_plus";
};

}  // namespace equireg::likelihood
