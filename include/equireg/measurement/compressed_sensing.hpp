// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::compressed_sensing`: some Walsh-Hadamard coefficients of an image.

#include <equireg/backend/cpu/listed.hpp>          // the verbs for host tensors
#include <equireg/backend/cpu/walsh_hadamard.hpp>
#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/sequency.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/symmetry.hpp>
#include <equireg/measurement/singular_modes.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// Which coefficients of a plane of n = H W pixels are kept, and in which order y holds them.
enum class hadamard_order {
  random,    ///< any m of them, every set with the same probability, by ascending natural index
  natural,   ///< the first m of the natural (Sylvester) order
  sequency,  ///< the first m by sign changes along the plane read row by row
  zigzag     ///< the first m by sign changes along rows plus sign changes along columns: the coarse ones
};

struct compressed_sensing_settings {
  std::size_t ratio = 2;                         ///< m = n / ratio coefficients are kept; 1 ... n
  hadamard_order order = hadamard_order::random;
  bool signs = true;                             ///< random signs before the transform spread the energy
  noise_address address{.what = purpose::mask};  ///< where signs and random coefficients come from
};

/// A x = R H D x / sqrt(n) for each channel: random signs D, the Hadamard matrix H, and R, which keeps m coefficients.
/// (B, C, H, W) becomes (B, C, 1, m). All samples and channels share D and R.
///
/// The rows are orthonormal, A A^T = I: A^+ = A^T, and the proximal point is x + A^T (y - A x) / (1 + rho). DDRM's
/// operator is the one without signs, a single-pixel camera's the one in zigzag order without signs. Copies share what
/// is set up. Throws unless H W is a power of two.
class compressed_sensing {
 public:
  explicit compressed_sensing(extent image, const compressed_sensing_settings& settings = {}) : image_(image) {
    const std::size_t n = image.height * image.width;
    require(is_power_of_two(n) && n <= std::size_t{1} << 31, name,
            "expected an image of a power of two of pixels, at most 2^31, but it is ", image);
    require(settings.ratio >= 1 && settings.ratio <= n, name, "expected a ratio in [1, ", n, "], but it is ",
            settings.ratio);
    auto made = std::make_shared<setup>();
    made->kept = kept(image, n / settings.ratio, settings);
    if (settings.signs) {
      auto& [single, twice] = made->signs;
      for (std::size_t i = 0; i < n; ++i) {
        single.push_back(uniform(settings.address, 1, static_cast<std::uint32_t>(i)) < 0.5 ? -1.0F : 1.0F);
      }
      twice.assign(single.begin(), single.end());
    }
    setup_ = std::move(made);
  }

  static constexpr symmetry symmetries = symmetry::channel_permutations;
  static constexpr const char* name = "equireg::measurement::compressed_sensing";

  /// m.
  [[nodiscard]] std::size_t measurements() const { return setup_->kept.size(); }

  /// The natural index of each coefficient in y.
  [[nodiscard]] std::span<const std::uint32_t> kept() const { return setup_->kept; }

  template <class X>
  X operator()(const X& x) const {
    require(x.shape().plane() == image_, name, "expected planes of ", image_, ", but x has shape ", x.shape());
    X t = with_signs(x);
    walsh_hadamard(t);
    return pick(t, kept());
  }

  /// D H R^T y / sqrt(n).
  template <class X>
  X adjoint(const X& y) const {
    require(y.shape().plane() == extent{1, measurements()}, name, "expected y of shape (B, C, 1, ", measurements(),
            "), but it has shape ", y.shape());
    X t = place(y, kept(), image_);
    walsh_hadamard(t);
    return with_signs(std::move(t));
  }
  template <class X>
  X pseudo_inverse(const X& y) const {
    return adjoint(y);
  }

  /// argmin_u ||A u - y||^2 + rho ||u - x||^2, rho >= 0.
  template <class X>
  X prox(const X& x, const X& y, double rho) const {
    using value_type = typename X::value_type;
    X r = (*this)(x);
    const auto step = static_cast<value_type>(1 / (1 + rho));
    transform(
        r, [step](value_type v, value_type z) { return step * (v - z); }, y, r);
    X u = adjoint(r);
    add_scaled(u, 1, x);
    return u;
  }

  /// V^T = H D / sqrt(n), whose modes are in the natural order; s = 1 for those that are kept, 0 for the others.
  [[nodiscard]] auto spectral_form(const shape& sample) const {
    std::vector<double> s(image_.height * image_.width, 0.0);
    for (const std::uint32_t i : kept()) s[i] = 1;
    const auto to = [a = *this](const auto& x) {
      auto t = a.with_signs(x);
      walsh_hadamard(t);
      return t;
    };
    const auto from = [a = *this](auto z) {
      walsh_hadamard(z);
      return a.with_signs(std::move(z));
    };
    return singular_modes{*this, sample.with_plane(image_), std::move(s), to, from};
  }

 private:
  struct setup {
    std::vector<std::uint32_t> kept;
    std::tuple<std::vector<float>, std::vector<double>> signs;  // n of each type, or none
  };

  static std::vector<std::uint32_t> kept(extent image, std::size_t count, const compressed_sensing_settings& s) {
    const std::size_t n = image.height * image.width;
    std::vector<std::uint32_t> list(n);
    std::iota(list.begin(), list.end(), std::uint32_t{0});
    if (s.order == hadamard_order::random) {
      draw_to_front(list, count, s.address);
      std::sort(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(count));
    }
    if (s.order == hadamard_order::sequency) {
      for (std::size_t i = 0; i < n; ++i) list[i] = static_cast<std::uint32_t>(sequency_to_natural(i, n));
    }
    if (s.order == hadamard_order::zigzag) {
      const auto changes = [&](std::uint32_t i) { return i / image.width + i % image.width; };
      std::stable_sort(list.begin(), list.end(),
                       [&](std::uint32_t a, std::uint32_t b) { return changes(a) < changes(b); });
      for (auto& i : list) {
        i = static_cast<std::uint32_t>(sequency_to_natural(i / image.width, image.height) * image.width +
                                       sequency_to_natural(i % image.width, image.width));
      }
    }
    list.resize(count);
    return list;
  }

  // D x.
  template <class X>
  X with_signs(X x) const {
    using value_type = typename X::value_type;
    const auto& signs = std::get<std::vector<value_type>>(setup_->signs);
    if (signs.empty()) return x;
    const X d({1, 1, image_.height, image_.width}, std::span<const value_type>(signs));
    transform(
        x, [](value_type v, value_type sign) { return sign * v; }, x, broadcast{d});
    return x;
  }

  extent image_;
  std::shared_ptr<const setup> setup_;
};

}  // namespace equireg::measurement
