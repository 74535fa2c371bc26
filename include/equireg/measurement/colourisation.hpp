// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::colourisation`: the brightness is observed, the colour is not.

#include <equireg/backend/cpu/channels.hpp>  // the verb for host tensors
#include <equireg/core/dense_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/symmetry.hpp>
#include <equireg/measurement/singular_modes.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// (A x)_p = sum_c r_c x_(c,p): (B, C, H, W) becomes (B, 1, H, W), where C is the number of weights r.
///
/// A A^T = ||r||^2, so that A^+ y = r y / ||r||^2 and the proximal point is x + r (y - A x) / (||r||^2 + rho).
/// Throws where there are no weights, one is not finite, all are zero, or x has another number of channels.
struct colourisation {
  /// Luma of Rec. 601: 0.299, 0.587, 0.114 as deepinv rounds them (||r|| = 0.668561).
  std::vector<double> weights = {0.4472 * 0.66851, 0.8781 * 0.66851, 0.1706 * 0.66851};

  /// The mean of `channels` channels, the brightness of DDRM and of deepinv's "flat": A^+ copies y into each channel.
  [[nodiscard]] static colourisation mean(std::size_t channels = 3) {
    return {std::vector<double>(channels, 1 / static_cast<double>(channels))};
  }

  static constexpr symmetry symmetries = symmetry::pixel_permutations;
  static constexpr const char* name = "equireg::measurement::colourisation";

  template <class X>
  X operator()(const X& x) const {
    check();
    return mix_channels(x, row());
  }
  /// r y.
  template <class X>
  X adjoint(const X& y) const {
    return spread(y, 1);
  }
  template <class X>
  X pseudo_inverse(const X& y) const {
    return spread(y, 1 / squared_norm());
  }
  /// argmin_u ||A u - y||^2 + rho ||u - x||^2, rho >= 0.
  template <class X>
  X prox(const X& x, const X& y, double rho) const {
    using value_type = typename X::value_type;
    X r = (*this)(x);
    transform(
        r, [](value_type v, value_type z) { return v - z; }, y, r);
    X u = spread(r, 1 / (squared_norm() + rho));
    add_scaled(u, 1, x);
    return u;
  }

  /// In each pixel V reflects the first channel onto r / ||r||, up to its sign; s = ||r|| there, 0 elsewhere.
  [[nodiscard]] auto spectral_form(const shape& sample) const {
    check();
    const std::size_t plane = sample.height * sample.width;
    std::vector<double> s(weights.size() * plane, 0.0);
    std::fill_n(s.begin(), plane, std::sqrt(squared_norm()));
    return reflected_modes(*this, {1, weights.size(), sample.height, sample.width}, std::move(s),
                           [v = reflection()](const auto& x) { return mix_channels(x, v); });
  }

 private:
  // The Householder reflection I - 2 v v^T / ||v||^2 with v = r +- ||r|| e_1, with the sign that cancels nothing.
  [[nodiscard]] dense_matrix reflection() const {
    std::vector<double> v = weights;
    v[0] += std::copysign(std::sqrt(squared_norm()), v[0]);
    double size = 0;
    for (const double c : v) size += c * c;
    dense_matrix m(v.size(), v.size());
    for (std::size_t i = 0; i < v.size(); ++i) {
      for (std::size_t j = 0; j < v.size(); ++j) m(i, j) = (i == j ? 1 : 0) - 2 * v[i] * v[j] / size;
    }
    return m;
  }

  [[nodiscard]] double squared_norm() const {
    double sum = 0;
    for (const double r : weights) sum += r * r;
    return sum;
  }
  void check() const {
    const double norm = squared_norm();
    require(norm > 0 && std::isfinite(norm), name, "expected finite weights, not all zero, but ", weights.size(),
            " weights of squared norm ", norm, " came");
  }
  // 1 x C.
  [[nodiscard]] dense_matrix row() const {
    dense_matrix m(1, weights.size());
    m.values = weights;
    return m;
  }
  // factor r y.
  template <class X>
  X spread(const X& y, double factor) const {
    check();
    dense_matrix column = transpose(row());
    for (double& v : column.values) v *= factor;
    return mix_channels(y, column);
  }
};

}  // namespace equireg::measurement
