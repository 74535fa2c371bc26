// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::conjugate_gradients`: solves M x = b for a symmetric positive M that can only be applied.

#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/tensor.hpp>

#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// When to stop.
struct conjugate_gradients_settings {
  double tolerance = 0;  ///< a sample is done at ||b - M x|| <= tolerance ||b||; 0: 1e-6 in float, 1e-10 in double
  std::size_t max_iterations = 1000;
};

/// What was found.
template <class X>
struct conjugate_gradients_result {
  X value;
  std::vector<std::size_t> iterations;    ///< of each sample
  std::vector<double> relative_residual;  ///< ||b - M x|| / ||b|| of each sample as the recursion knows it; 0 for b = 0
};

/// x with M x = b, from `start`, for symmetric M >= 0; apply(x) is M x. Hestenes and Stiefel 1952.
///
/// Samples are solved side by side and stop one by one: what a sample becomes does not depend on the others. Where M is
/// singular and b in its range, the part of `start` in M's null space stays as it is: from 0 comes the solution of
/// least norm. Throws where b and start differ in shape.
template <class Apply, tensor X>
conjugate_gradients_result<X> conjugate_gradients(const Apply& apply, const X& b, X start,
                                                  conjugate_gradients_settings settings = {}) {
  using value_type = typename X::value_type;
  require_shape(start.shape(), b.shape(), "equireg::measurement::conjugate_gradients", "start");
  const double standard = std::is_same_v<value_type, float> ? 1e-6 : 1e-10;
  const double tolerance = settings.tolerance > 0 ? settings.tolerance : standard;
  const std::size_t batch = b.shape().batch;
  const shape per_sample_shape{batch, 1, 1, 1};

  X x = std::move(start), r = apply(x), p(b.shape());
  std::vector<double> rr = to_host(transform_reduce(
      r, [](value_type u, value_type v) { return u - v; }, [](value_type v) { return v * v; }, b, r));
  const std::vector<double> bb = to_host(squared_norm(b));
  transform(
      p, [](value_type v) { return v; }, r);

  std::vector<std::size_t> iterations(batch, 0);
  std::vector<value_type> step(batch), turn(batch);
  std::vector<bool> active(batch);
  for (std::size_t k = 0; k < settings.max_iterations; ++k) {
    bool any = false;
    for (std::size_t i = 0; i < batch; ++i) {
      active[i] = rr[i] > tolerance * tolerance * bb[i];
      any = any || active[i];
    }
    if (!any) break;
    const X mp = apply(p);
    const std::vector<double> curvature = to_host(dot(p, mp));
    for (std::size_t i = 0; i < batch; ++i) {
      active[i] = active[i] && curvature[i] > 0;  // p in the null space: nothing is left to gain
      step[i] = active[i] ? static_cast<value_type>(rr[i] / curvature[i]) : value_type(0);
      iterations[i] += active[i] ? 1 : 0;
    }
    const X alpha(per_sample_shape, step);
    const auto add = [](value_type v, value_type a, value_type d) { return a == 0 ? v : v + a * d; };
    const auto subtract = [](value_type v, value_type a, value_type d) { return a == 0 ? v : v - a * d; };
    transform(x, add, x, per_sample{alpha}, p);
    const std::vector<double> next = to_host(transform_reduce(
        r, subtract, [](value_type v) { return v * v; }, r, per_sample{alpha}, mp));
    bool moved = false;
    for (std::size_t i = 0; i < batch; ++i) {
      turn[i] = active[i] ? static_cast<value_type>(next[i] / rr[i]) : value_type(0);
      if (active[i]) rr[i] = next[i];
      moved = moved || active[i];
    }
    if (!moved) break;
    const X beta(per_sample_shape, turn);
    transform(
        p, [](value_type v, value_type c, value_type d) { return v + c * d; }, r, per_sample{beta}, p);
  }
  std::vector<double> relative(batch);
  for (std::size_t i = 0; i < batch; ++i) relative[i] = bb[i] > 0 ? std::sqrt(rr[i] / bb[i]) : 0;
  return {std::move(x), std::move(iterations), std::move(relative)};
}

}  // namespace equireg::measurement
