// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `covariance::diagonal`: a variance for each element.

#include <equireg/backend/cpu/mixture.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/noise_level.hpp>

#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace equireg::score::covariance {

/// Throws unless every element is positive and finite.
template <class T>
void require_positive(const cpu::tensor<T>& variances, std::string_view where) {
  for (const T v : variances.values()) {
    require(v > 0 && std::isfinite(v), where, "variances should be positive, got ", static_cast<double>(v));
  }
}

/// One level of a family with diagonal base: e (K, 1, 1, d) is (a^2 D + b^2)^-1. Fills in what follows from it.
template <class T>
void set_diagonal_base(cpu::mixture_level<T, cpu::base_part::diagonal>& level, cpu::tensor<T> e,
                       const cpu::tensor<T>& variances, const noise_level& at,
                       std::shared_ptr<const cpu::tensor<T>> means) {
  const T a = static_cast<T>(at.signal), b2 = static_cast<T>(at.noise * at.noise);
  level.f_diagonal = cpu::tensor<T>(e.shape());
  level.scaled_mean = cpu::tensor<T>(e.shape());
  level.precise_mean = cpu::tensor<T>(e.shape());
  transform(level.f_diagonal, [a](T u, T v) { return a * u * v; }, e, variances);
  transform(level.scaled_mean, [b2](T u, T m) { return b2 * u * m; }, e, *means);
  transform(level.precise_mean, [](T u, T m) { return u * m; }, e, *means);
  level.e_diagonal = std::move(e);
  level.means = std::move(means);
}

/// Members' rows below each other: (K, 1, 1, d).
template <class T, class Member, class Rows>
cpu::tensor<T> stack_rows(const std::vector<Member>& members, std::size_t d, const Rows& rows) {
  std::size_t count = 0;
  for (const auto& member : members) count += rows(member).size() / d;
  cpu::tensor<T> all({count, 1, 1, d});
  T* to = all.data();
  for (const auto& member : members) {
    for (const auto v : rows(member).values()) *to++ = static_cast<T>(v);
  }
  return all;
}

/// C = diag(D).
template <class T>
class diagonal {
 public:
  using value_type = T;

  /// `variances` is (1, C, H, W). Throws unless all are positive and finite.
  explicit diagonal(cpu::tensor<T> variances) : variances_(std::move(variances)) {
    require(variances_.shape().batch == 1, "equireg::score::covariance::diagonal",
            "the variances of one sample are expected, got shape ", variances_.shape());
    require_positive(variances_, "equireg::score::covariance::diagonal");
  }

  [[nodiscard]] const cpu::tensor<T>& variances() const { return variances_; }

  /// Throws where samples of this shape do not fit.
  void check(const shape& sample) const {
    require_shape(variances_.shape(), sample, "equireg::score::covariance::diagonal", "the tensor of variances");
  }

  /// C as a d x d matrix, (1, 1, d, d).
  [[nodiscard]] cpu::tensor<double> dense(std::size_t d) const {
    cpu::tensor<double> c({1, 1, d, d}, 0.0);
    for (std::size_t i = 0; i < d; ++i) c.data()[i * d + i] = static_cast<double>(variances_.data()[i]);
    return c;
  }

  /// Normal numbers that one sample of d elements takes.
  [[nodiscard]] static std::size_t noise_size(std::size_t d) { return d; }

  /// Rows of N(0, C) from rows of standard normal numbers: (n, 1, 1, noise_size(d)) to (n, 1, 1, d).
  [[nodiscard]] cpu::tensor<T> color(cpu::tensor<T> z) const {
    const auto row = variances_.reshaped(z.shape().with_batch(1));
    transform(z, [](T v, T d) { return std::sqrt(d) * v; }, z, broadcast{row});
    return z;
  }

  /// The covariances of all components, ready for any noise level.
  class family {
   public:
    family(const std::vector<diagonal>& members, std::shared_ptr<const cpu::tensor<T>> means)
        : means_(std::move(means)),
          variances_(stack_rows<T>(members, means_->shape().sample_size(),
                                   [](const diagonal& m) -> const cpu::tensor<T>& { return m.variances_; })) {}

    /// E = 1 / (a^2 D + b^2), F = a D E.
    [[nodiscard]] cpu::mixture_level<T, cpu::base_part::diagonal> at(const noise_level& level) const {
      const double a2 = level.signal * level.signal, b2 = level.noise * level.noise;
      const std::size_t components = means_->shape().batch, d = means_->shape().sample_size();
      cpu::mixture_level<T, cpu::base_part::diagonal> result;
      result.signal = level.signal;
      result.first.assign(components + 1, 0);
      cpu::tensor<T> e(means_->shape());
      for (std::size_t k = 0; k < components; ++k) {
        double log_det = 0;
        for (std::size_t i = 0; i < d; ++i) {
          const double v = a2 * static_cast<double>(variances_.data()[k * d + i]) + b2;
          e.data()[k * d + i] = static_cast<T>(1 / v);
          log_det += std::log(v);
        }
        result.log_weight.push_back(-0.5 * log_det);
      }
      set_diagonal_base(result, std::move(e), variances_, level, means_);
      return result;
    }

   private:
    std::shared_ptr<const cpu::tensor<T>> means_;
    cpu::tensor<T> variances_;  // (K, 1, 1, d)
  };

 private:
  cpu::tensor<T> variances_;
};

}  // namespace equireg::score::covariance
