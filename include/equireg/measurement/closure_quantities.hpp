// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::closure_quantities`: what of the visibilities no telescope's own error can change.

#include <equireg/backend/cpu/log_polar.hpp>  // the verbs for host tensors
#include <equireg/backend/cpu/sparse_product.hpp>
#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/sparse_rows.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/measurement/radio_array.hpp>

#include <cmath>
#include <cstddef>
#include <memory>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// The kinds of quantities, in the order in which they stand in y.
struct closure_list {
  std::vector<closure_terms> phases = {};          ///< arg of products, radians in [-pi, pi]: `closure_triangles`
  std::vector<closure_terms> log_amplitudes = {};  ///< sums of log |V|: `closure_quadrangles`
  std::vector<std::size_t> amplitudes = {};        ///< |V_m|; of the baseline (0, 0) it is the total flux
};

/// V (B, 2, 1, M) to y (B, 1, 1, K): closure phases, then log closure amplitudes, then amplitudes. Differentiable.
///
/// All are weighted sums of log V: phases of its imaginary part, amplitudes of its real part. Compose it with an
/// `interferometer` for data of an image. The pullback of w is Re sum +-A^T(w / V) for log amplitudes and the
/// imaginary part for phases; a visibility that is 0 pulls nothing back. Chael et al. 2018, arXiv:1803.07088.
template <tensor X>
class closure_quantities {
 public:
  using value_type = typename X::value_type;

  /// For `visibilities` numbers V, none of them 0: an image without flux has no closure amplitudes, and its data are no
  /// numbers. Throws where a term reads another, or there is no term.
  closure_quantities(std::size_t visibilities, const closure_list& list)
      : count_(visibilities),
        phases_(list.phases.size()),
        log_amplitudes_(list.log_amplitudes.size()),
        amplitudes_(list.amplitudes.size()) {
    require(size() > 0, name, "expected at least one phase, log amplitude or amplitude, but the lists are empty");
    sparse_rows m(2 * visibilities), variance(2 * visibilities);
    const auto add = [&](const closure_terms& terms, std::size_t offset) {
      closure_terms row, squares;
      for (const auto& [index, weight] : terms) {
        require(index < visibilities, name, "there are ", visibilities, " visibilities, but a term reads number ",
                index);
        row.emplace_back(offset + index, weight);
        squares.emplace_back(index, weight * weight);
      }
      m.add(row);
      variance.add(squares);
    };
    for (const auto& terms : list.phases) add(terms, visibilities);
    for (const auto& terms : list.log_amplitudes) add(terms, 0);
    for (const std::size_t index : list.amplitudes) add({{index, 1.0}}, 0);
    rows_ = std::make_shared<const sparse_rows>(std::move(m));
    variance_rows_ = std::make_shared<const sparse_rows>(std::move(variance));
    angular_ = std::make_shared<const X>(indicator(0, phases_));
    exponential_ = std::make_shared<const X>(indicator(phases_ + log_amplitudes_, amplitudes_));
  }

  static constexpr const char* name = "equireg::measurement::closure_quantities";

  [[nodiscard]] std::size_t size() const { return phases_ + log_amplitudes_ + amplitudes_; }

  /// 1 where y is an angle and 0 elsewhere, (1, 1, 1, K): for `noise::closure`.
  [[nodiscard]] const X& angular() const { return *angular_; }

  X operator()(const X& v) const {
    check(v);
    X y = sparse_product(log_polar(v), *rows_);
    transform(
        y,
        [](value_type s, value_type angle, value_type exponential) {
          constexpr auto turn = static_cast<value_type>(2 * std::numbers::pi);
          if (angle != 0) return s - turn * std::round(s / turn);
          return exponential != 0 ? std::exp(s) : s;
        },
        y, broadcast{*angular_}, broadcast{*exponential_});
    return y;
  }

  auto linearize(const X& v) const {
    X y = (*this)(v);
    return linearization{
        y, [v, y, rows = rows_, exponential = exponential_](const X& w) {
          X scaled(w.shape());
          transform(
              scaled, [](value_type c, value_type amplitude, value_type is) { return is != 0 ? c * amplitude : c; }, w,
              y, broadcast{*exponential});
          return log_polar_pullback(v, sparse_product_adjoint(scaled, *rows, v.shape()));
        }};
  }

  /// The noise of y to first order where each part of V_m has noise `sigma` (1 or B, 1, 1, M): sigma_y^2 = sum
  /// sigma^2 / |V|^2 over the terms of a phase or a log amplitude, sigma for an amplitude. (B, 1, 1, K).
  X thermal_noise(const X& v, const X& sigma) const {
    check(v);
    const shape s = v.shape();
    require(sigma.shape() == shape{1, 1, 1, count_} || sigma.shape() == shape{s.batch, 1, 1, count_}, name,
            "expected sigma for ", count_, " visibilities, but it has shape ", sigma.shape());
    X relative(s.with_plane({1, count_}));
    transform(
        relative, [](value_type log_v, value_type each) { return std::exp(-2 * log_v) * each * each; }, log_polar(v),
        broadcast{sigma});  // of channel 0; the terms read no other
    X out = sparse_product(relative, *variance_rows_);
    transform(
        out,
        [](value_type square, value_type y, value_type exponential) {
          return std::sqrt(square) * (exponential != 0 ? y : value_type(1));
        },
        out, (*this)(v), broadcast{*exponential_});
    return out;
  }

 private:
  void check(const X& v) const { require_shape(v.shape(), {v.shape().batch, 2, 1, count_}, name, "v"); }

  [[nodiscard]] X indicator(std::size_t first, std::size_t number) const {
    std::vector<value_type> values(size(), value_type(0));
    for (std::size_t k = first; k < first + number; ++k) values[k] = 1;
    return X({1, 1, 1, size()}, std::span<const value_type>(values));
  }

  std::size_t count_, phases_, log_amplitudes_, amplitudes_;
  std::shared_ptr<const sparse_rows> rows_, variance_rows_;
  std::shared_ptr<const X> angular_, exponential_;
};

}  // namespace equireg::measurement
