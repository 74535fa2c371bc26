// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::blur`: convolution with any two-dimensional kernel.

#include <equireg/backend/cpu/convolution.hpp>  // the verbs for host tensors
#include <equireg/backend/cpu/hartley.hpp>
#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/filter_kernel.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/symmetry.hpp>
#include <equireg/measurement/separable_map.hpp>
#include <equireg/measurement/normal_equations.hpp>
#include <equireg/measurement/separated_kernel.hpp>
#include <equireg/measurement/singular_modes.hpp>
#include <equireg/measurement/transfer_function.hpp>

#include <complex>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// A x = k * x in every plane: a convolution, not a correlation. The shape of x is kept: (B, C, H, W), any size.
///
/// `kernels.hpp` makes kernels. One that is a product of a column and a row goes through `separable_map`; the others
/// are summed weight by weight or in the Fourier domain, whichever is cheaper. The spectrum and what else is set up for
/// an image size belong to the kernel, which all copies share.
///
/// `pseudo_inverse` and `prox` are in closed form for circular borders, by the discrete Fourier transform, and for
/// separable kernels with any border. For other kernels with other borders `prox` takes conjugate gradients, and
/// `pseudo_inverse` throws: its cut needs the singular values.
struct blur {
  /// A kernel may point anywhere.
  static constexpr symmetry symmetries = symmetry::channel_permutations;

  filter_kernel kernel;
  equireg::boundary boundary = equireg::boundary::reflect;
  /// Singular values up to this times the largest count as zero in `pseudo_inverse`.
  double cut = 0.03;

  template <class X>
  X operator()(const X& x) const {
    if (kernel.separated()) return (*separated(x.shape().plane()))(x);
    return convolve(x, kernel, boundary);
  }
  template <class X>
  X adjoint(const X& y) const {
    if (kernel.separated()) return separated(y.shape().plane())->adjoint(y);
    return convolve_adjoint(y, kernel, boundary);
  }

  /// The transfer function k^ = F k of planes of extent e, as (1, 2, H, W): real parts, imaginary parts. For circular
  /// borders its moduli are the singular values of A. Throws for others.
  template <class X>
  [[nodiscard]] X spectrum(extent e) const {
    require(circular(), name, "only circular borders have a Fourier spectrum");
    return transfer_spectrum<X>(kernel, e)->values;
  }

  /// A^+ of the modes above `cut`: A^+ A A^+ = A^+ holds, A A^+ A = A only on those modes.
  template <class X>
  X pseudo_inverse(const X& y) const {
    const extent e = y.shape().plane();
    if (!circular()) return separated(e)->pseudo_inverse(y, cut);
    using value_type = typename X::value_type;
    using complex = std::complex<value_type>;
    const auto k = transfer_spectrum<X>(kernel, e);
    const auto least = static_cast<value_type>(cut * k->largest);
    return filter_modes(y, k->values, [least2 = least * least](complex h) {
      const value_type power = std::norm(h);
      return power > least2 ? std::conj(h) / power : complex(0);
    });
  }

  /// argmin_u ||A u - y||^2 + rho ||u - x||^2, rho > 0: x + F^-1 [ conj k^ F (y - A x) / (|k^|^2 + rho) ].
  template <class X>
  X prox(const X& x, const X& y, double rho) const {
    const extent e = x.shape().plane();
    if (!circular() && !kernel.separated()) return solve_prox(*this, x, y, rho);
    if (!circular()) return separated(e)->prox(x, y, rho);
    using value_type = typename X::value_type;
    using complex = std::complex<value_type>;
    X r = (*this)(x);
    transform(
        r, [](value_type w, value_type z) { return w - z; }, y, r);
    X u = filter_modes(r, transfer_spectrum<X>(kernel, e)->values,
                       [p = static_cast<value_type>(rho)](complex h) { return std::conj(h) / (std::norm(h) + p); });
    add_scaled(u, 1, x);
    return u;
  }

  /// Circular borders: V is the Hartley transform and s = |k^|, for the frequencies k and -k have the same modulus.
  /// Other borders: that of the separable map; throws where the kernel is none. Singular values up to `cut` times the
  /// largest are 0.
  [[nodiscard]] auto spectral_form(const shape& sample) const {
    const auto map = circular() ? nullptr : separated(sample.plane());
    return singular_modes{*this, sample, map ? map->singular_values(cut) : moduli(sample.plane()),
                          [map](const auto& x) { return map ? map->to_modes(x) : hartley(x); },
                          [map](const auto& z) { return map ? map->from_modes(z) : hartley(z); }};
  }

  static constexpr const char* name = "equireg::measurement::blur";

 private:
  [[nodiscard]] bool circular() const { return boundary == equireg::boundary::circular; }

  [[nodiscard]] std::shared_ptr<const separable_map> separated(extent e) const {
    return separated_kernel(kernel, e, 1, boundary, name);
  }

  // |k^|, without those up to the cut.
  [[nodiscard]] std::vector<double> moduli(extent e) const {
    std::vector<double> s;
    s.reserve(e.height * e.width);
    for (const auto& k : transfer_function(kernel, e)) s.push_back(std::abs(k));
    return cut_off(std::move(s), cut);
  }
};

}  // namespace equireg::measurement
