// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::coded_diffraction`: Fourier magnitudes of an image behind several random masks.

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/fourier_sampling.hpp>
#include <equireg/measurement/magnitude.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// The numbers of a random mask: exp(2 pi i U); or one of 1, -1, i, -i times sqrt(1/2) with probability 4/5 and sqrt(3)
/// with 1/5 (octanary, Candes, Li and Soltanolkotabi, arXiv:1310.3240). Both have E |d|^2 = 1.
enum class diffraction_code { unit_modulus, octanary };

/// `count` masks as pairs of channels, (1, 2 count, H, W). Throws where there is none.
template <class X = cpu::tensor<float>>
X diffraction_masks(const shape& image, std::size_t count, diffraction_code code, const noise_address& address) {
  require(count > 0, "equireg::measurement::diffraction_masks", "expected a mask or more, but got ", count);
  using value_type = typename X::value_type;
  const std::size_t size = image.height * image.width;
  std::vector<value_type> values(2 * count * size);
  for (std::size_t l = 0; l < count; ++l) {
    for (std::size_t i = 0; i < size; ++i) {
      const double u = uniform(address, l, static_cast<std::uint32_t>(i));
      double angle = 2 * std::numbers::pi * u, magnitude = 1;
      if (code == diffraction_code::octanary) {
        const auto face = static_cast<std::size_t>(20 * u);
        angle = std::numbers::pi / 2 * static_cast<double>(face % 4);
        magnitude = face / 4 < 4 ? std::numbers::sqrt2 / 2 : std::numbers::sqrt3;
      }
      values[2 * l * size + i] = static_cast<value_type>(magnitude * std::cos(angle));
      values[(2 * l + 1) * size + i] = static_cast<value_type>(magnitude * std::sin(angle));
    }
  }
  return X({1, 2 * count, image.height, image.width}, std::span<const value_type>(values));
}

/// A(x) = |F_c(d_l x)| or its square, l = 0 ... L - 1. Real images: x (B, C, H, W) becomes (B, C L, H, W), channel
/// c L + l for mask l. Complex images: x is (B, 2 C, H, W) in pairs of channels. Images differ by a sign, or by a
/// constant phase, that the data cannot tell; the masks break the other ambiguities of `phase_retrieval`.
template <tensor X>
class coded_diffraction {
 public:
  using value_type = typename X::value_type;

  /// masks (1, 2 L, H, W), the complex numbers d_l; `diffraction_masks` draws them. Throws for another shape.
  explicit coded_diffraction(X masks, image_kind kind = image_kind::real, recorded what = recorded::amplitude)
      : kind_(kind), what_(what) {
    const shape s = masks.shape();
    require(s.batch == 1 && s.channels >= 2 && s.channels % 2 == 0, name,
            "expected masks of shape (1, 2 L, H, W), but they have shape ", s);
    masks_ = std::make_shared<const X>(std::move(masks));
  }

  static constexpr const char* name = "equireg::measurement::coded_diffraction";

  [[nodiscard]] const X& masks() const { return *masks_; }

  X operator()(const X& x) const { return recorded_part(spectra(x), what_); }

  /// J^T w = sum_l conj(d_l) F_c^H (w z / |z|), or its real part; subgradient 0 where the magnitude is 0.
  auto linearize(const X& x) const {
    X z = spectra(x);
    X value = recorded_part(z, what_);
    return linearization{std::move(value), [z = std::move(z), masks = masks_, kind = kind_, what = what_](const X& w) {
                           X g = sum_over_maps(fourier(pull_back_part(z, w, what), true), *masks);
                           return kind == image_kind::real ? real_parts(g) : g;
                         }};
  }

 private:
  X spectra(const X& x) const {
    return fourier(kind_ == image_kind::real ? multiply_real_by_maps(x, *masks_) : multiply_by_maps(x, *masks_));
  }

  image_kind kind_;
  recorded what_;
  std::shared_ptr<const X> masks_;
};

}  // namespace equireg::measurement
