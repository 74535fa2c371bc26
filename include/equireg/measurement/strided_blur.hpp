// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::strided_blur`: super-resolution with any kernel: blur, then keep one pixel of a block.

#include <equireg/backend/cpu/strided_convolution.hpp>  // the verb for host tensors
#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/filter_kernel.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/symmetry.hpp>
#include <equireg/measurement/separable_map.hpp>
#include <equireg/measurement/normal_equations.hpp>
#include <equireg/measurement/separated_kernel.hpp>
#include <equireg/measurement/transfer_function.hpp>

#include <complex>
#include <cstddef>
#include <memory>

namespace equireg::measurement {

/// A = S B: B convolves with the kernel, S keeps the rows and columns 0, s, 2 s, ... for the stride s. (B, C, H, W)
/// becomes (B, C, H / s, W / s). Throws where the stride does not divide H and W.
///
/// The kernel's centre says where an output looks. With the centre (s - 1) / 2 beyond the middle of a symmetric kernel
/// it looks at the middle of its block, as in MATLAB's imresize; with the centre at the kernel's middle, as in DiffPIR
/// and deepinv, at the block's first pixel, and then A does not commute with flips.
///
/// For circular borders A A^T is a circular convolution, whose transfer function is the mean of |k^|^2 over the s x s
/// modes that alias to one (Zhao et al. 2016, Fast single image super-resolution). Hence A^+ = A^T (A A^T)^+ and the
/// proximal point in closed form. Kernels that are a product of a column and a row have both for any border. For others
/// `prox` takes conjugate gradients and `pseudo_inverse` throws.
struct strided_blur {
  /// A kernel may point anywhere.
  static constexpr symmetry symmetries = symmetry::channel_permutations;

  filter_kernel kernel;
  std::size_t stride = 4;
  equireg::boundary boundary = equireg::boundary::circular;
  /// Singular values up to this times the largest count as zero in `pseudo_inverse`.
  double cut = 1e-3;

  template <class X>
  X operator()(const X& x) const {
    const extent e = checked(x.shape().plane());
    if (kernel.separated()) return (*separated(e))(x);
    return convolve_strided(x, kernel, boundary, stride);
  }
  template <class X>
  X adjoint(const X& y) const {
    const extent e = checked({y.shape().height * stride, y.shape().width * stride});
    if (kernel.separated()) return separated(e)->adjoint(y);
    return convolve_strided_adjoint(y, kernel, boundary, stride);
  }

  /// A^+ of the modes above `cut`: A^+ A A^+ = A^+ holds, A A^+ A = A only on those modes.
  template <class X>
  X pseudo_inverse(const X& y) const {
    const extent e = checked({y.shape().height * stride, y.shape().width * stride});
    if (!circular()) return separated(e)->pseudo_inverse(y, cut);
    using value_type = typename X::value_type;
    using complex = std::complex<value_type>;
    const auto power = folded_spectrum<X>(kernel, e, stride);
    const auto least = static_cast<value_type>(cut * cut * power->largest);
    return adjoint(filter_modes(
        y, power->values, [least](complex p) { return complex(p.real() > least ? 1 / p.real() : value_type(0)); }));
  }

  /// argmin_u ||A u - y||^2 + rho ||u - x||^2 = x + A^T (A A^T + rho)^-1 (y - A x), rho > 0.
  template <class X>
  X prox(const X& x, const X& y, double rho) const {
    const extent e = checked(x.shape().plane());
    if (!circular() && !kernel.separated()) return solve_prox(*this, x, y, rho);
    if (!circular()) return separated(e)->prox(x, y, rho);
    using value_type = typename X::value_type;
    using complex = std::complex<value_type>;
    X r = (*this)(x);
    transform(
        r, [](value_type w, value_type z) { return w - z; }, y, r);
    const auto power = folded_spectrum<X>(kernel, e, stride);
    X u = adjoint(filter_modes(r, power->values, [weight = static_cast<value_type>(rho)](complex p) {
      return complex(1 / (p.real() + weight));
    }));
    add_scaled(u, 1, x);
    return u;
  }

  static constexpr const char* name = "equireg::measurement::strided_blur";

 private:
  [[nodiscard]] bool circular() const { return boundary == equireg::boundary::circular; }

  [[nodiscard]] extent checked(extent image) const {
    require(stride > 0 && image.height % stride == 0 && image.width % stride == 0, name, "a stride of ", stride,
            " does not divide an image of ", image);
    return image;
  }

  [[nodiscard]] std::shared_ptr<const separable_map> separated(extent e) const {
    return separated_kernel(kernel, e, stride, boundary, name);
  }
};

}  // namespace equireg::measurement
