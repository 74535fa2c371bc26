// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief A score model and an operator that count how often they are asked: what a solver costs.

#include <equireg/core/map.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/shape.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace equireg::test {

/// Calls of a score model and of an operator. A linearization is an evaluation; its pullbacks are counted apart.
struct calls {
  std::size_t scores = 0, score_pullbacks = 0;
  std::size_t operators = 0, operator_pullbacks = 0;  // an adjoint is a pullback
  std::size_t pseudo_inverses = 0, proxes = 0;

  friend bool operator==(const calls&, const calls&) = default;
};

/// Score with its evaluations and pullbacks counted.
template <class Score>
struct counting_score {
  using tensor_type = typename Score::tensor_type;
  Score score;
  std::shared_ptr<calls> count;

  shape sample_shape() const { return score.sample_shape(); }
  tensor_type denoise(const tensor_type& x, const noise_level& level) const {
    ++count->scores;
    return score.denoise(x, level);
  }
  auto linearize(const tensor_type& x, const noise_level& level) const {
    ++count->scores;
    auto [value, pullback] = score.linearize(x, level);
    return linearization{std::move(value), [pull = std::move(pullback), kept = count](const tensor_type& v) {
                           ++kept->score_pullbacks;
                           return pull(v);
                         }};
  }
};

/// Operator with its calls counted. It offers what the operator offers, but for `residual`: that is an evaluation.
template <class Operator>
struct counting_operator {
  Operator a;
  std::shared_ptr<calls> count;

  template <class X>
  auto operator()(const X& x) const {
    ++count->operators;
    return a(x);
  }
  template <class Y>
    requires requires(const Operator& f, const Y& y) { f.adjoint(y); }
  auto adjoint(const Y& y) const {
    ++count->operator_pullbacks;
    return a.adjoint(y);
  }
  template <class X>
    requires has_linearize<Operator, X>
  auto linearize(const X& x) const {
    ++count->operators;
    auto [value, pullback] = a.linearize(x);
    return linearization{std::move(value), [pull = std::move(pullback), kept = count](const auto& v) {
                           ++kept->operator_pullbacks;
                           return pull(v);
                         }};
  }
  template <class Y>
    requires requires(const Operator& f, const Y& y) { f.pseudo_inverse(y); }
  auto pseudo_inverse(const Y& y) const {
    ++count->pseudo_inverses;
    return a.pseudo_inverse(y);
  }
  template <class X, class Y>
    requires requires(const Operator& f, const X& x, const Y& y) { f.prox(x, y, 1.0); }
  auto prox(const X& x, const Y& y, double rho) const {
    ++count->proxes;
    return a.prox(x, y, rho);
  }
  template <class Y>
    requires requires(const Operator& f, const Y& y) { f.observed(y); }
  auto observed(const Y& y) const {
    return a.observed(y);
  }
  auto spectral_form(const shape& sample) const
    requires requires(const Operator& f) { f.spectral_form(shape{}); }
  {
    return a.spectral_form(sample);
  }
};

}  // namespace equireg::test
