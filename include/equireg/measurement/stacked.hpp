// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::stacked`: several measurements of one signal as one.

#include <equireg/backend/cpu/concatenate.hpp>  // the verbs for host tensors
#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/measure.hpp>

#include <array>
#include <cstddef>
#include <tuple>
#include <utility>

namespace equireg::measurement {

/// y = (A_1 x, A_2 x, ...): the samples of all blocks one after the other, (B, 1, 1, m_1 + m_2 + ...), a tensor that
/// every likelihood takes. Linear where all are, A^T y = sum_k A_k^T y_k; differentiable where all are.
///
///     const stacked both(X({1, 3, 256, 256}, 0), super_resolution{}, colourisation{});
///     const auto y = both(x);
///     const auto small = both.part<0>(y);   // (B, 3, 64, 64)
///
/// The blocks' shapes are found once, from an image of the right shape: operators whose y has another shape for another
/// image need a `stacked` of their own for each.
template <class... A>
class stacked {
  static_assert(sizeof...(A) > 0, "a stacked measurement needs: at least one operator");

 public:
  static constexpr const char* name = "equireg::measurement::stacked";
  static constexpr std::size_t blocks = sizeof...(A);

  /// `like` has the channels and the plane of the signals to come; its numbers do not matter. Applies every operator to
  /// it.
  template <tensor X>
    requires(map<A, X> && ...)
  explicit stacked(const X& like, A... a)
      : operators_(std::move(a)...), signal_(like.shape().with_batch(1)) {
    std::size_t k = 0;
    each([&](const auto& block) { shapes_[k++] = block(like).shape().with_batch(1); });
    for (k = 0; k < blocks; ++k) firsts_[k + 1] = firsts_[k] + shapes_[k].sample_size();
  }

  /// The shape of block k for one sample.
  [[nodiscard]] const shape& block_shape(std::size_t k) const { return shapes_[k]; }

  /// The operator of block k.
  template <std::size_t k>
  [[nodiscard]] const auto& block() const {
    return std::get<k>(operators_);
  }

  /// Block k of y in its own shape. Throws where y has another number of elements than A x.
  template <std::size_t k, tensor Y>
  [[nodiscard]] Y part(const Y& y) const {
    check(y);
    return slice(y, firsts_[k], shapes_[k]);
  }

  template <tensor X>
    requires(map<A, X> && ...)
  X operator()(const X& x) const {
    require_shape(x.shape().with_batch(1), signal_, name, "a sample of x");
    return std::apply([&](const A&... a) { return concatenate(a(x)...); }, operators_);
  }

  /// sum_k A_k^T y_k.
  template <tensor Y>
    requires(has_adjoint<A, Y> && ...)
  Y adjoint(const Y& y) const {
    return sum([&]<std::size_t k>() { return block<k>().adjoint(part<k>(y)); });
  }

  /// pullback(v) = sum_k J_k^T v_k. It refers to the operator.
  template <tensor X>
    requires(differentiable_map<A, X> && ...)
  auto linearize(const X& x) const {
    require_shape(x.shape().with_batch(1), signal_, name, "a sample of x");
    auto each_one = std::apply([&](const A&... a) { return std::tuple(equireg::linearize(a, x)...); }, operators_);
    X value = std::apply([](const auto&... l) { return concatenate(l.value...); }, each_one);
    auto pullbacks =
        std::apply([](auto&... l) { return std::tuple(std::move(l.pullback)...); }, each_one);
    return linearization{std::move(value), [this, pullbacks = std::move(pullbacks)](const X& v) {
                           return sum([&]<std::size_t k>() { return std::get<k>(pullbacks)(part<k>(v)); });
                         }};
  }

  /// y with the entries cleared that its block does not observe.
  template <tensor Y>
    requires(has_observed<A, Y> || ...)
  Y observed(const Y& y) const {
    return [&]<std::size_t... k>(std::index_sequence<k...>) {
      return concatenate(observed_part<k>(y)...);
    }(std::make_index_sequence<blocks>());
  }

 private:
  template <class F>
  void each(const F& f) const {
    std::apply([&](const A&... a) { (f(a), ...); }, operators_);
  }

  // term<0>() + term<1>() + ...
  template <class Term>
  static auto sum(const Term& term) {
    auto total = term.template operator()<0>();
    [&]<std::size_t... k>(std::index_sequence<k...>) {
      (add_scaled(total, 1, term.template operator()<k + 1>()), ...);
    }(std::make_index_sequence<blocks - 1>());
    return total;
  }

  template <std::size_t k, class Y>
  Y observed_part(const Y& y) const {
    if constexpr (has_observed<std::tuple_element_t<k, std::tuple<A...>>, Y>) {
      return block<k>().observed(part<k>(y));
    } else {
      return part<k>(y);
    }
  }

  template <class Y>
  void check(const Y& y) const {
    const shape s = y.shape();
    require(s == shape{s.batch, 1, 1, firsts_[blocks]}, name, "expected y of shape (B, 1, 1, ", firsts_[blocks],
            "), but it has shape ", s);
  }

  std::tuple<A...> operators_;
  shape signal_;
  std::array<shape, blocks> shapes_;
  std::array<std::size_t, blocks + 1> firsts_{};
};

template <tensor X, class... A>
stacked(const X&, A...) -> stacked<A...>;

}  // namespace equireg::measurement
