// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::inpainting`: some pixels are observed, the others are not.

#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/symmetry.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/mask.hpp>
#include <equireg/measurement/residual.hpp>
#include <equireg/measurement/singular_modes.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace equireg::measurement {

/// A x = m * x with a mask m of zeros and ones: A = A^T = A^+ = A^2. `masks.hpp` makes masks.
///
/// y has the shape of x and holds observed entries only, 0 elsewhere: what y says where m = 0 is never read. Many
/// published codes add noise to the unobserved entries as well, which then shrinks every step that is divided by
/// ||y - A x||; pass their y through `observed`. Copies of the operator share the mask.
template <tensor X>
class inpainting {
 public:
  using value_type = typename X::value_type;

  /// mask (1, 1 or C, H, W): 1 where a pixel is observed, 0 where it is not. Throws for other values.
  explicit inpainting(X mask) {
    const shape s = mask.shape();
    require(s.batch == 1 && s.size() > 0, name, "expected a mask of shape (1, 1 or C, H, W), but it has shape ", s);
    ones_ = count_observed(mask, name);
    mask_ = std::make_shared<const X>(std::move(mask));
  }

  static constexpr symmetry symmetries = symmetry::none;  // the mask decides
  static constexpr const char* name = "equireg::measurement::inpainting";

  [[nodiscard]] const X& mask() const { return *mask_; }

  /// Observed entries of a sample with `channels` channels: the number of terms in ||y - A x||^2.
  [[nodiscard]] std::size_t observed_count(std::size_t channels) const {
    return mask_->shape().channels == 1 ? channels * ones_ : ones_;
  }

  /// m * x. x: (B, C, H, W).
  X operator()(const X& x) const {
    check(x, "x");
    X y(x.shape());
    const auto [m, v] = entries<2>;
    transform(y, select(m != 0, v, 0), broadcast{*mask_}, x);
    return y;
  }

  X adjoint(const X& y) const { return (*this)(y); }
  X pseudo_inverse(const X& y) const { return (*this)(y); }

  /// y without its unobserved entries. A product would keep an infinity or a NaN there; this does not.
  X observed(const X& y) const {
    check(y, "y");
    X out(y.shape());
    const auto [m, v] = entries<2>;
    transform(out, select(m != 0, v, 0), broadcast{*mask_}, y);
    return out;
  }

  /// argmin_u ||A u - y||^2 + rho ||u - x||^2: (y + rho x) / (1 + rho) where a pixel is observed, x elsewhere. rho >=
  /// 0.
  X prox(const X& x, const X& y, double rho) const {
    check(x, "x");
    const double a = 1 / (1 + rho), b = rho / (1 + rho);
    X u(x.shape());
    const auto [m, w, v] = entries<3>;
    transform(u, select(m != 0, a * w + b * v, v), broadcast{*mask_}, y, x);
    return u;
  }

  /// r = m * (y - x) and ||r||^2 of each sample, in one pass. A^T r = m * r = r.
  static constexpr bool keeps_residuals = true;
  data_residual<X> residual(const X& y, const X& x) const {
    check(x, "x");
    X r(x.shape());
    const auto [m, w, v] = entries<3>;
    X squared_norm = transform_reduce(r, select(m != 0, w - v, 0), square(entry<0>{}), broadcast{*mask_}, y, x);
    return {std::move(r), std::move(squared_norm)};
  }

  /// V = I, s = m.
  [[nodiscard]] auto spectral_form(const shape& sample) const {
    return entries_as_modes(*this, sample, to_host(*mask_));
  }

 private:
  void check(const X& x, const char* what) const {
    const shape s = x.shape(), m = mask_->shape();
    require(s.plane() == m.plane() && (m.channels == 1 || m.channels == s.channels), name, "the mask has shape ", m,
            " but ", what, " has shape ", s);
  }

  std::shared_ptr<const X> mask_;
  std::size_t ones_ = 0;
};

}  // namespace equireg::measurement
