// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::clipping`: values beyond a range are cut off. `surrogate_gradient`: what stands for the
/// derivative of maps that are flat or jump.

#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/symmetry.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace equireg::measurement {

/// What `linearize` takes for the derivative of a pixelwise map with a range [low, high], as a factor on cotangents.
enum class surrogate_gradient {
  inside,     ///< the slope where the input lies in the range, ends included, and 0 beyond: the derivative of clipping
              ///< where it has one, and PyTorch's clamp at the ends
  everywhere  ///< the slope everywhere ("straight through"): saturated pixels are still pulled to the data
};

/// A x = clip(factor x, low, high), pixel by pixel; any shape. Nonlinear: a saturated pixel only bounds x.
///
/// `linearize` has the gradient that `gradient` names. A^+ y = clip(y) / factor is one of the signals that give y, so
/// that A A^+ A = A. Throws unless low < high and factor > 0.
struct clipping {
  double factor = 1;
  double low = -1;
  double high = 1;
  surrogate_gradient gradient = surrogate_gradient::inside;

  static constexpr symmetry symmetries = symmetry::pixel_permutations | symmetry::channel_permutations;
  static constexpr const char* name = "equireg::measurement::clipping";

  template <class X>
  X operator()(const X& x) const {
    return clipped(x, factor, 1);
  }

  /// pullback(v) = factor m * v, with m = 1 where low <= factor x <= high and 0 elsewhere, or 1 everywhere.
  template <class X>
  auto linearize(const X& x) const {
    using value_type = typename X::value_type;
    X slope(x.shape());
    const auto f = static_cast<value_type>(factor), a = static_cast<value_type>(low), b = static_cast<value_type>(high);
    const value_type beyond = gradient == surrogate_gradient::everywhere ? f : value_type(0);
    transform(
        slope, [=](value_type v) { return f * v >= a && f * v <= b ? f : beyond; }, x);
    return linearization{(*this)(x), [slope = std::move(slope)](const X& v) {
                           X g(v.shape());
                           transform(
                               g, [](value_type s, value_type u) { return s * u; }, slope, v);
                           return g;
                         }};
  }

  /// clip(y) / factor.
  template <class X>
  X pseudo_inverse(const X& y) const {
    return clipped(y, 1, 1 / factor);
  }

  /// A minimiser of ||A u - y||^2 + rho ||u - x||^2, rho > 0, exactly: pixel by pixel the best of three parabolas,
  /// below the range, in it and above.
  template <class X>
  X prox(const X& x, const X& y, double rho) const {
    check();
    using value_type = typename X::value_type;
    const auto f = static_cast<value_type>(factor), a = static_cast<value_type>(low), b = static_cast<value_type>(high);
    const auto r = static_cast<value_type>(rho);
    X u(x.shape());
    transform(
        u,
        [=](value_type v, value_type w) {
          const auto cost = [=](value_type t) {
            const value_type d = std::min(std::max(f * t, a), b) - w;
            return d * d + r * (t - v) * (t - v);
          };
          const value_type under = std::min(v, a / f), over = std::max(v, b / f);
          const value_type within = std::min(std::max((f * w + r * v) / (f * f + r), a / f), b / f);
          const value_type best = cost(under) < cost(within) ? under : within;
          return cost(over) < cost(best) ? over : best;
        },
        x, y);
    return u;
  }

 private:
  void check() const {
    require(low < high && factor > 0 && std::isfinite(factor), name, "expected low < high and factor > 0, but low is ",
            low, ", high ", high, " and factor ", factor);
  }
  template <class X>
  X clipped(const X& x, double before, double after) const {
    check();
    using value_type = typename X::value_type;
    const auto f = static_cast<value_type>(before), g = static_cast<value_type>(after);
    const auto a = static_cast<value_type>(low), b = static_cast<value_type>(high);
    X y(x.shape());
    transform(
        y,
        [=](value_type v) {
          const value_type t = f * v, above = t < a ? a : t;  // a NaN stays one
          return g * (above > b ? b : above);
        },
        x);
    return y;
  }
};

}  // namespace equireg::measurement
