// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `covariance::low_rank_diagonal`: C = diag(D) + U U^T, as factor analysis has it.

#include <equireg/backend/cpu/decompose.hpp>
#include <equireg/backend/cpu/mixture.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/score/covariance/diagonal.hpp>

#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace equireg::score::covariance {

/// C = diag(D) + U U^T, U d x R. Has no eigenbasis at hand: each noise level takes O(K d R^2) to prepare.
template <class T>
class low_rank_diagonal {
 public:
  using value_type = T;

  /// `factors` is (R, C, H, W): sample r is column r of U; `variances` (1, C, H, W) is D. Throws unless D is positive,
  /// the factors are finite and the shapes agree.
  low_rank_diagonal(cpu::tensor<T> factors, cpu::tensor<T> variances)
      : factors_(std::move(factors)), variances_(std::move(variances)) {
    require_shape(variances_.shape(), factors_.shape().with_batch(1), where, "the tensor of variances");
    require_positive(variances_, where);
    for (const T u : factors_.values()) require(std::isfinite(u), where, "a factor holds ", static_cast<double>(u));
  }

  [[nodiscard]] const cpu::tensor<T>& factors() const { return factors_; }
  [[nodiscard]] const cpu::tensor<T>& variances() const { return variances_; }

  /// Throws where samples of this shape do not fit.
  void check(const shape& sample) const { require_shape(variances_.shape(), sample, where, "the tensor of variances"); }

  /// C as a d x d matrix, (1, 1, d, d).
  [[nodiscard]] cpu::tensor<double> dense(std::size_t d) const {
    cpu::tensor<double> c({1, 1, d, d}, 0.0), u({factors_.shape().batch, 1, 1, d});
    for (std::size_t i = 0; i < d; ++i) c.data()[i * d + i] = static_cast<double>(variances_.data()[i]);
    std::copy(factors_.values().begin(), factors_.values().end(), u.data());
    if (u.size() > 0) cpu::multiply<double>({c.data(), d, d, d}, transpose(rows_of(u)), rows_of(u), 1, 1);
    return c;
  }

  /// Normal numbers that one sample of d elements takes: one for each element, then one for each factor.
  [[nodiscard]] std::size_t noise_size(std::size_t d) const { return d + factors_.shape().batch; }

  /// Rows of N(0, C) from rows of standard normal numbers: (n, 1, 1, noise_size(d)) to (n, 1, 1, d).
  [[nodiscard]] cpu::tensor<T> color(const cpu::tensor<T>& z) const {
    const std::size_t n = z.shape().batch, d = variances_.size(), rank = factors_.shape().batch;
    cpu::tensor<T> out({n, 1, 1, d});
    for (std::size_t b = 0; b < n; ++b) {
      for (std::size_t i = 0; i < d; ++i) {
        out.data()[b * d + i] = std::sqrt(variances_.data()[i]) * z.data()[b * (d + rank) + i];
      }
    }
    if (rank > 0) cpu::multiply(rows_of(out), rows_of(z).columns_at(d, rank), rows_of(factors_), 1, 1);
    return out;
  }

  /// The covariances of all components, ready for any noise level.
  class family {
   public:
    family(const std::vector<low_rank_diagonal>& members, std::shared_ptr<const cpu::tensor<T>> means)
        : means_(std::move(means)),
          variances_(stack_rows<T>(members, means_->shape().sample_size(),
                                   [](const low_rank_diagonal& m) -> const cpu::tensor<T>& { return m.variances_; })),
          factors_(stack_rows<T>(members, means_->shape().sample_size(),
                                 [](const low_rank_diagonal& m) -> const cpu::tensor<T>& { return m.factors_; })) {
      first_.push_back(0);
      for (const auto& member : members) first_.push_back(first_.back() + member.factors_.shape().batch);
    }

    /// E = 1 / (a^2 D + b^2), F = a D E, I + a^2 U^T E U = L L^T, Q = E U L^-T, g = a^2, h = a b^2.
    [[nodiscard]] cpu::mixture_level<T, cpu::base_part::diagonal> at(const noise_level& level) const {
      const double a = level.signal, a2 = a * a, b2 = level.noise * level.noise;
      const std::size_t components = means_->shape().batch, d = means_->shape().sample_size(), rank = first_.back();
      cpu::mixture_level<T, cpu::base_part::diagonal> result;
      result.signal = a;
      result.first = first_;
      result.g.assign(rank, static_cast<T>(a2));
      result.h.assign(rank, static_cast<T>(a * b2));
      result.projected.resize(rank);
      cpu::tensor<T> e(means_->shape()), basis({rank, 1, 1, d});
      std::vector<double> weighted, factors, gram, precision(d);
      for (std::size_t k = 0; k < components; ++k) {
        const std::size_t first = first_[k], count = first_[k + 1] - first;
        double log_det = 0;
        for (std::size_t i = 0; i < d; ++i) {
          const double v = a2 * static_cast<double>(variances_.data()[k * d + i]) + b2;
          precision[i] = 1 / v;
          e.data()[k * d + i] = static_cast<T>(1 / v);
          log_det += std::log(v);
        }
        factors.assign(factors_.data() + first * d, factors_.data() + (first + count) * d);
        weighted.resize(count * d);
        for (std::size_t i = 0; i < count * d; ++i) weighted[i] = factors[i] * precision[i % d];
        gram.assign(count * count, 0.0);
        for (std::size_t r = 0; r < count; ++r) gram[r * count + r] = 1;
        const cpu::matrix_view<double> w{weighted.data(), count, d, d}, l{gram.data(), count, count, count};
        if (count > 0) {
          cpu::multiply<double>(l, w, transpose(cpu::matrix_view<const double>{factors.data(), count, d, d}), a2, 1);
          cpu::cholesky<double>(l, where, "I + a^2 U^T E U");
          cpu::solve_triangular<double>(l, w);
        }
        for (std::size_t r = 0; r < count; ++r) {
          log_det += 2 * std::log(gram[r * count + r]);
          double projected = 0;
          for (std::size_t i = 0; i < d; ++i) {
            basis.data()[(first + r) * d + i] = static_cast<T>(weighted[r * d + i]);
            projected += weighted[r * d + i] * static_cast<double>(means_->data()[k * d + i]);
          }
          result.projected[first + r] = static_cast<T>(projected);
        }
        result.log_weight.push_back(-0.5 * log_det);
      }
      result.basis = std::make_shared<const cpu::tensor<T>>(std::move(basis));
      set_diagonal_base(result, std::move(e), variances_, level, means_);
      return result;
    }

   private:
    std::shared_ptr<const cpu::tensor<T>> means_;
    cpu::tensor<T> variances_, factors_;  // (K, 1, 1, d), (M, 1, 1, d)
    std::vector<std::size_t> first_;      // K + 1
  };

 private:
  static constexpr std::string_view where = "equireg::score::covariance::low_rank_diagonal";
  cpu::tensor<T> factors_, variances_;
};

}  // namespace equireg::score::covariance
