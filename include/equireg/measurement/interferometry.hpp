// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::interferometer`: visibilities, the Fourier transform of an image at the baselines of an array.

#include <equireg/backend/cpu/separable_fourier.hpp>  // the verbs for host tensors
#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/normal_equations.hpp>
#include <equireg/measurement/radio_array.hpp>

#include <cmath>
#include <cstddef>
#include <memory>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// V_m = sum_p x_p exp(-2 pi i (u_m l_p + v_m n_p)), linear: x (B, 1, H, W) is the brightness of each pixel, V
/// (B, 2, 1, baselines) complex, its real part in channel 0.
///
/// Pixels are `pixel` radians wide, with (l, n) = 0 at the image's centre, l growing with the column and n as rows go
/// up. The exponential is a product of a factor for the row and one for the column: one product of matrices for all
/// rows, then a sum over them, where the matrix of all baselines and pixels would be H times larger. Copies share the
/// factors.
template <tensor X>
class interferometer {
 public:
  using value_type = typename X::value_type;

  /// Throws where the image is empty, there are no baselines or `pixel` is not positive.
  interferometer(const std::vector<baseline>& baselines, extent image, double pixel,
                 conjugate_gradients_settings solver = {})
      : image_(image), count_(baselines.size()), solver_(solver) {
    require(image.height > 0 && image.width > 0 && count_ > 0 && pixel > 0 && std::isfinite(pixel), name,
            "expected baselines, an image and a pixel's width > 0, but there are ", count_, ", ", image, " and ",
            pixel);
    std::vector<value_type> rows(2 * image.height * count_), columns(2 * image.width * count_);
    for (std::size_t m = 0; m < count_; ++m) {
      for (std::size_t i = 0; i < image.height; ++i) {
        const double n = 0.5 * static_cast<double>(image.height - 1) - static_cast<double>(i);
        const double angle = -2 * std::numbers::pi * baselines[m].v * n * pixel;
        rows[i * count_ + m] = static_cast<value_type>(std::cos(angle));
        rows[(image.height + i) * count_ + m] = static_cast<value_type>(std::sin(angle));
      }
      for (std::size_t j = 0; j < image.width; ++j) {
        const double l = static_cast<double>(j) - 0.5 * static_cast<double>(image.width - 1);
        const double angle = -2 * std::numbers::pi * baselines[m].u * l * pixel;
        columns[m * image.width + j] = static_cast<value_type>(std::cos(angle));
        columns[(count_ + m) * image.width + j] = static_cast<value_type>(std::sin(angle));
      }
    }
    rows_ = std::make_shared<const X>(shape{2, 1, image.height, count_}, std::span<const value_type>(rows));
    columns_ = std::make_shared<const X>(shape{2, 1, count_, image.width}, std::span<const value_type>(columns));
  }

  static constexpr const char* name = "equireg::measurement::interferometer";

  [[nodiscard]] std::size_t baselines() const { return count_; }

  X operator()(const X& x) const { return separable_fourier(x, *rows_, *columns_); }

  /// Re sum_m conj(A_{mp}) v_m.
  X adjoint(const X& v) const { return separable_fourier_adjoint(v, *rows_, *columns_); }

  /// A^+ v by conjugate gradients from 0.
  X pseudo_inverse(const X& v) const { return solve_least_squares(*this, v, solver_); }

  /// argmin_u ||A u - v||^2 + rho ||u - x||^2, rho > 0, by conjugate gradients from x.
  X prox(const X& x, const X& v, double rho) const { return solve_prox(*this, x, v, rho, solver_); }

 private:
  extent image_;
  std::size_t count_;
  conjugate_gradients_settings solver_;
  std::shared_ptr<const X> rows_, columns_;
};

}  // namespace equireg::measurement
