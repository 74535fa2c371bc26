// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `covariance::isotropic`: C = c I.

#include <equireg/backend/cpu/mixture.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/noise_level.hpp>

#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace equireg::score::covariance {

/// C = c I: mixtures of it cost a distance and a weighted sum for each mean, and scale to image size.
template <class T>
class isotropic {
 public:
  using value_type = T;

  /// Throws unless `variance` is positive and finite.
  explicit isotropic(double variance) : variance_(variance) {
    require(variance > 0 && std::isfinite(variance), "equireg::score::covariance::isotropic",
            "the variance should be positive, got ", variance);
  }

  [[nodiscard]] double variance() const { return variance_; }

  /// Throws where samples of this shape do not fit. All do.
  void check(const shape&) const {}

  /// C as a d x d matrix, (1, 1, d, d).
  [[nodiscard]] cpu::tensor<double> dense(std::size_t d) const {
    cpu::tensor<double> c({1, 1, d, d}, 0.0);
    for (std::size_t i = 0; i < d; ++i) c.data()[i * d + i] = variance_;
    return c;
  }

  /// Normal numbers that one sample of d elements takes.
  [[nodiscard]] static std::size_t noise_size(std::size_t d) { return d; }

  /// Rows of N(0, C) from rows of standard normal numbers: (n, 1, 1, noise_size(d)) to (n, 1, 1, d).
  [[nodiscard]] cpu::tensor<T> color(cpu::tensor<T> z) const {
    transform(z, [s = static_cast<T>(std::sqrt(variance_))](T v) { return s * v; }, z);
    return z;
  }

  /// The covariances of all components, ready for any noise level.
  class family {
   public:
    /// means is (K, 1, 1, d).
    family(const std::vector<isotropic>& members, std::shared_ptr<const cpu::tensor<T>> means)
        : means_(std::move(means)) {
      for (const auto& member : members) variances_.push_back(member.variance_);
    }

    /// E = 1 / (a^2 c + b^2), F = a c E.
    [[nodiscard]] cpu::mixture_level<T, cpu::base_part::scalar> at(const noise_level& level) const {
      const double a = level.signal, b = level.noise, d = static_cast<double>(means_->shape().sample_size());
      cpu::mixture_level<T, cpu::base_part::scalar> result;
      result.signal = a;
      result.first.assign(variances_.size() + 1, 0);
      result.basis = means_;
      result.means = means_;
      for (const double c : variances_) {
        const double v = a * a * c + b * b;
        result.e.push_back(static_cast<T>(1 / v));
        result.f.push_back(static_cast<T>(a * c / v));
        result.mean_scale.push_back(static_cast<T>(b * b / v));
        result.log_weight.push_back(-0.5 * d * std::log(v));
      }
      return result;
    }

   private:
    std::shared_ptr<const cpu::tensor<T>> means_;
    std::vector<double> variances_;
  };

 private:
  double variance_;
};

}  // namespace equireg::score::covariance
