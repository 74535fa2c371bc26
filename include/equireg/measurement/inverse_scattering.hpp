// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::inverse_scattering`: waves scattered once by an object, seen by sensors on a circle.

#include <equireg/backend/cpu/field_product.hpp>  // the verbs for host tensors
#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/affine_input.hpp>
#include <equireg/measurement/field_modes.hpp>

#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <memory>
#include <mutex>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include <math.h>  // j0 and y0 of POSIX: libc++ has no std::cyl_neumann, and libstdc++'s takes ten times as long

namespace equireg::measurement {

/// Where sensors and pixels stand.
enum class scattering_grid {
  centred,       ///< sensors 360 / n degrees apart, pixels symmetric about the centre: turns act exactly
  inverse_bench  ///< InverseBench's: n sensors on linspace(0, 359, n) degrees, pixels at -n / 2 ... n / 2 - 1
};

/// The set-up of a scattering experiment. The defaults are InverseBench's (inv-scatter.yaml), but for the grid.
struct scattering_geometry {
  std::size_t pixels = 128;          ///< along each side of the square
  double side = 0.18;                ///< of the square, metres
  double pixels_per_wavelength = 6;  ///< of the background
  std::size_t transmitters = 20;
  std::size_t receivers = 360;
  double radius = 1.6;  ///< of the circle on which both stand, metres
  scattering_grid grid = scattering_grid::centred;
  double cut = 1e-3;  ///< singular values up to this count as zero in `pseudo_inverse` and `prox`

  /// Of the background, 2 pi / wavelength, 1 / metres.
  [[nodiscard]] double wavenumber() const {
    return 2 * std::numbers::pi / (pixels_per_wavelength * side / static_cast<double>(pixels));
  }
};

/// The outgoing wave of a point source in the plane, (i / 4) H_0^(1)(k r).
inline std::complex<double> point_source(double k, double r) {
  return std::complex<double>(-::y0(k * r), ::j0(k * r)) / 4.0;
}

/// The first Born approximation, linear in the contrast f of permittivity:
///
///     y_{t,r} = dx^2 sum_p f_p conj(u_t(p)) k^2 g(|r - p|),   u_t(p) = g(|t - p|),   g(r) = (i / 4) H_0^(1)(k r).
///
/// f (B, 1, N, N) is real, in [0, 1] for InverseBench's cells; y (B, 2, transmitters, receivers) complex, its real part
/// in channel 0. Row i and column j of f stand at (x, y) = ((j - (N - 1) / 2) dx, (i - (N - 1) / 2) dx), and a sensor
/// at angle phi at radius (cos phi, sin phi). Copies share the fields. Zheng et al. 2025, InverseBench,
/// arXiv:2503.11043; the measured noise there has sigma = 1e-4 / sqrt 2 in each component.
///
/// A turn of the image by 360 / n degrees that keeps the pixels' square and both sensors' circles permutes y.
template <tensor X>
class born_scattering {
 public:
  using value_type = typename X::value_type;

  /// Throws unless the sensors are outside the square and all numbers are positive.
  explicit born_scattering(const scattering_geometry& geometry = {})
      : geometry_(geometry), state_(std::make_shared<state>(fields(geometry))) {}

  static constexpr const char* name = "equireg::measurement::born_scattering";

  [[nodiscard]] const scattering_geometry& geometry() const { return geometry_; }

  X operator()(const X& f) const { return field_product(f, state_->incident, state_->received); }

  /// Re sum_{t,r} conj(A_{t,r,p}) y_{t,r}.
  X adjoint(const X& y) const { return field_product_adjoint(y, state_->incident, state_->received); }

  /// A^+ y of the modes whose singular value is above `cut`. The first call finds the modes, which takes minutes for
  /// the default geometry (see `decompose_fields`).
  X pseudo_inverse(const X& y) const {
    return adjoint(in_modes(y, [](double s2) { return 1 / s2; }));
  }

  /// argmin_u ||A u - y||^2 + rho ||u - x||^2 for rho > 0, where A has the modes above `cut` alone.
  X prox(const X& x, const X& y, double rho) const {
    X r = (*this)(x);
    require_shape(y.shape(), r.shape(), name, "y");
    transform(
        r, [](value_type w, value_type z) { return w - z; }, y, r);
    X u = adjoint(in_modes(r, [rho](double s2) { return 1 / (s2 + rho); }));
    add_scaled(u, 1, x);
    return u;
  }

  /// The singular values above `cut`, ascending.
  [[nodiscard]] std::vector<double> singular_values() const {
    std::vector<double> s = known_modes().squares;
    for (double& v : s) v = std::sqrt(v);
    return s;
  }

 private:
  struct state {
    X incident;  // dx^2 k^2 conj(u_t(p)), (transmitters, 2, N, N)
    X received;  // g(|r - p|), (receivers, 2, N, N)
    std::once_flag once = {};
    std::unique_ptr<const field_modes<X>> modes = {};

    explicit state(std::array<X, 2> f) : incident(std::move(f[0])), received(std::move(f[1])) {}
  };

  // c g(|sensor - p|), or its conjugate, for sensors on the circle.
  static X field_of(const scattering_geometry& geometry, std::size_t sensors, double factor, bool conjugated) {
    const std::size_t n = geometry.pixels;
    const bool centred = geometry.grid == scattering_grid::centred;
    const double dx = geometry.side / static_cast<double>(n), k = geometry.wavenumber();
    const double centre = centred ? 0.5 * static_cast<double>(n - 1) : static_cast<double>(n / 2);
    const double steps = static_cast<double>(centred || sensors < 2 ? sensors : sensors - 1);
    const double apart = (centred ? 360.0 : 359.0) / steps * std::numbers::pi / 180;
    std::vector<value_type> values(sensors * 2 * n * n);
    cpu::parallel_for(sensors * n, n * 64, [&](std::size_t task) {
      const std::size_t sensor = task / n, i = task % n;
      const double angle = apart * static_cast<double>(sensor);
      const double y = geometry.radius * std::sin(angle) - (static_cast<double>(i) - centre) * dx;
      value_type* const to = values.data() + (2 * sensor * n + i) * n;
      for (std::size_t j = 0; j < n; ++j) {
        const double x = geometry.radius * std::cos(angle) - (static_cast<double>(j) - centre) * dx;
        const std::complex<double> g = factor * point_source(k, std::hypot(x, y));
        to[j] = static_cast<value_type>(g.real());
        to[n * n + j] = static_cast<value_type>(conjugated ? -g.imag() : g.imag());
      }
    });
    return X({sensors, 2, n, n}, std::span<const value_type>(values));
  }

  static std::array<X, 2> fields(const scattering_geometry& geometry) {
    require(geometry.pixels > 0 && geometry.transmitters > 0 && geometry.receivers > 0 && geometry.side > 0 &&
                geometry.pixels_per_wavelength > 0 && geometry.cut > 0,
            name, "expected positive numbers, but there are ", geometry.pixels, " pixels, ", geometry.transmitters,
            " transmitters, ", geometry.receivers, " receivers, side is ", geometry.side, ", pixels_per_wavelength ",
            geometry.pixels_per_wavelength, " and cut ", geometry.cut);
    require(geometry.radius > geometry.side * std::numbers::sqrt2 / 2, name, "expected sensors outside the square of ",
            geometry.side, ", but radius is ", geometry.radius);
    const double phase = 2 * std::numbers::pi / geometry.pixels_per_wavelength;  // k dx
    return {field_of(geometry, geometry.transmitters, phase * phase, true),
            field_of(geometry, geometry.receivers, 1, false)};
  }

  // Q [ (Q^T y) * f(s^2) ].
  template <class F>
  X in_modes(const X& y, const F& f) const {
    const field_modes<X>& m = known_modes();
    const std::size_t count = m.squares.size();
    require_shape(y.shape(), {y.shape().batch, 2, geometry_.transmitters, geometry_.receivers}, name, "y");
    std::vector<value_type> factors;
    for (const double s2 : m.squares) factors.push_back(static_cast<value_type>(f(s2)));
    const X factor({1, 1, 1, count}, std::span<const value_type>(factors));
    X coefficients({y.shape().batch, 1, 1, count}), out(y.shape());
    multiply(rows_of(coefficients), rows_of(y), transpose(rows_of(m.vectors)));
    transform(
        coefficients, [](value_type v, value_type w) { return v * w; }, coefficients, broadcast{factor});
    multiply(rows_of(out), rows_of(coefficients), rows_of(m.vectors));
    return out;
  }

  const field_modes<X>& known_modes() const {
    std::call_once(state_->once, [this] {
      state_->modes =
          std::make_unique<const field_modes<X>>(decompose_fields(state_->incident, state_->received, geometry_.cut));
    });
    return *state_->modes;
  }

  scattering_geometry geometry_;
  std::shared_ptr<state> state_;
};

/// `born_scattering` of f = (x + 1) / 2 for images x on [-1, 1].
template <tensor X>
affine_input<born_scattering<X>> inverse_scattering(const scattering_geometry& geometry = {}) {
  return {born_scattering<X>(geometry), 0.5, 1.0};
}

}  // namespace equireg::measurement
