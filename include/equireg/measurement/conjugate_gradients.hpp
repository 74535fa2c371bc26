// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::conjugate_gradients`: M x = b for a batch, each sample on its own.

#include <equireg/core/arguments.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/tensor.hpp>

#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>

namespace equireg::measurement {

/// When to stop.
struct conjugate_gradients_settings {
  double tolerance = 0;  ///< a sample is done when ||b - M x|| <= tolerance ||b||; 0: 1e-6 in float, 1e-10 in double
  std::size_t max_iterations = 500;
};

/// What the iteration came to.
template <class X>
struct conjugate_gradients_result {
  X value;
  std::size_t iterations = 0;  ///< products with M, of the slowest sample
  bool converged = false;      ///< all samples reached the tolerance, or could not go on
};

/// Solves M x = b from `x`, for a symmetric map with <x, M x> >= 0 that acts on each sample alone. Where M is singular
/// and b is in its range, a start at 0 ends at the solution of least norm. A sample that is done, whose curvature
/// <p, M p> is not positive, or that holds a NaN, stays as it is while others go on. In float `max_iterations` often
/// comes before the tolerance: `converged` says which it was. (Hestenes and Stiefel 1952.)
template <tensor X, class Normal>
conjugate_gradients_result<X> conjugate_gradients(const Normal& normal, const X& b, X x,
                                                  const conjugate_gradients_settings& settings = {}) {
  using value_type = typename X::value_type;
  const double relative =
      settings.tolerance > 0 ? settings.tolerance : (std::is_same_v<value_type, float> ? 1e-6 : 1e-10);
  const auto [v, second, third] = entries<3>;
  X limit = squared_norm(b);
  transform(limit, relative * relative * v, limit);
  X r = normal(x);
  X size = transform_reduce(r, v - second, square(v), b, r);
  X p(r.shape());
  transform(p, v, r);
  X factor(size.shape());
  const auto all_done = [&] {  // of two numbers for each sample, on the host
    const auto now = to_host(size), enough = to_host(limit);
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (now[i] > enough[i]) return false;
    }
    return true;
  };
  std::size_t iteration = 0;
  bool done = all_done();
  for (; !done && iteration < settings.max_iterations; ++iteration) {
    const X m = normal(p);
    const X curvature = dot(p, m);
    // A sample that cannot go on is done, for good.
    const auto [limit_before, pmp] = entries<2>;
    transform(limit, select(pmp > 0, limit_before, std::numeric_limits<value_type>::infinity()), limit, curvature);
    const auto [rr, enough, divisor] = entries<3>;
    transform(factor, select(rr > enough, select(divisor > 0, rr / divisor, 0), 0), size, limit, curvature);
    transform(x, v + second * third, x, per_sample{factor}, p);
    X next = transform_reduce(r, v - second * third, square(v), r, per_sample{factor}, m);
    transform(factor, select(rr > enough, rr / divisor, 0), next, limit, size);
    transform(p, v + second * third, r, per_sample{factor}, p);
    size = std::move(next);
    done = all_done();
  }
  return {std::move(x), iteration, done};
}

}  // namespace equireg::measurement
