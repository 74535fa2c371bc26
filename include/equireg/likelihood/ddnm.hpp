// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::ddnm`: what y says of x0 replaces what the prior says, and the rest of x0 stays.

#include <equireg/core/arguments.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/likelihood/measured_shape.hpp>
#include <equireg/likelihood/penalty_shift.hpp>
#include <equireg/likelihood/requirements.hpp>
#include <equireg/measurement/measure.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace equireg::likelihood {

/// Which noise of x_t a method keeps in x_s once it has moved x0_hat to x0'.
namespace kept_noise {

/// The network's, eps_hat = (x_t - a_t x0_hat) / b_t: what x0' gains is added to x_s as it is, a_s (x0' - x0_hat).
struct network {};

/// That of x0', (x_t - a_t x0') / b_t: the stepper is handed x0'.
struct recomputed {};

}  // namespace kept_noise

/// Denoising diffusion null-space models:
///
///     x0' = x0_hat - A^+ (A x0_hat - y),
///
/// which has A x0' = y and keeps x0_hat in the null space of A. (Wang, Yu and Zhang 2023, arXiv:2212.00490. It is for
/// measurements without noise; `ddnm_plus` knows of noise.) It is computed as x0_hat - A^+ A x0_hat + A^+ y, which is
/// the same for a linear A and right for an affine one as well. An operator's own cut keeps A^+ from blowing up noise.
///
/// The paper's posterior keeps the noise recomputed from x0', the authors' code and numbers the network's: ddnm{a, y,
/// kept_noise::recomputed{}} asks for the former. The authors take stepper::ddim{.eta = 0.85, .rule =
/// eta_rule::simple} and 100 steps. Their time travel (steps back up, as in RePaint) would be a matter of the
/// sampler's, and is left out: their defaults repeat no step.
///
/// A penalty takes one explicit step after that, x0' - alpha grad R(x0').
///
/// Cost of a step: one score evaluation, one A and one A^+.
template <class Operator, tensor X, class Noise = kept_noise::network>
class ddnm {
  static_assert(check_operator_with_pseudo_inverse<Operator, X>());

 public:
  /// The x0 that the stepper sees is x0'.
  static constexpr bool changes_x0 = std::is_same_v<Noise, kept_noise::recomputed>;
  static_assert(changes_x0 || std::is_same_v<Noise, kept_noise::network>,
                "ddnm keeps one of two noises: equireg::likelihood::kept_noise::network or recomputed");

  /// y (B, C', H', W') are B measurements; entries that the operator does not observe may hold anything.
  ddnm(Operator measurement, X y, Noise = {})
      : measurement_(std::move(measurement)),
        y_(measurement::observed_part(measurement_, std::move(y))),
        explained_(measurement_.pseudo_inverse(y_)) {}

  static constexpr const char* name = "equireg::likelihood::ddnm";

  [[nodiscard]] std::size_t batch() const { return y_.shape().batch; }

  /// Throws unless A maps samples of the prior's shape to the shape of y.
  void check(const shape& sample) const { require_measured_shape(measurement_, y_, sample, name); }

  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                const reverse_step& step) const {
    X x0 = score.denoise(x, level);
    X moved = measurement_.pseudo_inverse(measurement_(x0));
    const auto [v, seen, told] = entries<3>;
    transform(moved, v - seen + told, x0, moved, explained_);
    descend_penalty(penalty, moved, step);
    if constexpr (changes_x0) {
      return guided_estimate{std::move(moved), absent{}};
    } else {
      const auto [after, before] = entries<2>;
      transform(moved, step.to.signal * (after - before), moved, x0);
      return guided_estimate{std::move(x0), std::move(moved)};
    }
  }

 private:
  Operator measurement_;
  X y_;
  X explained_;  // A^+ y
};

}  // namespace equireg::likelihood
