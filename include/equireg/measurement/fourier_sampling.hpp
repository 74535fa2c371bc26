// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::fourier_sampling`: some frequencies of an image are observed, as by a scanner with one coil.

#include <equireg/backend/cpu/fourier.hpp>  // the verbs for host tensors
#include <equireg/backend/cpu/hartley.hpp>
#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/mask.hpp>
#include <equireg/measurement/singular_modes.hpp>

#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// What the images of a Fourier operator are: complex, as pairs of channels (2 c the real part, 2 c + 1 the imaginary
/// one), or real.
enum class image_kind { complex_pairs, real };

/// y = M F_c x: F_c is the centred orthonormal transform, M a mask of zeros and ones with frequency 0 at
/// (floor(H / 2), floor(W / 2)). `sampling_masks.hpp` makes masks.
///
/// Complex images: x and y are (B, 2 C, H, W), and A^T = A^+. Real images: x (B, C, H, W) becomes y (B, 2 C, H, W), and
/// A^T takes the real part. The frequencies k and -k then say the same, so that A^T A has the eigenvalues
/// (m(k) + m(-k)) / 2: 0, 1/2 or 1.
///
/// y holds observed entries only, 0 elsewhere: what y says where the mask is 0 is never read. Copies share the mask.
template <tensor X>
class fourier_sampling {
 public:
  using value_type = typename X::value_type;

  /// mask (1, 1, H, W): 1 where a frequency is observed, 0 where it is not. Throws for other values.
  explicit fourier_sampling(X mask, image_kind kind = image_kind::complex_pairs) : kind_(kind) {
    const shape s = mask.shape();
    require(s.batch == 1 && s.channels == 1 && s.size() > 0, name, "expected a mask of shape (1, 1, H, W), but it has ",
            "shape ", s);
    ones_ = count_observed(mask, name);
    if (kind == image_kind::real) {
      X both(s);  // m(k) + m(-k)
      transform(
          both, [](value_type a, value_type b) { return a + b; }, mask, opposite(mask));
      sightings_ = std::make_shared<const X>(std::move(both));
    }
    mask_ = std::make_shared<const X>(std::move(mask));
  }

  static constexpr const char* name = "equireg::measurement::fourier_sampling";

  [[nodiscard]] const X& mask() const { return *mask_; }

  /// Observed entries of a sample of `images` images, real and imaginary parts counted apart: the number of terms in
  /// ||y - A x||^2.
  [[nodiscard]] std::size_t observed_count(std::size_t images) const { return 2 * images * ones_; }

  /// M F_c x.
  X operator()(const X& x) const {
    check(x, "x");
    X y = kind_ == image_kind::real ? fourier_of_real(x) : fourier(x);
    transform(
        y, [](value_type m, value_type v) { return m * v; }, broadcast{*mask_}, y);
    return y;
  }

  /// F_c^H M y, or its real part.
  X adjoint(const X& y) const { return back(observed(y)); }

  /// y without its unobserved entries. A product would keep an infinity or a NaN there; this does not.
  X observed(const X& y) const {
    check(y, "y");
    X out(y.shape());
    transform(
        out, [](value_type m, value_type v) { return m != 0 ? v : value_type(0); }, broadcast{*mask_}, y);
    return out;
  }

  /// A^+ y: A^T y for complex images; for real ones the frequencies that are seen once count twice.
  X pseudo_inverse(const X& y) const {
    if (kind_ == image_kind::complex_pairs) return adjoint(y);
    X z = observed(y);
    transform(
        z, [](value_type n, value_type v) { return n == value_type(1) ? 2 * v : v; }, broadcast{*sightings_}, z);
    return back(z);
  }

  /// argmin_u ||A u - y||^2 + rho ||u - x||^2: x + F_c^H [M (y - F_c x) / (M + rho)]. For real images the eigenvalues
  /// of A^T A are (m(k) + m(-k)) / 2. rho >= 0.
  X prox(const X& x, const X& y, double rho) const {
    check(x, "x");
    X r = observed(y);
    const X z = (*this)(x);
    const auto once = static_cast<value_type>(1 / (0.5 + rho)), whole = static_cast<value_type>(1 / (1 + rho));
    if (kind_ == image_kind::complex_pairs) {
      transform(
          r, [whole](value_type v, value_type w) { return whole * (v - w); }, r, z);
    } else {
      transform(
          r,
          [once, whole](value_type n, value_type v, value_type w) {
            return (n == value_type(1) ? once : whole) * (v - w);
          },
          broadcast{*sightings_}, r, z);
    }
    X u = back(r);
    add_scaled(u, 1, x);
    return u;
  }

  /// Complex images: V^T = F_c, s = m. Real ones: V is the Hartley transform, frequency 0 at (0, 0), and
  /// s = sqrt((m(k) + m(-k)) / 2).
  [[nodiscard]] auto spectral_form(const shape& sample) const {
    const bool real = kind_ == image_kind::real;
    return singular_modes{*this, sample, real ? real_singular_values() : to_host(*mask_),
                          [real](const auto& x) { return real ? hartley(x) : fourier(x); },
                          [real](const auto& z) { return real ? hartley(z) : fourier(z, true); }};
  }

 private:
  // The numbers of sightings with frequency 0 moved from the centre to (0, 0).
  [[nodiscard]] std::vector<double> real_singular_values() const {
    const auto [height, width] = mask_->shape().plane();
    const std::vector<double> sightings = to_host(*sightings_);
    std::vector<double> s(height * width);
    for (std::size_t i = 0; i < height; ++i) {
      for (std::size_t j = 0; j < width; ++j) {
        s[i * width + j] = std::sqrt(sightings[(i + height / 2) % height * width + (j + width / 2) % width] / 2);
      }
    }
    return s;
  }

  X back(const X& z) const { return kind_ == image_kind::real ? real_of_fourier(z, true) : fourier(z, true); }

  // The mask at the frequencies -k: the real part of transforming twice is the image turned about its centre.
  static X opposite(const X& mask) {
    const X spectrum = fourier_of_real(mask);
    X turned = real_of_fourier(spectrum);
    transform(
        turned, [](value_type v) { return v > value_type(0.5) ? value_type(1) : value_type(0); }, turned);
    return turned;
  }

  void check(const X& x, const char* what) const {
    const shape s = x.shape();
    const bool single = kind_ == image_kind::real && what[0] == 'x';
    require(s.plane() == mask_->shape().plane() && (single || s.channels % 2 == 0), name, "the mask has shape ",
            mask_->shape(), " but ", what, " has shape ", s, single ? "" : "; complex images are pairs of channels");
  }

  image_kind kind_;
  std::shared_ptr<const X> mask_, sightings_;
  std::size_t ones_ = 0;
};

}  // namespace equireg::measurement
