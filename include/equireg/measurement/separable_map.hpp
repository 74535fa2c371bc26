// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::separable_map`: A x = R x C^T on every plane, with A^T, A^+ and the proximal point exactly.

#include <equireg/backend/cpu/separable.hpp>  // the verb for host tensors
#include <equireg/core/arguments.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/symmetry.hpp>
#include <equireg/measurement/line_operator.hpp>
#include <equireg/measurement/singular_modes.hpp>

#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// A filter along columns, then one along rows; blur and super-resolution are two. Linear.
///
/// With R R^T = U diag(r) U^T and C C^T = V diag(c) V^T, A A^T has eigenvectors u_i v_j^T and eigenvalues r_i c_j.
/// Hence
///
///     A^+ y         = A^T U [ (U^T y V) / (r c^T) ] V^T,
///     prox(x, y, p) = x + A^T U [ (U^T (y - A x) V) / (r c^T + p) ] V^T,
///
/// without iterations, whatever the borders do. The eigenvectors are found when first needed.
class separable_map {
 public:
  /// `r` filters columns, `c` filters rows. Copies share both.
  separable_map(std::shared_ptr<const line_operator> r, std::shared_ptr<const line_operator> c)
      : r_(std::move(r)), c_(std::move(c)) {}

  separable_map(banded_matrix r, banded_matrix c)
      : separable_map(std::make_shared<const line_operator>(std::move(r)),
                      std::make_shared<const line_operator>(std::move(c))) {}

  static constexpr symmetry symmetries = symmetry::channel_permutations;  // R and C may be anything

  [[nodiscard]] extent input() const { return {r_->forward().columns(), c_->forward().columns()}; }
  [[nodiscard]] extent output() const { return {r_->forward().rows(), c_->forward().rows()}; }

  /// R x C^T. Throws where x has other planes than `input()`.
  template <class X>
  X operator()(const X& x) const {
    return separable(x, r_->forward(), c_->forward());
  }

  /// R^T y C. Throws where y has other planes than `output()`.
  template <class X>
  X adjoint(const X& y) const {
    return separable(y, r_->adjoint(), c_->adjoint());
  }

  /// A^+ y, without the modes whose singular value is at most `cut` times the largest one: noise in mode k grows by
  /// 1 / s_k. The default drops what is zero to rounding.
  template <class X>
  X pseudo_inverse(const X& y, double cut = 1e-6) const {
    const double least = cut * cut * r_->gram().values.back() * c_->gram().values.back();
    return adjoint(in_modes(y, [least](double s2) { return s2 > least ? 1 / s2 : 0; }));
  }

  /// argmin_u ||A u - y||^2 + rho ||u - x||^2, rho > 0.
  template <class X>
  X prox(const X& x, const X& y, double rho) const {
    X r = (*this)(x);
    using value_type = typename X::value_type;
    transform(
        r, [](value_type w, value_type z) { return w - z; }, y, r);
    X u = adjoint(in_modes(r, [rho](double s2) { return 1 / (s2 + rho); }));
    add_scaled(u, 1, x);
    return u;
  }

  /// V is the product of R's right singular vectors and C's, s_ij = r_i c_j; 0 where it is at most `cut` times the
  /// largest one.
  [[nodiscard]] auto spectral_form(const shape& sample, double cut = 1e-6) const {
    return singular_modes{*this, sample, singular_values(cut), [a = *this](const auto& x) { return a.to_modes(x); },
                          [a = *this](const auto& z) { return a.from_modes(z); }};
  }

  /// @name The parts of `spectral_form`: V^T x, V z, and s of one plane.
  /// @{
  template <class X>
  X to_modes(const X& x) const {
    return separable(x, r_->right_gram().modes, c_->right_gram().modes);
  }
  template <class X>
  X from_modes(const X& z) const {
    return separable(z, r_->right_gram().modes_transposed, c_->right_gram().modes_transposed);
  }
  [[nodiscard]] std::vector<double> singular_values(double cut) const {
    const auto &rows = r_->right_gram().values, &columns = c_->right_gram().values;
    std::vector<double> s;
    s.reserve(rows.size() * columns.size());
    for (const double a : rows) {
      for (const double b : columns) s.push_back(std::sqrt(a * b));
    }
    return cut_off(std::move(s), cut);
  }
  /// @}

 private:
  // U [ (U^T y V) * f(r c^T) ] V^T.
  template <class X, class F>
  X in_modes(const X& y, const F& f) const {
    using value_type = typename X::value_type;
    const gram_spectrum &rows = r_->gram(), &columns = c_->gram();
    std::vector<value_type> factors;
    factors.reserve(rows.values.size() * columns.values.size());
    for (const double a : rows.values) {
      for (const double b : columns.values) factors.push_back(static_cast<value_type>(f(a * b)));
    }
    const X factor({1, 1, rows.values.size(), columns.values.size()}, std::span<const value_type>(factors));
    X t = separable(y, rows.modes, columns.modes);
    transform(
        t, [](value_type v, value_type w) { return v * w; }, t, broadcast{factor});
    return separable(t, rows.modes_transposed, columns.modes_transposed);
  }

  std::shared_ptr<const line_operator> r_, c_;
};

}  // namespace equireg::measurement
