// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Measurement operators behind one type, so that a program compiles every solver once.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/normal_equations.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

namespace support {

namespace eq = equireg;

/// A singular value decomposition behind one type; what the members are, `equireg::has_spectral_form` says.
struct any_spectral_form {
  using X = eq::cpu::tensor<float>;

  template <class Form>
  explicit any_spectral_form(Form form) : values(form.singular_values()) {
    const auto kept = std::make_shared<const Form>(std::move(form));
    to = [kept](const X& x) { return kept->to_modes(x); };
    from = [kept](const X& z) { return kept->from_modes(z); };
    scaled = [kept](const X& y) { return kept->measured(y); };
  }

  [[nodiscard]] X to_modes(const X& x) const { return to(x); }
  [[nodiscard]] X from_modes(const X& z) const { return from(z); }
  [[nodiscard]] const X& singular_values() const { return values; }
  [[nodiscard]] X measured(const X& y) const { return scaled(y); }

  X values;
  std::function<X(const X&)> to, from, scaled;
};

/// A map with a derivative and nothing more, for solvers that would take an adjoint or a proximal point for granted.
struct any_map {
  using X = eq::cpu::tensor<float>;
  using pullback_type = std::function<X(const X&)>;

  X operator()(const X& x) const { return measure_(x); }
  eq::linearization<X, pullback_type> linearize(const X& x) const { return linearize_(x); }
  X observed(const X& y) const { return observed_(y); }

  std::function<X(const X&)> measure_, observed_;
  std::function<eq::linearization<X, pullback_type>(const X&)> linearize_;
};

/// One of the library's operators behind one type, so that a program need not compile each solver for each operator.
///
/// It has every member that a solver may ask for. What the operator behind lacks is made where any linear operator has
/// it (the pseudo-inverse and the proximal point, by conjugate gradients), and else an `equireg::error`: ask `gives`.
class any_operator {
 public:
  using X = eq::cpu::tensor<float>;
  using pullback_type = std::function<X(const X&)>;

  /// What not every operator has.
  enum class part { adjoint, pseudo_inverse, prox, spectral_form };
  static constexpr const char* name_of(part p) {
    switch (p) {
      case part::adjoint: return "an adjoint: it is not linear";
      case part::pseudo_inverse: return "a pseudo-inverse";
      case part::prox: return "a proximal point";
      case part::spectral_form: return "a singular value decomposition";
    }
    return "";
  }

  /// `view` makes a measurement an image to look at, (B, 1 or 3, H, W) on [-1, 1].
  template <class Operator>
  explicit any_operator(Operator a, std::function<X(const X&)> view = as_it_is) : view_(std::move(view)) {
    const auto kept = std::make_shared<const Operator>(std::move(a));
    measure_ = [kept](const X& x) { return (*kept)(x); };
    linearize_ = [kept](const X& x) {
      auto [value, pullback] = eq::linearize(*kept, x);
      return eq::linearization<X, pullback_type>{std::move(value),
                                                 [kept, pull = std::move(pullback)](const X& v) { return pull(v); }};
    };
    if constexpr (eq::measurement::has_observed<Operator, X>) {
      observed_ = [kept](const X& y) { return kept->observed(y); };
    } else {
      observed_ = as_it_is;
    }
    if constexpr (eq::linear_map<Operator, X>) {
      adjoint_ = [kept](const X& y) { return kept->adjoint(y); };
      if constexpr (eq::has_prox<Operator, X>) {
        prox_ = [kept](const X& x, const X& y, double rho) { return kept->prox(x, y, rho); };
      }
      make_what_is_missing();
    }
    if constexpr (eq::has_pseudo_inverse<Operator, X>) {
      pseudo_inverse_ = [kept](const X& y) { return kept->pseudo_inverse(y); };
    }
    if constexpr (eq::has_spectral_form<Operator, X>) {
      spectral_form_ = [kept](const eq::shape& s) { return any_spectral_form(kept->spectral_form(s)); };
    }
  }

  /// Whether the operator has it, or it could be made.
  [[nodiscard]] bool gives(part p) const {
    switch (p) {
      case part::adjoint: return static_cast<bool>(adjoint_);
      case part::pseudo_inverse: return static_cast<bool>(pseudo_inverse_);
      case part::prox: return static_cast<bool>(prox_);
      case part::spectral_form: return static_cast<bool>(spectral_form_);
    }
    return false;
  }

  X operator()(const X& x) const { return measure_(x); }
  eq::linearization<X, pullback_type> linearize(const X& x) const { return linearize_(x); }
  X observed(const X& y) const { return observed_(y); }
  X view(const X& y) const { return view_(y); }

  /// f(*this) where the operator is linear, else f(what is left of it as a map).
  template <class F>
  X visit(const F& f) const {
    return gives(part::adjoint) ? f(*this) : f(any_map{measure_, observed_, linearize_});
  }

  X adjoint(const X& y) const { return demand(part::adjoint, adjoint_)(y); }
  X pseudo_inverse(const X& y) const { return demand(part::pseudo_inverse, pseudo_inverse_)(y); }
  X prox(const X& x, const X& y, double rho) const { return demand(part::prox, prox_)(x, y, rho); }
  any_spectral_form spectral_form(const eq::shape& sample) const {
    return demand(part::spectral_form, spectral_form_)(sample);
  }

  static X as_it_is(const X& y) { return y; }

  /// Numbers of any range, brought to [-1, 1].
  static X stretched(const X& y) {
    const auto [low, high] = std::minmax_element(y.values().begin(), y.values().end());
    const float scale = *high > *low ? 2 / (*high - *low) : 0.0F;
    X image(y.shape());
    transform(
        image, [l = *low, scale](float v) { return scale * (v - l) - 1; }, y);
    return image;
  }

 private:
  // A and A^T alone: conjugate gradients are compiled once for all operators.
  struct linear_part {
    std::function<X(const X&)> apply, apply_adjoint;
    X operator()(const X& x) const { return apply(x); }
    X adjoint(const X& y) const { return apply_adjoint(y); }
  };

  void make_what_is_missing() {
    const linear_part a{measure_, adjoint_};
    if (!prox_) {
      prox_ = [a](const X& x, const X& y, double rho) { return eq::measurement::solve_prox(a, x, y, rho); };
    }
    pseudo_inverse_ = [a](const X& y) { return eq::measurement::solve_least_squares(a, y, {.max_iterations = 50}); };
  }

  template <class F>
  static const F& demand(part p, const F& f) {
    eq::require(static_cast<bool>(f), "restore", "this measurement lacks ", name_of(p));
    return f;
  }

  std::function<X(const X&)> measure_, observed_, view_, adjoint_, pseudo_inverse_;
  std::function<X(const X&, const X&, double)> prox_;
  std::function<any_spectral_form(const eq::shape&)> spectral_form_;
  std::function<eq::linearization<X, pullback_type>(const X&)> linearize_;
};

}  // namespace support
