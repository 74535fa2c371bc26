// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::phase_retrieval`: the Fourier magnitudes of an oversampled image.

#include <equireg/backend/cpu/half_spectrum.hpp>  // the verbs for host tensors
#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/symmetry.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/magnitude.hpp>

#include <cmath>
#include <cstddef>
#include <utility>

namespace equireg::measurement {

/// A(x) = |F_c P u|, or its square: P pads pad = floor(oversample / 8 N) zeros on each side of N pixels, F_c is the
/// orthonormal transform with frequency 0 at floor(N_pad / 2). x (B, C, H, W) becomes (B, C, H_pad, W_pad),
/// each channel on its own. (DPS, DAPS: 256 pixels and oversample 2 give 384, which is 1.5 in each direction.)
///
/// Many images have the same data: u, u turned by 180 degrees in its window, and u moved as long as nothing leaves the
/// window. With u = x also -x.
struct phase_retrieval {
  double oversample = 2.0;  ///< >= 0
  bool unit_range = true;   ///< u = (x + 1) / 2, so that [-1, 1] becomes [0, 1] (DAPS, SITCOM); or u = x (DPS)
  recorded what = recorded::amplitude;

  static constexpr const char* name = "equireg::measurement::phase_retrieval";
  static constexpr symmetry symmetries = symmetry::channel_permutations;

  /// The extent of the data for images of extent e. Throws where oversample is negative or not a number.
  [[nodiscard]] extent padded(extent e) const {
    require(oversample >= 0 && std::isfinite(oversample), name, "expected oversample >= 0, but it is ", oversample);
    const auto pad = [this](std::size_t n) {
      return static_cast<std::size_t>(oversample / 8 * static_cast<double>(n));
    };
    return {e.height + 2 * pad(e.height), e.width + 2 * pad(e.width)};
  }

  template <tensor X>
  X operator()(const X& x) const {
    return centred_whole(recorded_part(spectrum(x), what), padded(x.shape().plane()).width);
  }

  /// J^T w = kappa Re(P^T F_c^H (w z / |z|)) with z = F_c P u and kappa = du / dx; where |z| = 0 the subgradient is 0.
  /// The intensity's is 2 kappa Re(P^T F_c^H (w z)).
  template <tensor X>
  auto linearize(const X& x) const {
    using value_type = typename X::value_type;
    const extent e = x.shape().plane();
    const std::size_t width = padded(e).width;
    X z = spectrum(x);
    X value = centred_whole(recorded_part(z, what), width);
    const auto kappa = static_cast<value_type>(unit_range ? 0.5 : 1.0);
    return linearization{std::move(value), [z = std::move(z), kappa, kind = what, e, width](const X& w) {
                           // Of w only the even part matters: z(-k) = conj z(k), and the image is real.
                           X g = image_of_half_spectrum(pull_back_part(z, even_half(w), kind), width, e);
                           transform(
                               g, [kappa](value_type v) { return kappa * v; }, g);
                           return g;
                         }};
  }

 private:
  // Half of F P u: u is real. The magnitudes do not depend on where in the window u stands: it stands in the corner.
  template <class X>
  X spectrum(const X& x) const {
    using value_type = typename X::value_type;
    const extent e = padded(x.shape().plane());
    if (!unit_range) return half_spectrum(x, e);
    X u(x.shape());
    transform(
        u, [](value_type v) { return value_type(0.5) * (v + value_type(1)); }, x);
    return half_spectrum(u, e);
  }
};

}  // namespace equireg::measurement
