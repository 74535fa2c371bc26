// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::spectral_steps`: steps that know how noisy y is in each direction, as DDRM and DDNM+ take them.

#include <equireg/core/arguments.hpp>
#include <equireg/core/config.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/likelihood/measured_shape.hpp>
#include <equireg/likelihood/penalty_shift.hpp>
#include <equireg/likelihood/spectral_data.hpp>
#include <equireg/stepper/update.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace equireg::likelihood {

/// How one mode, with singular value s_i, goes to the level (a_s, b_s). What y says of it, y_i = x_i + noise, errs by
/// e = a_s sigma_y / s_i in the units of x_s; with x0_i from the prior, the noise eps_i of x_t and a fresh z,
///
///     s_i = 0:    a_s x0_i + b_s (sqrt(1 - eta^2) eps_i + eta z)
///     b_s < e:    a_s x0_i + b_s (sqrt(1 - eta^2) (a_s y_i - a_s x0_i) / e + eta z)
///     else:       a_s ((1 - eta_b) x0_i + eta_b y_i) + sqrt(b_s^2 - eta_b^2 e^2) z
///
/// Where x0_i is the truth, x_s is N(a_s x0_i, b_s^2) in all three: the noise of y takes the place of fresh noise.
template <class T>
struct mode_rule {
  T signal, noise, sigma_y, eta, eta_b;  // a_s, b_s, ...

  /// x0_i + gain (y_i - x0_i) is what the rule multiplies by a_s.
  EQUIREG_HOST_DEVICE T gain(T s) const {
    if (s == 0) return 0;
    const T e = signal * sigma_y / s;
    return noise < e ? kept() * noise / e : eta_b;
  }
  /// The rest.
  EQUIREG_HOST_DEVICE T rest(T s, T eps, T z) const {
    if (s == 0) return noise * (kept() * eps + eta * z);
    const T e = signal * sigma_y / s;
    if (noise < e) return eta * noise * z;
    const T variance = (noise - eta_b * e) * (noise + eta_b * e);
    return variance > 0 ? std::sqrt(variance) * z : T(0);
  }

 private:
  EQUIREG_HOST_DEVICE T kept() const { return std::sqrt((1 - eta) * (1 + eta)); }
};

/// What x0_i gains by the rule.
template <class T>
struct mode_change {
  mode_rule<T> rule;

  EQUIREG_HOST_DEVICE T operator()(T s, T y, T x0) const { return rule.gain(s) * (y - x0); }
};

/// What the rule adds to a_s x0'_i.
template <class T>
struct mode_rest {
  mode_rule<T> rule;

  EQUIREG_HOST_DEVICE T operator()(T s, T eps, T z) const { return rule.rest(s, eps, z); }
};

/// What `spectral_steps` is told.
struct spectral_steps_settings {
  double sigma_y = 0, eta = 0.85, eta_b = 1;
};

/// A likelihood that makes the steps itself, each in the singular vectors of A: the base of `ddrm` and `ddnm_plus`.
///
/// The estimate is x0' = x0_hat + V diag(gain) (diag(1 / s) U^T y - V^T x0_hat) by the `mode_rule` of the step's end,
/// less the penalty's explicit step alpha grad R(x0'). The state that follows is a_s x0' + V rest. eps is that of x0':
/// it enters where s_i = 0 only, where the data do not move x0, so that without a penalty it is the network's.
///
/// Cost of a step: one score evaluation and four transforms V.
template <class Operator, tensor X>
class spectral_steps {
  static_assert(check_operator_with_spectral_form<Operator, X>());

 public:
  static constexpr bool changes_x0 = true;

  [[nodiscard]] std::size_t batch() const { return data_.y().shape().batch; }

  /// Throws unless A maps samples of the prior's shape to the shape of y.
  void check(const shape& sample) const { require_measured_shape(data_.measurement(), data_.y(), sample, name_); }

  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                const reverse_step& step) const {
    X x0 = score.denoise(x, level);
    const auto modes = data_.of(x.shape());
    X change = modes->form.to_modes(x0);
    transform(change, mode_change<value_type>{rule_at(step.to)}, broadcast{modes->singular_values}, modes->measured,
              change);
    add_scaled(x0, 1, modes->form.from_modes(change));
    descend_penalty(penalty, x0, step);
    return guided_estimate{std::move(x0), absent{}};
  }

  template <class>
  auto start() const {
    return stepper::no_memory{};
  }

  X advance(auto& /*memory*/, X& x, const auto& estimate, const reverse_step& step) const {
    const auto modes = data_.of(x.shape());
    const auto& now = estimate(x, step.from);
    X eps(x.shape());
    const auto [x_t, x0_hat] = entries<2>;
    transform(eps, (x_t - step.from.signal * x0_hat) / step.from.noise, x, now.x0);
    X rest = modes->form.to_modes(eps);
    transform(rest, mode_rest<value_type>{rule_at(step.to)}, broadcast{modes->singular_values}, rest,
              normal_noise{step.noise(purpose::likelihood)});
    rest = modes->form.from_modes(rest);
    const auto [x0, r, shift] = entries<3>;
    return transform_reduce(x, step.to.signal * x0 + r + shift, stepper::magnitude<value_type>{}, now.x0, rest,
                            now.shift);
  }

 protected:
  using value_type = typename X::value_type;

  spectral_steps(Operator measurement, X y, const spectral_steps_settings& settings, const char* name)
      : data_(std::move(measurement), std::move(y)), settings_(settings), name_(name) {
    require(settings.sigma_y >= 0 && std::isfinite(settings.sigma_y), name, "expected sigma_y >= 0, but it is ",
            settings.sigma_y);
    require(settings.eta >= 0 && settings.eta <= 1, name, "expected eta in [0, 1], but it is ", settings.eta);
    require(settings.eta_b >= 0 && settings.eta_b <= 1, name, "expected eta_b in [0, 1], but it is ", settings.eta_b);
  }

  const spectral_data<Operator, X>& data() const { return data_; }

 private:
  [[nodiscard]] mode_rule<value_type> rule_at(const noise_level& to) const {
    const auto as = [](double v) { return static_cast<value_type>(v); };
    return {as(to.signal), as(to.noise), as(settings_.sigma_y), as(settings_.eta), as(settings_.eta_b)};
  }

  spectral_data<Operator, X> data_;
  spectral_steps_settings settings_;
  const char* name_;
};

}  // namespace equireg::likelihood
