// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::projection`: the measured part of every state is replaced by that of the noised data.

#include <equireg/core/error.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/likelihood/measured_shape.hpp>
#include <equireg/likelihood/replacement.hpp>
#include <equireg/likelihood/requirements.hpp>
#include <equireg/measurement/measure.hpp>

#include <cstddef>
#include <utility>

namespace equireg::likelihood {

/// Settings of `projection`.
struct projection_settings {
  /// lambda in (0, 1]: 1 puts y_s in, less goes that share of the way. A gradient step on ||y_s - A x||^2 with an
  /// orthonormal A goes twice its length that way, so that the length 1 of published code reflects x instead: 1/2 there
  /// is 1 here.
  double strength = 1;
};

/// Replacement: after each step of the unconditional process the part of x_s that A measures is replaced,
///
///     x_s = x'_s + lambda A^+ (y_s - A x'_s),   y_s = a_s y + b_s A z,
///
/// which for lambda = 1 is (I - A^+ A) x'_s + A^+ y_s. (Song et al. 2021, arXiv:2011.13456, appendix I; Song et al.
/// 2022, arXiv:2111.08005.) The last state has A x = y, noise included: for data without much of it. The part that A
/// does not measure learns of y through the score model only, one step later, so that states agree poorly with
/// themselves where steps are few.
///
/// The estimate is the prior's; a penalty makes one explicit step on it.
///
/// Cost of a step: one score evaluation, one A and one A^+; no pullback.
template <class Operator, tensor X>
class projection {
  static_assert(check_operator_with_pseudo_inverse<Operator, X>());
  static_assert(check_linear_operator<Operator, X>());

 public:
  /// y (B, C', H', W') are B measurements; entries that the operator does not observe may hold anything. Throws where
  /// the strength is not in (0, 1].
  projection(Operator measurement, X y, projection_settings settings = {})
      : measurement_(std::move(measurement)),
        y_(measurement::observed_part(measurement_, std::move(y))),
        settings_(settings) {
    require(settings_.strength > 0 && settings_.strength <= 1, name, "expected strength in (0, 1], but it is ",
            settings_.strength);
  }

  static constexpr const char* name = "equireg::likelihood::projection";

  [[nodiscard]] std::size_t batch() const { return y_.shape().batch; }

  /// Throws unless A maps samples of the prior's shape to the shape of y.
  void check(const shape& sample) const { require_measured_shape(measurement_, y_, sample, name); }

  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                const reverse_step& step) const {
    return prior_estimate(score, penalty, x, level, step);
  }

  void correct(X& x, const reverse_step& step) const {
    const auto back = [this](const X& r) { return X(measurement_.pseudo_inverse(r)); };
    replace_measured_part(x, measurement_, y_, back, step, settings_.strength);
  }

 private:
  Operator measurement_;
  X y_;
  projection_settings settings_;
};

}  // namespace equireg::likelihood
