// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `covariance::low_rank`: C = c I + U U^T, as probabilistic PCA has it.

#include <equireg/backend/cpu/decompose.hpp>
#include <equireg/backend/cpu/mixture.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/noise_level.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace equireg::score::covariance {

/// C = c I + Q diag(l) Q^T with orthonormal Q, d x R.
template <class T>
class low_rank {
 public:
  using value_type = T;

  /// `factors` is (R, C, H, W): sample r is column r of U in C = c I + U U^T. Columns need not be independent, and R
  /// may be 0. Throws unless `variance` (c) is positive and all numbers are finite.
  low_rank(const cpu::tensor<T>& factors, double variance) : variance_(variance) {
    require(variance > 0 && std::isfinite(variance), "equireg::score::covariance::low_rank",
            "the variance beside the factors should be positive, got ", variance);
    const std::size_t count = factors.shape().batch, d = factors.shape().sample_size();
    for (const T u : factors.values()) {
      require(std::isfinite(u), "equireg::score::covariance::low_rank", "a factor holds ", static_cast<double>(u));
    }
    // U^T U = V diag(l) V^T makes Q = U V diag(l)^(-1/2). Straight from the BLAS: there is no batch here on which a
    // result could depend, and `multiply` in double is more for a program to compile.
    const std::vector<double> u(factors.values().begin(), factors.values().end());
    std::vector<double> gram(count * count);
    const cpu::matrix_view<const double> rows{u.data(), count, d, d};
    if (count > 0) cpu::blas::product<double>({gram.data(), count, count, count}, rows, transpose(rows), 1, 0);
    const auto l = cpu::eigh<double>({gram.data(), count, count, count});
    const double least = count > 0 ? 1e-14 * std::max(l.back(), 0.0) : 0;
    std::vector<std::size_t> kept;
    for (std::size_t r = count; r-- > 0;) {
      if (l[r] > least) kept.push_back(r);
    }
    basis_ = cpu::tensor<T>({kept.size(), 1, 1, d});
    std::vector<double> direction(d);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      excess_.push_back(l[kept[i]]);
      cpu::blas::product<double>({direction.data(), 1, d, d}, {gram.data() + kept[i] * count, 1, count, count}, rows,
                                 1 / std::sqrt(l[kept[i]]), 0);
      std::copy(direction.begin(), direction.end(), basis_.sample(i).data());
    }
    sample_ = factors.shape().with_batch(1);
  }

  /// c.
  [[nodiscard]] double variance() const { return variance_; }
  /// Rows are the columns of Q: (R, 1, 1, d).
  [[nodiscard]] const cpu::tensor<T>& basis() const { return basis_; }
  /// l, descending.
  [[nodiscard]] const std::vector<double>& excess() const { return excess_; }

  /// Throws where samples of this shape do not fit.
  void check(const shape& sample) const {
    require_shape(sample_, sample, "equireg::score::covariance::low_rank", "a factor");
  }

  /// C as a d x d matrix, (1, 1, d, d).
  [[nodiscard]] cpu::tensor<double> dense(std::size_t d) const {
    cpu::tensor<double> c({1, 1, d, d}, 0.0), scaled({excess_.size(), 1, 1, d}), q({excess_.size(), 1, 1, d});
    for (std::size_t i = 0; i < d; ++i) c.data()[i * d + i] = variance_;
    for (std::size_t i = 0; i < q.size(); ++i) {
      q.data()[i] = static_cast<double>(basis_.data()[i]);
      scaled.data()[i] = excess_[i / d] * q.data()[i];
    }
    if (!excess_.empty()) {
      cpu::multiply<double>({c.data(), d, d, d}, transpose(cpu::rows_of(scaled)), cpu::rows_of(q), 1, 1);
    }
    return c;
  }

  /// Normal numbers that one sample of d elements takes.
  [[nodiscard]] static std::size_t noise_size(std::size_t d) { return d; }

  /// Rows of N(0, C) from rows of standard normal numbers: (n, 1, 1, noise_size(d)) to (n, 1, 1, d). The symmetric
  /// root: sqrt(c) z + Q (sqrt(c + l) - sqrt(c)) Q^T z.
  [[nodiscard]] cpu::tensor<T> color(cpu::tensor<T> z) const {
    const std::size_t n = z.shape().batch, rank = excess_.size();
    const double root = std::sqrt(variance_);
    cpu::tensor<T> inner({n, 1, 1, rank});
    if (rank > 0) cpu::multiply(rows_of(inner), rows_of(z), transpose(rows_of(basis_)));
    for (std::size_t i = 0; i < inner.size(); ++i) {
      inner.data()[i] *= static_cast<T>(std::sqrt(variance_ + excess_[i % rank]) - root);
    }
    transform(z, [s = static_cast<T>(root)](T v) { return s * v; }, z);
    if (rank > 0) cpu::multiply(rows_of(z), rows_of(inner), rows_of(basis_), 1, 1);
    return z;
  }

  /// The covariances of all components, ready for any noise level.
  class family {
   public:
    family(const std::vector<low_rank>& members, std::shared_ptr<const cpu::tensor<T>> means)
        : means_(std::move(means)) {
      const std::size_t d = means_->shape().sample_size();
      first_.push_back(0);
      for (const auto& member : members) {
        variances_.push_back(member.variance_);
        excess_.insert(excess_.end(), member.excess_.begin(), member.excess_.end());
        first_.push_back(excess_.size());
      }
      cpu::tensor<T> rows({excess_.size() + members.size(), 1, 1, d});
      T* to = rows.data();
      for (std::size_t k = 0; k < members.size(); ++k) {
        const auto& q = members[k].basis_;
        to = std::copy_n(q.data(), q.size(), to);
        std::vector<T> projected(q.shape().batch);
        if (!projected.empty()) {
          cpu::multiply<T>({projected.data(), 1, projected.size(), projected.size()},
                           {means_->data() + k * d, 1, d, d}, transpose(rows_of(q)));
        }
        projected_.insert(projected_.end(), projected.begin(), projected.end());
      }
      std::copy_n(means_->data(), means_->size(), to);
      basis_ = std::make_shared<const cpu::tensor<T>>(std::move(rows));
    }

    /// E and F as for c I; g = E - 1 / (a^2 (c + l) + b^2), h = a (c + l) / (a^2 (c + l) + b^2) - F, both free of
    /// cancellation in the form used here.
    [[nodiscard]] cpu::mixture_level<T, cpu::base_part::scalar> at(const noise_level& level) const {
      const double a = level.signal, b = level.noise, d = static_cast<double>(means_->shape().sample_size());
      cpu::mixture_level<T, cpu::base_part::scalar> result;
      result.signal = a;
      result.first = first_;
      result.basis = basis_;
      result.means = means_;
      result.projected = projected_;
      for (std::size_t k = 0; k < variances_.size(); ++k) {
        const double c = variances_[k], v = a * a * c + b * b;
        double log_det = d * std::log(v);
        for (std::size_t j = first_[k]; j < first_[k + 1]; ++j) {
          const double l = excess_[j], w = v + a * a * l;
          result.g.push_back(static_cast<T>(a * a * l / (v * w)));
          result.h.push_back(static_cast<T>(a * b * b * l / (v * w)));
          log_det += std::log1p(a * a * l / v);
        }
        result.e.push_back(static_cast<T>(1 / v));
        result.f.push_back(static_cast<T>(a * c / v));
        result.mean_scale.push_back(static_cast<T>(b * b / v));
        result.log_weight.push_back(-0.5 * log_det);
      }
      return result;
    }

   private:
    std::shared_ptr<const cpu::tensor<T>> means_, basis_;  // (K, 1, 1, d), (M + K, 1, 1, d)
    std::vector<double> variances_, excess_;               // K, M
    std::vector<std::size_t> first_;                       // K + 1
    std::vector<T> projected_;                             // M
  };

 private:
  cpu::tensor<T> basis_;
  std::vector<double> excess_;
  double variance_;
  shape sample_;
};

}  // namespace equireg::score::covariance
