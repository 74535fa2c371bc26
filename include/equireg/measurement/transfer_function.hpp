// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::transfer_function`: the eigenvalues of a circular convolution, with a stride or without.

#include <equireg/backend/cpu/filter_modes.hpp>  // the verb for host tensors
#include <equireg/backend/cpu/fourier.hpp>       // set-up is done on the host, wherever the images live
#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/filter_kernel.hpp>
#include <equireg/core/shape.hpp>

#include <algorithm>
#include <complex>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace equireg::measurement {

/// k^: F(k * x) = k^ F x for circular borders, at the modes of planes of one extent in the order of the discrete
/// Fourier transform.
inline std::vector<std::complex<double>> transfer_function(const filter_kernel& kernel, extent e) {
  std::vector<std::complex<double>> f(e.height * e.width);
  const dense_matrix& w = kernel.weights();
  for (std::size_t a = 0; a < w.rows; ++a) {
    const std::size_t i = fold(static_cast<std::ptrdiff_t>(a) - kernel.centre_row(), e.height, boundary::circular);
    for (std::size_t b = 0; b < w.columns; ++b) {
      const std::size_t j = fold(static_cast<std::ptrdiff_t>(b) - kernel.centre_column(), e.width, boundary::circular);
      f[i * e.width + j] += w(a, b);
    }
  }
  cpu::fourier_plane(f.data(), e);
  return f;
}

/// The eigenvalues of A A^T, where A convolves and then keeps every `stride`-th row and column, 0 first: the mean of
/// |k^|^2 over the modes that alias to one. The strides divide e.
inline std::vector<std::complex<double>> folded_power(const std::vector<std::complex<double>>& transfer, extent e,
                                                      std::size_t stride) {
  const extent low{e.height / stride, e.width / stride};
  std::vector<std::complex<double>> power(low.height * low.width);
  for (std::size_t i = 0; i < e.height; ++i) {
    for (std::size_t j = 0; j < e.width; ++j) {
      power[i % low.height * low.width + j % low.width] +=
          std::norm(transfer[i * e.width + j]) / static_cast<double>(stride * stride);
    }
  }
  return power;
}

/// A spectrum as `filter_modes` reads it, (1, 2, H, W), and its largest modulus.
template <class X>
struct mode_spectrum {
  X values;
  double largest;

  mode_spectrum(const std::vector<std::complex<double>>& modes, extent e) : values(planes(modes, e)), largest(0) {
    for (const auto& m : modes) largest = std::max(largest, std::abs(m));
  }

 private:
  static X planes(const std::vector<std::complex<double>>& modes, extent e) {
    using value_type = typename X::value_type;
    std::vector<value_type> parts;
    parts.reserve(2 * modes.size());
    for (const auto& m : modes) parts.push_back(static_cast<value_type>(m.real()));
    for (const auto& m : modes) parts.push_back(static_cast<value_type>(m.imag()));
    return X({1, 2, e.height, e.width}, std::span<const value_type>(parts));
  }
};

/// The transfer function for planes of extent e, made once for a kernel.
template <class X>
std::shared_ptr<const mode_spectrum<X>> transfer_spectrum(const filter_kernel& kernel, extent e) {
  return kernel.prepared<mode_spectrum<X>>({e.height, e.width, 0, 0},
                                           [&] { return mode_spectrum<X>(transfer_function(kernel, e), e); });
}

/// The folded power for planes of extent e and a stride, made once for a kernel.
template <class X>
std::shared_ptr<const mode_spectrum<X>> folded_spectrum(const filter_kernel& kernel, extent e, std::size_t stride) {
  return kernel.prepared<mode_spectrum<X>>({e.height, e.width, stride, 1}, [&] {
    return mode_spectrum<X>(folded_power(transfer_function(kernel, e), e, stride),
                            {e.height / stride, e.width / stride});
  });
}

}  // namespace equireg::measurement
