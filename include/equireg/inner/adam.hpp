// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `inner::adam`: Adam and AdamW, for a batch of problems that share nothing but the number of their step.

#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>

#include <cmath>
#include <cstddef>
#include <type_traits>

namespace equireg::inner {

/// What `weight_decay` does.
enum class decay_rule {
  coupled,    ///< it is added to the gradient, as in Adam with an L2 penalty
  decoupled,  ///< it shrinks the variable by rate * weight_decay before each step: AdamW
};

/// Settings of `adam`.
struct adam_settings {
  double rate = 1e-3;  ///< step length: Adam moves an element by about this much, whatever the objective's scale
  double beta_1 = 0.9, beta_2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  decay_rule decay = decay_rule::coupled;

  /// Throws unless every number is in its range.
  void check(const char* where) const {
    require(rate >= 0 && std::isfinite(rate), where, "expected an Adam rate >= 0, but it is ", rate);
    require(beta_1 >= 0 && beta_1 < 1 && beta_2 >= 0 && beta_2 < 1, where,
            "expected beta_1 and beta_2 of Adam in [0, 1), but they are ", beta_1, " and ", beta_2);
    require(epsilon > 0, where, "expected an epsilon of Adam > 0, since 0 / 0 is no step, but it is ", epsilon);
    require(weight_decay >= 0, where, "expected a weight_decay of Adam >= 0, but it is ", weight_decay);
  }
};

/// With g the gradient at step k = 1, 2, ...:
///
///     m <- beta_1 m + (1 - beta_1) g
///     v <- beta_2 v + (1 - beta_2) g^2
///     theta <- theta - rate (m / (1 - beta_1^k)) / (sqrt(v / (1 - beta_2^k)) + epsilon)
///
/// (Kingma and Ba 2014, arXiv:1412.6980; decoupled decay: Loshchilov and Hutter 2017, arXiv:1711.05101.) Elements do
/// not meet, so that a batch of B is B runs of one.
template <tensor X>
class adam {
 public:
  /// For variables of shape s, at rest.
  adam(const adam_settings& settings, const shape& s) : settings_(settings), m_(s), v_(s) {
    settings.check("equireg::inner::adam");
    fill(m_, 0);
    fill(v_, 0);
  }

  /// One step of every sample.
  void step(X& theta, const X& gradient) { advance(theta, gradient, absent{}); }

  /// One step of the samples b with active_b != 0, active (B, 1, 1, 1); the others stay, as does what is remembered of
  /// them. The steps are counted for all.
  void step(X& theta, const X& gradient, const X& active) { advance(theta, gradient, per_sample{active}); }

  /// Steps made.
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  template <class Active>
  void advance(X& theta, const X& gradient, const Active& active) {
    ++count_;
    const auto k = static_cast<double>(count_);
    const double old_1 = settings_.beta_1, old_2 = settings_.beta_2, new_1 = 1 - old_1, new_2 = 1 - old_2;
    const bool shrinks = settings_.decay == decay_rule::decoupled;
    const double coupled = shrinks ? 0 : settings_.weight_decay;
    const double kept = shrinks ? 1 - settings_.rate * settings_.weight_decay : 1;
    const double rate = settings_.rate / (1 - std::pow(settings_.beta_1, k));
    const double unbias = 1 / (1 - std::pow(settings_.beta_2, k));
    const auto [old, g, t] = entries<3>;
    const auto whole = g + coupled * t;
    transform(m_, if_active<Active>(old_1 * old + new_1 * whole, old), m_, gradient, theta, active);
    transform(v_, if_active<Active>(old_2 * old + new_2 * whole * whole, old), v_, gradient, theta, active);
    const auto [here, m, v] = entries<3>;
    const auto moved = kept * here - rate * m / (sqrt(unbias * v) + settings_.epsilon);
    transform(theta, if_active<Active>(moved, here), theta, m_, v_, active);
  }

  // An expression whose fourth argument says which samples are active.
  template <class Active, class Moved, class Old>
  static auto if_active(const Moved& moved, const Old& old) {
    if constexpr (std::is_same_v<Active, absent>) {
      return moved;
    } else {
      return select(entry<3>{} != 0, moved, old);
    }
  }

  adam_settings settings_;
  X m_, v_;
  std::size_t count_ = 0;
};

}  // namespace equireg::inner
