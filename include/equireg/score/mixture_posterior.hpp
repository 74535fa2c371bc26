// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `score::mixture_posterior`: what a mixture prior and a linear measurement say about x0, exactly.

#include <equireg/backend/cpu/decompose.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/random.hpp>
#include <equireg/score/covariance/full.hpp>
#include <equireg/score/gaussian_mixture.hpp>
#include <equireg/score/mixture_conditioning.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace equireg::score {

/// p(x0 | y) for y = A x0 + sigma_y eps and a mixture prior: a mixture again, for each of B measurements,
///   w'_k proportional to w_k N(y; A m_k, K_k),  m'_k = m_k + G_k (y - A m_k),  C'_k = C_k - G_k A C_k,
///   K_k = A C_k A^T + sigma_y^2 I,  G_k = C_k A^T K_k^-1,
/// computed in double. What does not depend on y is in `mixture_conditioning`, which posteriors can share.
template <class Prior>
class mixture_posterior {
 public:
  using value_type = typename Prior::value_type;
  using tensor_type = typename Prior::tensor_type;

  /// y is (B, C', H', W'). Setup costs O(K (d^2 m + m^3)) for d pixels and m numbers in a measurement. Throws where the
  /// shapes do not fit or sigma_y is not positive.
  template <linear_map<tensor_type> Operator>
  mixture_posterior(const Prior& prior, const Operator& measurement, const tensor_type& y, double sigma_y)
      : mixture_posterior(std::make_shared<const mixture_conditioning<Prior>>(prior, measurement, sigma_y), y) {}

  /// The same with a setup made before: O(B K d m).
  mixture_posterior(std::shared_ptr<const mixture_conditioning<Prior>> conditioning, const tensor_type& y)
      : conditioning_(std::move(conditioning)), y_(conditioning_->observed(y)), batch_(y.shape().batch) {
    const std::size_t components = size(), d = dimension(), m = y_.shape().sample_size();
    log_weights_.resize(batch_ * components);
    weights_.resize(batch_ * components);
    means_ = cpu::tensor<double>({batch_ * components, 1, 1, d});
    cpu::tensor<double> residual({batch_, 1, 1, m}), whitened({1, 1, m, batch_}), update({batch_, 1, 1, d});
    for (std::size_t k = 0; k < components; ++k) {
      const auto& part = conditioning_->component(k);
      transform(residual, [](double u, double v) { return u - v; }, y_, broadcast{part.predicted});
      for (std::size_t b = 0; b < batch_; ++b) {
        for (std::size_t i = 0; i < m; ++i) whitened.data()[i * batch_ + b] = residual.data()[b * m + i];
      }
      cpu::solve_triangular<double>({part.factor.data(), m, m, m}, {whitened.data(), m, batch_, batch_});
      if (m > 0) cpu::multiply<double>(rows_of(update), rows_of(residual), {part.gain.data(), m, d, d});
      for (std::size_t b = 0; b < batch_; ++b) {
        double q = 0;
        for (std::size_t i = 0; i < m; ++i) q += whitened.data()[i * batch_ + b] * whitened.data()[i * batch_ + b];
        log_weights_[b * components + k] = std::log(prior().weights()[k]) - part.half_log_det - 0.5 * q;
        double* const mean = means_.data() + (b * components + k) * d;
        for (std::size_t i = 0; i < d; ++i) {
          mean[i] = static_cast<double>(prior().means().data()[k * d + i]) + (m > 0 ? update.data()[b * d + i] : 0.0);
        }
      }
    }
    for (std::size_t b = 0; b < batch_; ++b) {
      double* const logs = log_weights_.data() + b * components;
      const double largest = *std::max_element(logs, logs + components);
      double sum = 0;
      for (std::size_t k = 0; k < components; ++k) sum += std::exp(logs[k] - largest);
      for (std::size_t k = 0; k < components; ++k) {
        logs[k] -= largest + std::log(sum);
        weights_[b * components + k] = std::exp(logs[k]);
      }
    }
  }

  /// Measurements, B, and components, K.
  [[nodiscard]] std::size_t batch() const { return batch_; }
  [[nodiscard]] std::size_t size() const { return prior().size(); }
  [[nodiscard]] const Prior& prior() const { return conditioning_->prior(); }
  [[nodiscard]] const std::shared_ptr<const mixture_conditioning<Prior>>& conditioning() const { return conditioning_; }

  /// w' and log w', B x K, row major.
  [[nodiscard]] const std::vector<double>& weights() const { return weights_; }
  [[nodiscard]] const std::vector<double>& log_weights() const { return log_weights_; }

  /// m' of one measurement, (K, 1, 1, d).
  [[nodiscard]] cpu::tensor<double> component_means(std::size_t b) const {
    const std::size_t row = size() * dimension();
    return {shape{size(), 1, 1, dimension()}, std::span<const double>(means_.data() + b * row, row)};
  }
  /// C'_k, (1, 1, d, d): the same for every measurement.
  [[nodiscard]] cpu::tensor<double> component_covariance(std::size_t k) const { return conditioning_->covariance(k); }

  /// E[x0 | y] of each measurement, (B, C, H, W).
  [[nodiscard]] tensor_type mean() const {
    tensor_type result(prior().sample_shape().with_batch(batch_));
    for (std::size_t b = 0; b < batch_; ++b) {
      const auto m = mean_of(b);
      std::transform(m.begin(), m.end(), result.sample(b).begin(), [](double v) { return static_cast<value_type>(v); });
    }
    return result;
  }

  /// Cov[x0 | y] of one measurement, (1, 1, d, d).
  [[nodiscard]] cpu::tensor<double> covariance(std::size_t b) const {
    const std::size_t d = dimension();
    cpu::tensor<double> total({1, 1, d, d}, 0.0);
    const auto average = mean_of(b);
    for (std::size_t k = 0; k < size(); ++k) {
      const double w = weights_[b * size() + k];
      if (w == 0) continue;
      add_scaled(total, w, component_covariance(k));
      const double* const m = means_.data() + (b * size() + k) * d;
      for (std::size_t i = 0; i < d; ++i) {
        for (std::size_t j = 0; j < d; ++j) {
          total.data()[i * d + j] += w * (m[i] - average[i]) * (m[j] - average[j]);
        }
      }
    }
    return total;
  }

  /// One independent draw from p(x0 | y) for each measurement, (B, C, H, W). Draw b depends on the address, on b and on
  /// its measurement alone.
  ///
  /// A component by its weight, a draw x of the prior's component and a draw eps of the noise, then Matheron's rule:
  /// x + G_k (y - A x - sigma_y eps).
  [[nodiscard]] tensor_type sample(const noise_address& address) const {
    const std::size_t d = dimension(), m = y_.shape().sample_size();
    const double sigma = conditioning_->sigma();
    std::vector<std::vector<std::size_t>> drawn(size());
    for (std::size_t b = 0; b < batch_; ++b) drawn[component_of(address, b)].push_back(b);
    tensor_type result(prior().sample_shape().with_batch(batch_));
    for (std::size_t k = 0; k < size(); ++k) {
      const std::size_t count = drawn[k].size();
      if (count == 0) continue;
      const auto& covariance = prior().covariances()[k];
      const std::size_t width = covariance.noise_size(d);
      tensor_type z({count, 1, 1, width});
      cpu::tensor<double> residual({count, 1, 1, m}), x({count, 1, 1, d});
      std::vector<double> numbers(width + m);  // the noise of the measurement comes after that of the prior
      for (std::size_t i = 0; i < count; ++i) {
        fill_normal(numbers.data(), 0, width + m, address, drawn[k][i]);
        std::transform(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(width), z.sample(i).begin(),
                       [](double v) { return static_cast<value_type>(v); });
        for (std::size_t j = 0; j < m; ++j) {
          residual.data()[i * m + j] = y_.data()[drawn[k][i] * m + j] - sigma * numbers[width + j];
        }
      }
      const auto rows = covariance.color(std::move(z));
      for (std::size_t i = 0; i < x.size(); ++i) {
        x.data()[i] = static_cast<double>(rows.data()[i]) + static_cast<double>(prior().means().data()[k * d + i % d]);
      }
      if (m > 0) {
        cpu::multiply<double>(rows_of(residual), rows_of(x), transpose(conditioning_->matrix()), -1, 1);
        cpu::multiply<double>(rows_of(x), rows_of(residual),
                              {conditioning_->component(k).gain.data(), m, d, d}, 1, 1);
      }
      for (std::size_t i = 0; i < count; ++i) {
        std::transform(x.sample(i).begin(), x.sample(i).end(), result.sample(drawn[k][i]).begin(),
                       [](double v) { return static_cast<value_type>(v); });
      }
    }
    return result;
  }
  [[nodiscard]] tensor_type sample(seed s) const { return sample(noise_address{s.value, 0, purpose::prior, 0}); }

 private:
  [[nodiscard]] std::size_t dimension() const { return prior().sample_shape().sample_size(); }

  [[nodiscard]] std::vector<double> mean_of(std::size_t b) const {
    const std::size_t d = dimension();
    std::vector<double> result(d, 0.0);
    for (std::size_t k = 0; k < size(); ++k) {
      const double w = weights_[b * size() + k];
      const double* const m = means_.data() + (b * size() + k) * d;
      for (std::size_t i = 0; i < d; ++i) result[i] += w * m[i];
    }
    return result;
  }

  [[nodiscard]] std::size_t component_of(noise_address address, std::size_t b) const {
    address.what = purpose::component;
    const double u = uniform(address, b);
    double sum = 0;
    for (std::size_t k = 0; k + 1 < size(); ++k) {
      sum += weights_[b * size() + k];
      if (u < sum) return k;
    }
    return size() - 1;
  }

  std::shared_ptr<const mixture_conditioning<Prior>> conditioning_;
  cpu::tensor<double> y_;  // (B, 1, 1, m)
  std::size_t batch_;
  std::vector<double> log_weights_, weights_;  // B x K
  cpu::tensor<double> means_;                  // (B K, 1, 1, d)
};

template <class Prior, class Operator>
mixture_posterior(const Prior&, const Operator&, const typename Prior::tensor_type&, double)
    -> mixture_posterior<Prior>;

}  // namespace equireg::score
