// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::decomposed`: any small linear operator with its dense singular value decomposition.
///
/// Not part of `equireg/equireg.hpp`, since it decomposes large matrices: include it where you use it.

#include <equireg/backend/cpu/decompose.hpp>  // eigh: set-up is done on the host
#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/measurement/singular_modes.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// A, with all that A offers, and `spectral_form`, `pseudo_inverse` and `prox`, which take the place of A's own.
///
/// A^T A is set up from n = C H W unit images and decomposed, O(n^3). V is kept in double and in float, 12 n^2 bytes;
/// products with it are O(n^2) for each sample. Copies share it. A is asked in double where it can be, else in float.
template <class A>
class decomposed : public A {
  using probe = std::conditional_t<map<A, cpu::tensor<double>>, cpu::tensor<double>, cpu::tensor<float>>;
  static_assert(check_linear_map<A, probe>());

 public:
  /// What is left of zeros among the singular values after the rounding of their squares, relative to the largest, with
  /// room to spare.
  static constexpr double default_negligible = std::is_same_v<typename probe::value_type, double> ? 1e-6 : 1e-3;

  /// For samples of the shape `images`, of any batch. Singular values up to `negligible` times the largest are 0.
  decomposed(A linear, const shape& images, double negligible = default_negligible)
      : A(std::move(linear)), sample_(images.with_batch(1)) {
    setup made;
    auto& [single, twice] = made.vectors;
    twice = right_singular_vectors(made.s);
    single.assign(twice.begin(), twice.end());
    made.s = cut_off(std::move(made.s), negligible);
    setup_ = std::make_shared<const setup>(std::move(made));
  }

  /// Throws where the samples are not of the shape for which A was decomposed.
  [[nodiscard]] auto spectral_form(const shape& sample) const {
    require_shape(sample.with_batch(1), sample_, name, "the sample");
    return singular_modes{static_cast<const A&>(*this), sample_, setup_->s,
                          [a = *this](const auto& x) { return a.multiplied(x, true); },
                          [a = *this](const auto& z) { return a.multiplied(z, false); }};
  }

  /// A^+ y = V diag(1 / s) U^T y.
  template <class Y>
  auto pseudo_inverse(const Y& y) const {
    const auto form = spectral_form(sample_);
    return form.from_modes(form.measured(y));
  }

  /// argmin_u ||A u - y||^2 + rho ||u - x||^2, rho > 0: x + V [ V^T A^T (y - A x) / (s^2 + rho) ].
  template <class X>
  X prox(const X& x, const image_of<A, X>& y, double rho) const {
    using value_type = typename X::value_type;
    auto r = (*this)(x);
    transform(
        r, [](value_type v, value_type z) { return v - z; }, y, r);
    X z = multiplied(X(this->adjoint(r)), true);
    const X s = mode_values(sample_, setup_->s);
    transform(
        z, [p = static_cast<value_type>(rho)](value_type v, value_type size) { return v / (size * size + p); }, z,
        broadcast{s});
    X u = multiplied(z, false);
    add_scaled(u, 1, x);
    return u;
  }

  static constexpr const char* name = "equireg::measurement::decomposed";

 private:
  struct setup {
    std::vector<double> s;  // ascending
    std::tuple<std::vector<float>, std::vector<double>> vectors;  // n x n, a row for each mode
  };

  // Rows v_i with A^T A = sum_i s_i^2 v_i v_i^T.
  std::vector<double> right_singular_vectors(std::vector<double>& s) const {
    const std::size_t n = sample_.sample_size(), most = 256;  // columns of A^T A that are made at a time
    std::vector<double> gram(n * n);
    for (std::size_t first = 0; first < n; first += most) {
      probe units(sample_.with_batch(std::min(most, n - first)));
      fill(units, 0);
      for (std::size_t b = 0; b < units.shape().batch; ++b) units.sample(b)[first + b] = 1;
      const probe columns = this->adjoint((*this)(units));
      std::copy(columns.values().begin(), columns.values().end(), gram.data() + first * n);
    }
    s = cpu::eigh(cpu::matrix_view<double>{gram.data(), n, n, n});
    for (double& v : s) v = std::sqrt(std::max(v, 0.0));  // rounding can leave -1e-17
    return gram;
  }

  // V^T x for each sample, or V x.
  template <class X>
  X multiplied(const X& x, bool transposed) const {
    using value_type = typename X::value_type;
    require_shape(x.shape().with_batch(1), sample_, name, "x");
    const auto& v = std::get<std::vector<value_type>>(setup_->vectors);
    const std::size_t n = sample_.sample_size();
    const cpu::matrix_view<const value_type> rows{v.data(), n, n, n};
    X out(x.shape());
    multiply<value_type>(cpu::rows_of(out), cpu::rows_of(x), transposed ? cpu::transpose(rows) : rows);
    return out;
  }

  shape sample_;
  std::shared_ptr<const setup> setup_;
};

}  // namespace equireg::measurement
