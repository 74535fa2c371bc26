// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `covariance::full`: any covariance, in its eigenbasis.

#include <equireg/backend/cpu/decompose.hpp>
#include <equireg/backend/cpu/mixture.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/noise_level.hpp>

#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace equireg::score::covariance {

/// C = Q diag(lambda) Q^T with an orthogonal Q: the inverse of a^2 C + b^2 I is at hand for every noise level.
template <class T>
class full {
 public:
  using value_type = T;

  /// `matrix` is C, (1, 1, d, d). Decomposes it in double: O(d^3), about 0.2 s for d = 784. Throws unless it is square,
  /// symmetric to 1e-5 of its largest diagonal element (float; 1e-10 in double) and positive definite.
  explicit full(const cpu::tensor<T>& matrix) {
    const shape s = matrix.shape();
    require(s.batch == 1 && s.channels == 1 && s.height == s.width, where, "a covariance has shape (1, 1, d, d), got ",
            s);
    const std::size_t d = s.height;
    double largest = 0;
    for (std::size_t i = 0; i < d; ++i) largest = std::max(largest, static_cast<double>(matrix(0, 0, i, i)));
    std::vector<double> a(d * d);
    for (std::size_t i = 0; i < d; ++i) {
      for (std::size_t j = 0; j < d; ++j) {
        const double u = static_cast<double>(matrix(0, 0, i, j)), v = static_cast<double>(matrix(0, 0, j, i));
        require(std::abs(u - v) <= (sizeof(T) == 4 ? 1e-5 : 1e-10) * largest, where, "the matrix is not symmetric: ", u,
                " at (", i, ", ", j, "), ", v, " at (", j, ", ", i, ")");
        a[i * d + j] = 0.5 * (u + v);
      }
    }
    variances_ = cpu::eigh<double>({a.data(), d, d, d});
    basis_ = cpu::tensor<T>({d, 1, 1, d});
    std::copy(a.begin(), a.end(), basis_.data());
    check_variances();
  }

  /// From eigenvectors, the rows of (d, 1, 1, d), which must be orthonormal, and their variances.
  full(cpu::tensor<T> eigenvectors, std::vector<double> variances)
      : basis_(std::move(eigenvectors)), variances_(std::move(variances)) {
    require(basis_.shape().batch == basis_.shape().sample_size() && variances_.size() == basis_.shape().batch, where,
            variances_.size(), " variances and eigenvectors of shape ", basis_.shape(), " make no basis");
    check_variances();
  }

  /// Rows are eigenvectors: (d, 1, 1, d).
  [[nodiscard]] const cpu::tensor<T>& basis() const { return basis_; }
  [[nodiscard]] const std::vector<double>& variances() const { return variances_; }

  /// Throws where samples of this shape do not fit.
  void check(const shape& sample) const {
    require(variances_.size() == sample.sample_size(), where, "a covariance of ", variances_.size(),
            " elements does not fit samples of shape ", sample);
  }

  /// C as a d x d matrix, (1, 1, d, d).
  [[nodiscard]] cpu::tensor<double> dense(std::size_t d) const {
    cpu::tensor<double> c({1, 1, d, d}), scaled({d, 1, 1, d}), q({d, 1, 1, d});
    for (std::size_t i = 0; i < q.size(); ++i) {
      q.data()[i] = static_cast<double>(basis_.data()[i]);
      scaled.data()[i] = variances_[i / d] * q.data()[i];
    }
    cpu::multiply<double>({c.data(), d, d, d}, transpose(cpu::rows_of(scaled)), cpu::rows_of(q));
    return c;
  }

  /// Normal numbers that one sample of d elements takes.
  [[nodiscard]] static std::size_t noise_size(std::size_t d) { return d; }

  /// Rows of N(0, C) from rows of standard normal numbers: (n, 1, 1, noise_size(d)) to (n, 1, 1, d).
  [[nodiscard]] cpu::tensor<T> color(cpu::tensor<T> z) const {
    const std::size_t d = variances_.size();
    for (std::size_t i = 0; i < z.size(); ++i) z.data()[i] *= static_cast<T>(std::sqrt(variances_[i % d]));
    cpu::tensor<T> out(z.shape());
    cpu::multiply(rows_of(out), rows_of(z), rows_of(basis_));
    return out;
  }

  /// The covariances of all components, ready for any noise level.
  class family {
   public:
    family(const std::vector<full>& members, std::shared_ptr<const cpu::tensor<T>> means) {
      const std::size_t d = means->shape().sample_size();
      cpu::tensor<T> rows({members.size() * d, 1, 1, d});
      projected_.resize(members.size() * d);
      first_.push_back(0);
      for (std::size_t k = 0; k < members.size(); ++k) {
        const auto& member = members[k];
        std::copy_n(member.basis_.data(), d * d, rows.data() + k * d * d);
        variances_.insert(variances_.end(), member.variances_.begin(), member.variances_.end());
        first_.push_back(variances_.size());
        cpu::multiply<T>({projected_.data() + k * d, 1, d, d}, {means->data() + k * d, 1, d, d},
                         transpose(rows_of(member.basis_)));
      }
      basis_ = std::make_shared<const cpu::tensor<T>>(std::move(rows));
    }

    /// E = F = 0, g = -1 / (a^2 lambda + b^2), h = a lambda / (a^2 lambda + b^2).
    [[nodiscard]] cpu::mixture_level<T, cpu::base_part::none> at(const noise_level& level) const {
      const double a = level.signal, b = level.noise;
      cpu::mixture_level<T, cpu::base_part::none> result;
      result.signal = a;
      result.first = first_;
      result.basis = basis_;
      result.projected = projected_;
      result.g.resize(variances_.size());
      result.h.resize(variances_.size());
      for (std::size_t k = 0; k + 1 < first_.size(); ++k) {
        double log_det = 0;
        for (std::size_t j = first_[k]; j < first_[k + 1]; ++j) {
          const double v = a * a * variances_[j] + b * b;
          result.g[j] = static_cast<T>(-1 / v);
          result.h[j] = static_cast<T>(a * variances_[j] / v);
          log_det += std::log(v);
        }
        result.log_weight.push_back(-0.5 * log_det);
      }
      return result;
    }

   private:
    std::shared_ptr<const cpu::tensor<T>> basis_;  // (K d, 1, 1, d)
    std::vector<double> variances_;                // K d
    std::vector<std::size_t> first_;               // K + 1
    std::vector<T> projected_;                     // K d
  };

 private:
  static constexpr std::string_view where = "equireg::score::covariance::full";

  void check_variances() const {
    for (const double v : variances_) {
      require(v > 0 && std::isfinite(v), where, "the matrix is not positive definite: an eigenvalue is ", v);
    }
  }

  cpu::tensor<T> basis_;
  std::vector<double> variances_;
};

}  // namespace equireg::score::covariance
