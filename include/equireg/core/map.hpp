// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Maps, and how all of them are differentiated: a value and its pullback.

#include <concepts>
#include <type_traits>
#include <utility>

namespace equireg {

/// What a differentiable map returns: y = f(x) and, with whatever it had to keep, v -> J_f(x)^T v.
///
/// The pullback owns what it needs: it may outlive x, but not the map that made it. It may be called more than once.
template <class Value, class Pullback>
struct linearization {
  Value value;
  Pullback pullback;
};

template <class Value, class Pullback>
linearization(Value, Pullback) -> linearization<Value, Pullback>;

/// `f(x)`.
template <class F, class X>
concept map = requires(const F& f, const X& x) {
  f(x);
};

/// The type of f(x).
template <class F, class X>
using image_of = std::remove_cvref_t<decltype(std::declval<const F&>()(std::declval<const X&>()))>;

/// `f.adjoint(y)` is A^T y for the plain dot product: <A x, y> = <x, A^T y>. Having it says that f is linear.
template <class F, class X>
concept has_adjoint = map<F, X> && requires(const F& f, const image_of<F, X>& y) {
  { f.adjoint(y) } -> std::convertible_to<X>;
};

/// `f.linearize(x)` is `linearization{f(x), pullback}`.
template <class F, class X>
concept has_linearize = requires(const F& f, const X& x) {
  f.linearize(x).pullback(f.linearize(x).value);
};

/// A map with A(x + c y) = A(x) + c A(y), and its adjoint.
template <class F, class X>
concept linear_map = has_adjoint<F, X>;

/// A map that `linearize` can differentiate: by its own member or, where it is linear, by its adjoint.
template <class F, class X>
concept differentiable_map = map<F, X> &&(has_linearize<F, X> || has_adjoint<F, X>);

/// `f.pseudo_inverse(y)` is A^+ y, with A A^+ A = A.
template <class F, class X>
concept has_pseudo_inverse = requires(const F& f, const image_of<F, X>& y) {
  { f.pseudo_inverse(y) } -> std::convertible_to<X>;
};

/// `f.prox(x, y, rho)` minimises ||A u - y||^2 + rho ||u - x||^2 over u.
template <class F, class X>
concept has_prox = requires(const F& f, const X& x, const image_of<F, X>& y, double rho) {
  { f.prox(x, y, rho) } -> std::convertible_to<X>;
};

/// `f.spectral_form(sample)` is the singular value decomposition A = U diag(s) V^T for samples of that shape, seen from
/// the side of x. It has, for n modes of a sample kept as a tensor of any shape:
///
///     to_modes(x)         V^T x for each sample, (B, modes)      from_modes(z)       V z, (B, C, H, W)
///     singular_values()   s >= 0, (1, modes)                     measured(y)         diag(1 / s) U^T y, 0 where s = 0
///
/// V is square and orthogonal, so that white noise in x is white noise in modes.
template <class F, class X>
concept has_spectral_form = requires(const F& f, const X& x, const image_of<F, X>& y) {
  { f.spectral_form(x.shape()).to_modes(x) } -> std::convertible_to<X>;
  { f.spectral_form(x.shape()).from_modes(x) } -> std::convertible_to<X>;
  { f.spectral_form(x.shape()).singular_values() } -> std::convertible_to<const X&>;
  { f.spectral_form(x.shape()).measured(y) } -> std::convertible_to<X>;
};

/// Explains, one line for each missing member, why F is not a `differentiable_map` on X.
template <class F, class X>
consteval bool check_differentiable_map() {
  static_assert(map<F, X>, "a map needs: Y operator()(const X& x) const");
  static_assert(!map<F, X> || has_linearize<F, X> || has_adjoint<F, X>,
                "a differentiable map needs: linearization<Y, Pullback> linearize(const X& x) const, where "
                "pullback(v) is J^T v; a linear one may give X adjoint(const Y& y) const instead");
  return true;
}

/// Explains, one line for each missing member, why F is not a `linear_map` on X.
template <class F, class X>
consteval bool check_linear_map() {
  static_assert(map<F, X>, "a linear map needs: Y operator()(const X& x) const");
  static_assert(!map<F, X> || has_adjoint<F, X>,
                "a linear map needs: X adjoint(const Y& y) const with <A x, y> = <x, A^T y>");
  return true;
}

/// f(x) and its pullback, from the member `linearize` or, where f is linear, from `adjoint`.
/// The pullback refers to f.
template <class X, differentiable_map<X> F>
auto linearize(const F& f, const X& x) {
  if constexpr (has_linearize<F, X>) {
    return f.linearize(x);
  } else {
    return linearization{f(x), [&f](const image_of<F, X>& v) { return f.adjoint(v); }};
  }
}

/// x -> x.
struct identity_map {
  template <class X>
  X operator()(const X& x) const {
    return x;
  }
  template <class X>
  X adjoint(const X& y) const {
    return y;
  }
  template <class X>
  X pseudo_inverse(const X& y) const {
    return y;
  }
};

/// x -> f(g(x)). Linear where both are, differentiable where both are. Holds copies of f and g.
///
/// A measurement's `observed` and `residual` are those of f. There is no pseudo-inverse and no proximal point: those of
/// f and g do not make them.
template <class F, class G>
class composition {
 public:
  constexpr composition(F f, G g) : f_(std::move(f)), g_(std::move(g)) {}

  template <class X>
  requires map<G, X> && map<F, image_of<G, X>>
  auto operator()(const X& x) const { return f_(g_(x)); }

  /// (F G)^T y = G^T F^T y.
  template <class Y>
  requires requires(const F& f, const G& g, const Y& y) { g.adjoint(f.adjoint(y)); }
  auto adjoint(const Y& y) const { return g_.adjoint(f_.adjoint(y)); }

  /// J_{f g}(x)^T v = J_g(x)^T J_f(g(x))^T v.
  template <class X>
  requires differentiable_map<G, X> && differentiable_map<F, image_of<G, X>>
  auto linearize(const X& x) const {
    auto inner = equireg::linearize(g_, x);
    auto outer = equireg::linearize(f_, inner.value);
    return linearization{std::move(outer.value),
                         [pull_f = std::move(outer.pullback), pull_g = std::move(inner.pullback)](const auto& v) {
                           return pull_g(pull_f(v));
                         }};
  }

  /// The entries of y that f observes.
  template <class Y>
  requires requires(const F& f, const Y& y) { f.observed(y); }
  auto observed(const Y& y) const { return f_.observed(y); }

  /// y - f(g(x)) and its squared norm, in one pass of f.
  template <class Y, class X>
  requires map<G, X> && requires(const F& f, const G& g, const Y& y, const X& x) { f.residual(y, g(x)); }
  auto residual(const Y& y, const X& x) const { return f_.residual(y, g_(x)); }

 private:
  F f_;
  G g_;
};

/// f after g: compose(f, g)(x) = f(g(x)). With more maps, the last is applied first.
template <class F, class G>
constexpr auto compose(F f, G g) {
  return composition<F, G>(std::move(f), std::move(g));
}
template <class F, class G, class... Rest>
constexpr auto compose(F f, G g, Rest... rest) {
  return compose(std::move(f), compose(std::move(g), std::move(rest)...));
}

}  // namespace equireg
