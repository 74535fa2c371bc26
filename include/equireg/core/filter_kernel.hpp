// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `filter_kernel`: the weights of a two-dimensional convolution, and where their centre is.

#include <equireg/core/dense_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/memo.hpp>
#include <equireg/core/shape.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <typeindex>
#include <typeinfo>
#include <utility>
#include <vector>

namespace equireg {

/// w, with (w * x)[i, j] = sum_{a,b} w[a, b] x[i - (a - centre_row), j - (b - centre_column)]: a convolution, as
/// mathematics has it. Codes of the DPS family correlate instead: give their kernels as `flipped()`.
///
/// Copies share the weights, which never change, and what backends make ready of them (a spectrum, say), which lives
/// as long as the kernel does.
class filter_kernel {
 public:
  /// 1: x stays as it is.
  filter_kernel() : filter_kernel(one()) {}

  /// The centre is at row rows / 2, column columns / 2, rounded down.
  explicit filter_kernel(dense_matrix weights)
      : filter_kernel(weights, static_cast<std::ptrdiff_t>(weights.rows / 2),
                      static_cast<std::ptrdiff_t>(weights.columns / 2)) {}

  /// The centre may lie outside: the kernel then shifts. Throws where there are no weights or one is not finite.
  filter_kernel(dense_matrix weights, std::ptrdiff_t centre_row, std::ptrdiff_t centre_column)
      : state_(std::make_shared<const state>(std::move(weights), centre_row, centre_column)) {}

  [[nodiscard]] const dense_matrix& weights() const { return state_->weights; }
  [[nodiscard]] extent size() const { return {weights().rows, weights().columns}; }
  [[nodiscard]] std::ptrdiff_t centre_row() const { return state_->centre_row; }
  [[nodiscard]] std::ptrdiff_t centre_column() const { return state_->centre_column; }

  /// The sum of all weights: the factor on a constant image.
  [[nodiscard]] double sum() const {
    double total = 0;
    for (const double w : weights().values) total += w;
    return total;
  }

  /// Weights that are not zero.
  [[nodiscard]] std::size_t nonzeros() const {
    const auto& v = weights().values;
    return v.size() - static_cast<std::size_t>(std::count(v.begin(), v.end(), 0.0));
  }

  /// w[a, b] = first[a] second[b], where that holds to rounding.
  struct factors {
    std::vector<double> first, second;
  };
  [[nodiscard]] const std::optional<factors>& separated() const { return state_->separated; }

  /// Turned by 180 degrees about its centre: w[-a, -b].
  [[nodiscard]] filter_kernel flipped() const {
    dense_matrix turned = weights();
    std::reverse(turned.values.begin(), turned.values.end());
    return {turned, static_cast<std::ptrdiff_t>(turned.rows) - 1 - centre_row(),
            static_cast<std::ptrdiff_t>(turned.columns) - 1 - centre_column()};
  }

  /// The same weights over their sum. Throws where that is 0.
  [[nodiscard]] filter_kernel normalized() const {
    const double total = sum();
    require(total != 0, name, "cannot normalise a kernel whose weights sum to 0");
    dense_matrix scaled = weights();
    for (double& w : scaled.values) w /= total;
    return {scaled, centre_row(), centre_column()};
  }

  /// Without the rows and columns of zeros on its four sides; the centre stays where it is. One weight remains at
  /// least.
  [[nodiscard]] filter_kernel cropped() const {
    const dense_matrix& w = weights();
    std::size_t top = w.rows, bottom = 0, left = w.columns, right = 0;
    for (std::size_t a = 0; a < w.rows; ++a) {
      for (std::size_t b = 0; b < w.columns; ++b) {
        if (w(a, b) == 0) continue;
        top = std::min(top, a);
        bottom = std::max(bottom, a + 1);
        left = std::min(left, b);
        right = std::max(right, b + 1);
      }
    }
    if (bottom == 0) return filter_kernel(dense_matrix(1, 1));
    dense_matrix inner(bottom - top, right - left);
    for (std::size_t a = 0; a < inner.rows; ++a) {
      for (std::size_t b = 0; b < inner.columns; ++b) inner(a, b) = w(top + a, left + b);
    }
    return {inner, centre_row() - static_cast<std::ptrdiff_t>(top),
            centre_column() - static_cast<std::ptrdiff_t>(left)};
  }

  /// What was made ready of this kernel under `key`, by make() where it is not there yet. The eight most recently used
  /// things are kept. Thread safe; `make` may not ask the same kernel.
  using preparation_key = std::array<std::size_t, 8>;
  template <class Value, class Make>
  std::shared_ptr<const Value> prepared(const preparation_key& key, const Make& make) const {
    const auto ready = state_->ready.get({typeid(Value), key}, [&] {
      return std::shared_ptr<const void>(std::make_shared<const Value>(make()));
    });
    return std::static_pointer_cast<const Value>(*ready);
  }

  static constexpr const char* name = "equireg::filter_kernel";

 private:
  static dense_matrix one() {
    dense_matrix w(1, 1);
    w(0, 0) = 1;
    return w;
  }

  struct state {
    state(dense_matrix w, std::ptrdiff_t row, std::ptrdiff_t column)
        : weights(std::move(w)), centre_row(row), centre_column(column) {
      require(weights.rows > 0 && weights.columns > 0, name, "expected at least one weight, but the kernel has ",
              extent{weights.rows, weights.columns});
      for (const double v : weights.values) require(std::isfinite(v), name, "expected finite weights, but one is ", v);
      separated = separate(weights);
    }

    // The row and the column through the largest weight give all others, if the rank is one.
    static std::optional<factors> separate(const dense_matrix& w) {
      const auto larger = [](double u, double v) { return std::abs(u) < std::abs(v); };
      const auto at =
          static_cast<std::size_t>(std::max_element(w.values.begin(), w.values.end(), larger) - w.values.begin());
      const std::size_t row = at / w.columns, column = at % w.columns;
      const double pivot = w(row, column), rounding = 8 * std::numeric_limits<double>::epsilon() * std::abs(pivot);
      factors f{std::vector<double>(w.rows), std::vector<double>(w.columns)};
      for (std::size_t a = 0; a < w.rows; ++a) f.first[a] = pivot == 0 ? 0 : w(a, column) / pivot;
      for (std::size_t b = 0; b < w.columns; ++b) f.second[b] = w(row, b);
      for (std::size_t a = 0; a < w.rows; ++a) {
        for (std::size_t b = 0; b < w.columns; ++b) {
          if (std::abs(f.first[a] * f.second[b] - w(a, b)) > rounding) return std::nullopt;
        }
      }
      return f;
    }

    dense_matrix weights;
    std::ptrdiff_t centre_row, centre_column;
    std::optional<factors> separated;
    mutable memo<std::pair<std::type_index, preparation_key>, std::shared_ptr<const void>> ready{8};
  };

  std::shared_ptr<const state> state_;
};

}  // namespace equireg
