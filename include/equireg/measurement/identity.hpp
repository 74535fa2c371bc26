// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::identity`: every pixel is observed. Denoising is the inverse problem.

#include <equireg/core/map.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/measurement/residual.hpp>
#include <equireg/measurement/singular_modes.hpp>

#include <utility>
#include <vector>

namespace equireg::measurement {

/// A x = x.
struct identity : identity_map {
  /// argmin_u ||u - y||^2 + rho ||u - x||^2 = (y + rho x) / (1 + rho). rho >= 0.
  template <class X>
  X prox(const X& x, const X& y, double rho) const {
    using value_type = typename X::value_type;
    const auto a = static_cast<value_type>(1 / (1 + rho)), b = static_cast<value_type>(rho / (1 + rho));
    X u(x.shape());
    transform(
        u, [a, b](value_type v, value_type w) { return a * v + b * w; }, y, x);
    return u;
  }

  /// r = y - x and ||r||^2 of each sample, in one pass. A^T r = r.
  static constexpr bool keeps_residuals = true;
  template <class X>
  data_residual<X> residual(const X& y, const X& x) const {
    using value_type = typename X::value_type;
    X r(x.shape());
    X squared_norm = transform_reduce(
        r, [](value_type w, value_type v) { return w - v; }, [](value_type v) { return v * v; }, y, x);
    return {std::move(r), std::move(squared_norm)};
  }

  /// V = I, s = 1.
  [[nodiscard]] auto spectral_form(const shape& sample) const {
    return entries_as_modes(*this, sample, std::vector<double>(sample.sample_size(), 1.0));
  }
};

}  // namespace equireg::measurement
