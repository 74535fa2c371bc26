// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::singular_modes`: the singular value decomposition of an operator, as an orthonormal transform.

#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// Singular values with zeros in place of those that are at most `cut` times the largest.
inline std::vector<double> cut_off(std::vector<double> s, double cut) {
  const double least = s.empty() ? 0 : cut * *std::max_element(s.begin(), s.end());
  std::replace_if(s.begin(), s.end(), [least](double v) { return v <= least; }, 0.0);
  return s;
}

/// A number for each mode of a sample, (1, modes), in double. It becomes a tensor of the type that is asked for.
class mode_values {
 public:
  /// `values` are those of all modes or, where channels share them, of one channel. Throws for other numbers of values.
  mode_values(const shape& modes, std::vector<double> values) : shape_(modes.with_batch(1)) {
    const std::size_t plane = shape_.height * shape_.width;
    require(values.size() == shape_.size() || values.size() == plane, "equireg::measurement::mode_values",
            "expected a number for each of the modes ", shape_, ", or of one channel, but ", values.size(), " came");
    const std::size_t given = values.size();
    values.reserve(shape_.size());
    while (values.size() < shape_.size()) values.push_back(values[values.size() - given]);
    values_ = std::make_shared<const std::vector<double>>(std::move(values));
  }

  [[nodiscard]] const equireg::shape& shape() const { return shape_; }

  template <tensor X>
  operator X() const {
    const std::vector<typename X::value_type> rounded(values_->begin(), values_->end());
    return X(shape_, std::span<const typename X::value_type>(rounded));
  }

 private:
  equireg::shape shape_;
  std::shared_ptr<const std::vector<double>> values_;
};

/// The `has_spectral_form` of an operator A, A^T A = V diag(s^2) V^T. `To` makes V^T x, `From` makes V z, and
///
///     measured(y) = diag(1 / s) U^T y = diag(1 / s^2) V^T A^T y,
///
/// so that U need not be known. Rounding errors in y thus grow by 1 / s^2: an operator gives 0 for singular values that
/// are not to be trusted. Holds a copy of A.
template <class A, class To, class From>
class singular_modes {
 public:
  /// s: (1, modes), or those of one channel for all.
  singular_modes(A a, const shape& modes, std::vector<double> s, To to, From from)
      : a_(std::move(a)), to_(std::move(to)), from_(std::move(from)), values_(modes, std::move(s)) {}

  /// V^T x: (B, C, H, W) becomes (B, modes).
  template <class X>
  X to_modes(const X& x) const {
    return to_(x);
  }
  /// V z.
  template <class X>
  X from_modes(const X& z) const {
    return from_(z);
  }
  [[nodiscard]] const mode_values& singular_values() const { return values_; }

  /// What y says of each mode, 0 where it says nothing. For y = A x + noise it is (V^T x)_i + noise / s_i.
  template <class Y>
  auto measured(const Y& y) const {
    auto z = to_(a_.adjoint(y));
    using X = decltype(z);
    const X s = values_;
    const auto [v, size] = entries<2>;
    transform(z, select(size > 0, v / (size * size), 0), z, broadcast{s});
    return z;
  }

 private:
  A a_;
  To to_;
  From from_;
  mode_values values_;
};

/// The decomposition by a transform that is its own inverse.
template <class A, class Transform>
auto reflected_modes(A a, const shape& modes, std::vector<double> s, Transform t) {
  return singular_modes{std::move(a), modes, std::move(s), t, t};
}

/// The decomposition of an operator that measures the entries of x themselves: V = I.
template <class A>
auto entries_as_modes(A a, const shape& sample, std::vector<double> s) {
  return reflected_modes(std::move(a), sample, std::move(s), [](const auto& x) { return x; });
}

}  // namespace equireg::measurement
