// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief A score model and two operators as a user would write them: nothing of the library but its public words.

#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/shape.hpp>

#include <cmath>

namespace equireg::test {

/// x0 ~ N(mean, variance I): everything about it is known.
template <class X>
struct white_prior {
  using tensor_type = X;
  shape sample;
  double mean = 0;
  double variance = 1;

  shape sample_shape() const { return sample; }

  /// E[x0 | x] = mean + gain (x - a mean).
  double gain(const noise_level& level) const {
    return level.signal * variance / (level.signal * level.signal * variance + level.noise * level.noise);
  }
  X denoise(const X& x, const noise_level& level) const {
    X x0(x.shape());
    const auto [v] = entries<1>;
    transform(x0, mean + gain(level) * (v - level.signal * mean), x);
    return x0;
  }
  auto linearize(const X& x, const noise_level& level) const {
    return linearization{denoise(x, level), [k = gain(level)](const X& v) {
                           X result(v.shape());
                           transform(result, k * entry<0>{}, v);
                           return result;
                         }};
  }
};

/// A x = factor x.
struct amplifier {
  double factor = 2;

  template <class X>
  X operator()(const X& x) const {
    using T = typename X::value_type;
    X y(x.shape());
    transform(y, [c = static_cast<T>(factor)](T v) { return c * v; }, x);
    return y;
  }
  template <class X>
  X adjoint(const X& y) const {
    return (*this)(y);
  }
};

/// A(x) = x^2, elementwise: a map that is not linear.
struct squarer {
  template <class X>
  X operator()(const X& x) const {
    using T = typename X::value_type;
    X y(x.shape());
    transform(y, [](T v) { return v * v; }, x);
    return y;
  }
  template <class X>
  auto linearize(const X& x) const {
    using T = typename X::value_type;
    return linearization{(*this)(x), [x](const X& v) {
                           X result(v.shape());
                           transform(result, [](T u, T w) { return 2 * u * w; }, x, v);
                           return result;
                         }};
  }
};

}  // namespace equireg::test
