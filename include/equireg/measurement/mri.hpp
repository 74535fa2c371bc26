// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::mri`: the k-space of several coils, each of which sees the image through its own map.

#include <equireg/backend/cpu/complex_pairs.hpp>  // the verbs for host tensors
#include <equireg/backend/cpu/fourier.hpp>
#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/fourier_sampling.hpp>
#include <equireg/measurement/normal_equations.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace equireg::measurement {

/// y_j = M F_c (S_j x) for coils j = 0 ... J - 1: x (B, 2 C, H, W) complex images as pairs of channels, y
/// (B, 2 C J, H, W) with pair c J + j for coil j, M a mask of lines (`sampling_masks.hpp`), F_c the centred orthonormal
/// transform.
///
/// y holds observed entries only. A^+ and prox have no closed form: conjugate gradients, each sample to the tolerance
/// of the settings. Copies share maps and mask.
template <tensor X>
class mri {
 public:
  using value_type = typename X::value_type;

  /// mask (1, 1, H, W) of zeros and ones; maps (1, 2 J, H, W), the complex sensitivity of each coil. Throws for other
  /// shapes and values.
  mri(X mask, X maps, conjugate_gradients_settings settings = {}) : sampling_(std::move(mask)), settings_(settings) {
    const shape s = maps.shape();
    require(s.batch == 1 && s.channels >= 2 && s.channels % 2 == 0 && s.plane() == sampling_.mask().shape().plane(),
            name, "expected maps of shape (1, 2 J, H, W) with the mask's H and W, but the maps have shape ", s,
            " and the mask ", sampling_.mask().shape());
    maps_ = std::make_shared<const X>(std::move(maps));
  }

  static constexpr const char* name = "equireg::measurement::mri";

  [[nodiscard]] const X& mask() const { return sampling_.mask(); }
  [[nodiscard]] const X& maps() const { return *maps_; }
  [[nodiscard]] std::size_t coils() const { return maps_->shape().channels / 2; }

  /// Terms of ||y - A x||^2 in a sample of `images` images, real and imaginary parts counted apart.
  [[nodiscard]] std::size_t observed_count(std::size_t images) const {
    return sampling_.observed_count(images * coils());
  }

  X operator()(const X& x) const { return sampling_(multiply_by_maps(x, *maps_)); }

  /// sum_j conj(S_j) F_c^H M y_j.
  X adjoint(const X& y) const { return sum_over_maps(sampling_.adjoint(y), *maps_); }

  /// y without its unobserved entries.
  X observed(const X& y) const { return sampling_.observed(y); }

  /// The image of least norm among those with the least ||A x - y||.
  X pseudo_inverse(const X& y) const { return solve_least_squares(*this, y, settings_); }

  /// argmin_u ||A u - y||^2 + rho ||u - x||^2, rho >= 0, from x on.
  X prox(const X& x, const X& y, double rho) const { return solve_prox(*this, x, y, rho, settings_); }

  /// sum_j conj(S_j) F_c^H y_j / sqrt(sum_j |S_j|^2), 0 where no coil sees: the minimum-variance unbiased estimate of
  /// fully sampled data, which InverseBench takes as its truth.
  X minimum_variance(const X& y) const {
    X x = adjoint(y);
    const X size = root_sum_of_squares(*maps_, maps_->shape().channels);
    transform(
        x, [](value_type v, value_type n) { return n > 0 ? v / n : value_type(0); }, x, broadcast{size});
    return x;
  }

  /// sqrt(sum_j |F_c^H y_j|^2), (B, C, H, W): needs no maps.
  X root_sum_of_squares_image(const X& y) const {
    return root_sum_of_squares(sampling_.adjoint(y), maps_->shape().channels);
  }

 private:
  fourier_sampling<X> sampling_;
  std::shared_ptr<const X> maps_;
  conjugate_gradients_settings settings_;
};

}  // namespace equireg::measurement
