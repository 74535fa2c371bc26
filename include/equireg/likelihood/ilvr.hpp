// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::ilvr`: samples that share the low frequencies of a reference image.

#include <equireg/core/error.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/likelihood/replacement.hpp>
#include <equireg/likelihood/requirements.hpp>

#include <concepts>
#include <cstddef>
#include <utility>

namespace equireg::likelihood {

/// f(x) is an image like x.
template <class F, class X>
concept maps_images = requires(const F& f, const X& x) {
  { f(x) } -> std::convertible_to<X>;
};

/// The low-pass x -> A^+ A x: down by A, for example `measurement::super_resolution`, and up again.
template <class Operator>
class down_up {
 public:
  explicit down_up(Operator a) : a_(std::move(a)) {}

  template <class X>
  X operator()(const X& x) const {
    static_assert(check_operator_with_pseudo_inverse<Operator, X>());
    return a_.pseudo_inverse(a_(x));
  }

 private:
  Operator a_;
};

/// Settings of `ilvr`.
struct ilvr_settings {
  /// States with less noise than this, in units of the data, are left to the prior, which then follows the reference
  /// less closely. 0 conditions every step.
  double sigma_min = 0;
};

/// Iterative latent variable refinement: after each step of the unconditional process
///
///     x_s = x'_s + phi(y_s) - phi(x'_s),   y_s = a_s y + b_s z,
///
/// with a linear low-pass phi from images to images and a reference image y. (Choi et al. 2021, arXiv:2108.02938,
/// Algorithm 1.) phi may be `down_up{a}`, a blur, or a lambda; nobody asks for its adjoint, and it need be no
/// projector. Data of a linear A come in as y = A^+ data with phi = A^+ A, and then ilvr is `projection`: that is the
/// case of it that knows its operator.
///
/// The estimate is the prior's; a penalty makes one explicit step on it.
///
/// Cost of a step: one score evaluation and, where it is conditioned, one phi.
template <class LowPass, tensor X>
class ilvr {
  static_assert(maps_images<LowPass, X>,
                "ilvr needs a linear low-pass with: X operator()(const X& x) const, in the shape of x; "
                "equireg::likelihood::down_up makes one of any operator with a pseudo-inverse");

 public:
  /// reference (B, C, H, W): B images in the shape of the prior's samples. Throws where the low-pass changes their
  /// shape or sigma_min < 0.
  ilvr(LowPass low_pass, const X& reference, ilvr_settings settings = {})
      : low_pass_(std::move(low_pass)), low_(low_pass_(reference)), settings_(settings) {
    require(low_.shape() == reference.shape(), name, "the reference has shape ", reference.shape(),
            " but the low-pass returns ", low_.shape());
    require(settings_.sigma_min >= 0, name, "expected sigma_min >= 0, but it is ", settings_.sigma_min);
  }

  static constexpr const char* name = "equireg::likelihood::ilvr";

  [[nodiscard]] std::size_t batch() const { return low_.shape().batch; }

  /// Throws unless the reference has the shape of the prior's samples.
  void check(const shape& sample) const {
    const shape expected = sample.with_batch(batch());
    require(low_.shape() == expected, name, "the reference has shape ", low_.shape(), " but the prior's samples are ",
            expected);
  }

  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                const reverse_step& step) const {
    return prior_estimate(score, penalty, x, level, step);
  }

  void correct(X& x, const reverse_step& step) const {
    if (step.to.sigma() < settings_.sigma_min) return;
    replace_measured_part(
        x, low_pass_, low_, [](const X& r) -> const X& { return r; }, step, 1);
  }

 private:
  LowPass low_pass_;
  X low_;  // phi(reference)
  ilvr_settings settings_;
};

}  // namespace equireg::likelihood
