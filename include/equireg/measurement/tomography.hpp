// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::tomography`: parallel-beam computed tomography, the Radon transform of square images.

#include <equireg/backend/cpu/radon.hpp>  // the verbs for host tensors
#include <equireg/backend/cpu/ramp_filter.hpp>
#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/symmetry.hpp>
#include <equireg/measurement/normal_equations.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// theta_j = j pi / views, j = 0 ... views - 1: full coverage; few of them are a sparse view.
inline std::vector<double> equispaced_angles(std::size_t views) {
  std::vector<double> angles(views);
  for (std::size_t j = 0; j < views; ++j) {
    angles[j] = static_cast<double>(j) * std::numbers::pi / static_cast<double>(views);
  }
  return angles;
}

/// `views` angles from first to last, both included, in radians: a limited angle.
inline std::vector<double> angles_between(double first, double last, std::size_t views) {
  std::vector<double> angles(views, first);
  for (std::size_t j = 1; j < views; ++j) {
    angles[j] = first + (last - first) * static_cast<double>(j) / static_cast<double>(views - 1);
  }
  return angles;
}

/// (A x)(theta, s) = sum_t x(s cos theta + t sin theta, -s sin theta + t cos theta): sums along parallel lines, in
/// units of x times pixels. (B, C, W, W) becomes (B, C, angles, detectors). Linear.
///
/// The image is centred, x is read bilinearly (see `cpu::radon`). With an even number of equispaced angles the
/// symmetries of the square act on y exactly, where J is their number:
///
/// - the image turned by 90 degrees counter-clockwise: angle j becomes angle (j + J / 2) mod J, and rows that are now
///   below J / 2 have their detectors reversed;
/// - flipped left to right: angle j becomes -j mod J, and row 0 is reversed;
/// - flipped up and down: the same, and every row but 0 is reversed.
///
/// Throws where x is not square with side `size`, or y has another plane than angles x detectors.
struct tomography {
  std::size_t size = 256;                               ///< W, pixels
  std::vector<double> angles = equispaced_angles(180);  ///< radians, any list
  std::size_t detectors = 0;                            ///< of one pixel each; 0: 2 ceil(W / sqrt 2), all of the image
  conjugate_gradients_settings solver = {};             ///< of `pseudo_inverse` and `prox`

  static constexpr const char* name = "equireg::measurement::tomography";
  /// Turns and flips act on the list of angles, as tests/measurement/tomography_test.cpp shows, and not as on images.
  static constexpr symmetry symmetries = symmetry::channel_permutations;

  /// Angles x detectors.
  [[nodiscard]] extent output() const {
    const double half_diagonal = static_cast<double>(size) * std::numbers::sqrt2 / 2;
    return {angles.size(), detectors > 0 ? detectors : 2 * static_cast<std::size_t>(std::ceil(half_diagonal))};
  }

  template <class X>
  X operator()(const X& x) const {
    require(x.shape().plane() == extent{size, size}, name, "expected square images of ", extent{size, size},
            ", but x has shape ", x.shape());
    return radon(x, std::span<const double>(angles), output().width);
  }

  /// A^T y: back projection by the weights of the forward map.
  template <class X>
  X adjoint(const X& y) const {
    require(y.shape().plane() == output(), name, "expected ", angles.size(), " angles x ", output().width,
            " detectors, but y has shape ", y.shape());
    return radon_adjoint(y, std::span<const double>(angles), size);
  }

  /// step / 2 A^T (2 h * y) with the ramp filter h: the inversion formula as a sum over angles. `step` is the mean
  /// distance between angles, pi / J for all of [0, pi). Not A^+, but close to the image where angles are many. Angles
  /// should lie within half a turn: each line that is seen twice counts twice.
  template <class X>
  X filtered_back_projection(const X& y) const {
    using value_type = typename X::value_type;
    X x = adjoint(ramp_filter(y));
    const auto factor = static_cast<value_type>(step() / 2);
    transform(
        x, [factor](value_type v) { return factor * v; }, x);
    return x;
  }

  /// A^+ y by conjugate gradients on A^T A x = A^T y from 0, to `solver.tolerance`: the small singular values of A come
  /// late, so that a limit on the iterations also regularises.
  template <class X>
  X pseudo_inverse(const X& y) const {
    return solve_least_squares(*this, y, solver);
  }

  /// argmin_u ||A u - y||^2 + rho ||u - x||^2, rho > 0, by conjugate gradients from x.
  template <class X>
  X prox(const X& x, const X& y, double rho) const {
    return solve_prox(*this, x, y, rho, solver);
  }

  /// The mean distance between angles, radians; pi for one angle.
  [[nodiscard]] double step() const {
    if (angles.size() < 2) return std::numbers::pi;
    const auto [least, most] = std::minmax_element(angles.begin(), angles.end());
    return (*most - *least) / static_cast<double>(angles.size() - 1);
  }
};

}  // namespace equireg::measurement
