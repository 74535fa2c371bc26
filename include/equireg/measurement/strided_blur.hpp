// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::strided_blur`: super-resolution with any kernel: blur, then keep one pixel of a block.

#include <equireg/backend/cpu/strided_convolution.hpp>  // the verb for host tensors
#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/filter_kernel.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/measurement/separable_map.hpp>
#include <equireg/measurement/transfer_function.hpp>

#include <complex>
#include <cstddef>
#include <memory>
#include <vector>

namespace equireg::measurement {

/// A = S B: B convolves with the kernel, S keeps the rows and columns 0, s, 2 s, ... for the stride s. (B, C, H, W)
/// becomes (B, C, H / s, W / s). Throws where the stride does not divide H and W.
///
/// The kernel's centre says where an output looks: centre it at (s - 1) / 2 of a kernel that covers the block, for
/// what MATLAB's imresize does, and at its own middle for DiffPIR's and deepinv's downsampling, which is then shifted
/// against the block and does not commute with flips.
///
/// For circular borders A A^T is a circular convolution, whose transfer function is the mean of |k^|^2 over the s x s
/// modes that alias to one (Zhao et al. 2016, Fast single image super-resolution). Hence A^+ = A^T (A A^T)^+ and the
/// proximal point in closed form. Kernels that are a product of a column and a row have both for any border. For others
/// they throw.
struct strided_blur {
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
    if (!circular()) return closed_form(e)->pseudo_inverse(y, cut);
    using value_type = typename X::value_type;
    using complex = std::complex<value_type>;
    const auto power = gram<X>(e);
    return adjoint(filter_modes(y, power->values, [least = static_cast<value_type>(cut * cut * power->largest)](
                                                      complex p) {
      return complex(p.real() > least ? 1 / p.real() : value_type(0));
    }));
  }

  /// argmin_u ||A u - y||^2 + rho ||u - x||^2 = x + A^T (A A^T + rho)^-1 (y - A x), rho > 0.
  template <class X>
  X prox(const X& x, const X& y, double rho) const {
    const extent e = checked(x.shape().plane());
    if (!circular()) return closed_form(e)->prox(x, y, rho);
    using value_type = typename X::value_type;
    using complex = std::complex<value_type>;
    X r = (*this)(x);
    transform(
        r, [](value_type w, value_type z) { return w - z; }, y, r);
    X u = adjoint(filter_modes(r, gram<X>(e)->values, [weight = static_cast<value_type>(rho)](complex p) {
      return complex(1 / (p.real() + weight));
    }));
    transform(
        u, [](value_type v, value_type correction) { return v + correction; }, x, u);
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

  [[nodiscard]] filter_kernel::preparation_key key(extent e) const {
    return {e.height, e.width, static_cast<std::size_t>(boundary), stride};
  }

  [[nodiscard]] banded_matrix line(const std::vector<double>& weights, std::ptrdiff_t centre, std::size_t pixels) const {
    const std::vector<double> taps(weights.rbegin(), weights.rend());
    const std::ptrdiff_t first = centre + 1 - static_cast<std::ptrdiff_t>(taps.size());
    return filter_matrix(pixels / stride, pixels, stride, first, taps, boundary);
  }

  [[nodiscard]] std::shared_ptr<const separable_map> separated(extent e) const {
    return kernel.prepared<separable_map>(key(e), [&] {
      const auto& [column, row] = *kernel.separated();
      return separable_map(line(column, kernel.centre_row(), e.height), line(row, kernel.centre_column(), e.width));
    });
  }

  [[nodiscard]] std::shared_ptr<const separable_map> closed_form(extent e) const {
    require(kernel.separated().has_value(), name, "a kernel of ", kernel.size(),
            " that is no product of a column and a row has pseudo_inverse and prox for circular borders only");
    return separated(e);
  }

  // The spectrum of A A^T.
  template <class X>
  [[nodiscard]] std::shared_ptr<const mode_spectrum<X>> gram(extent e) const {
    return kernel.prepared<mode_spectrum<X>>(key(e), [&] {
      return mode_spectrum<X>(folded_power(transfer_function(kernel, e), e, stride),
                              {e.height / stride, e.width / stride});
    });
  }
};

}  // namespace equireg::measurement
