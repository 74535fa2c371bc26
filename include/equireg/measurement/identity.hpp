// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::identity`: every pixel is observed. Denoising is the inverse problem.

#include <equireg/core/expression.hpp>
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
    const double a = 1 / (1 + rho), b = rho / (1 + rho);
    X u(x.shape());
    const auto [v, w] = entries<2>;
    transform(u, a * v + b * w, y, x);
    return u;
  }

  /// r = y - x and ||r||^2 of each sample, in one pass. A^T r = r.
  static constexpr bool keeps_residuals = true;
  template <class X>
  data_residual<X> residual(const X& y, const X& x) const {
    X r(x.shape());
    const auto [w, v] = entries<2>;
    X squared_norm = transform_reduce(r, w - v, square(entry<0>{}), y, x);
    return {std::move(r), std::move(squared_norm)};
  }

  /// V = I, s = 1.
  [[nodiscard]] auto spectral_form(const shape& sample) const {
    return entries_as_modes(*this, sample, std::vector<double>(sample.sample_size(), 1.0));
  }
};

}  // namespace equireg::measurement
