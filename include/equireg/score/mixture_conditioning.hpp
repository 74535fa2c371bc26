// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `score::mixture_conditioning`: a mixture prior and a linear measurement, before any y is seen.

#include <equireg/backend/cpu/decompose.hpp>
#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/score/covariance/full.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace equireg::score {

/// Gains, evidences and posterior covariances of all components for y = A x0 + sigma_y eps: what every measurement by
/// the same A shares. All in double.
///
/// Numbers that A leaves at zero whatever x0 is (unobserved pixels of a mask) are no part of the measurement: they are
/// dropped, and m counts the others. Memory: K (m d + m^2) doubles.
template <class Prior>
class mixture_conditioning {
 public:
  using value_type = typename Prior::value_type;
  using tensor_type = typename Prior::tensor_type;

  /// One component: A m_k (1, 1, 1, m), L with L L^T = A C A^T + sigma_y^2 I (m x m), G^T (m x d), log(det L).
  struct component_type {
    cpu::tensor<double> predicted;
    std::vector<double> factor, gain;
    double half_log_det = 0;
  };

  /// Applies A to every unit vector; O(K (d^2 m + m^3)). Throws unless sigma_y is positive.
  template <linear_map<tensor_type> Operator>
  mixture_conditioning(Prior prior, const Operator& measurement, double sigma_y)
      : prior_(std::move(prior)), sigma_(sigma_y) {
    require(sigma_y > 0 && std::isfinite(sigma_y), where, "sigma_y should be positive, got ", sigma_y);
    const std::size_t d = prior_.sample_shape().sample_size(), tile = 256;
    std::vector<double> columns;  // A^T, d rows
    for (std::size_t first = 0; first < d; first += tile) {
      const std::size_t count = std::min(tile, d - first);
      tensor_type unit(prior_.sample_shape().with_batch(count), value_type(0));
      for (std::size_t i = 0; i < count; ++i) unit.data()[i * d + first + i] = 1;
      const auto image = measurement(unit);
      image_shape_ = image.shape().with_batch(1);
      columns.insert(columns.end(), image.values().begin(), image.values().end());
    }
    const std::size_t width = image_shape_.sample_size();
    for (std::size_t j = 0; j < width; ++j) {
      bool used = false;
      for (std::size_t i = 0; i < d && !used; ++i) used = columns[i * width + j] != 0;
      if (used) kept_.push_back(j);
    }
    matrix_.resize(kept_.size() * d);
    for (std::size_t j = 0; j < kept_.size(); ++j) {
      for (std::size_t i = 0; i < d; ++i) matrix_[j * d + i] = columns[i * width + kept_[j]];
    }
    components_.resize(prior_.size());
    for_components([&](std::size_t k) { prepare(k); });
  }

  [[nodiscard]] const Prior& prior() const { return prior_; }
  [[nodiscard]] double sigma() const { return sigma_; }
  /// A without its empty rows, m x d.
  [[nodiscard]] cpu::matrix_view<const double> matrix() const {
    const std::size_t d = prior_.sample_shape().sample_size();
    return {matrix_.data(), kept_.size(), d, d};
  }
  /// What A makes of one sample, (1, C', H', W').
  [[nodiscard]] shape image_shape() const { return image_shape_; }
  [[nodiscard]] const component_type& component(std::size_t k) const { return components_[k]; }

  /// The measured numbers of y (B, C', H', W'), (B, 1, 1, m). Throws where y has another shape.
  [[nodiscard]] cpu::tensor<double> observed(const tensor_type& y) const {
    require(y.shape().with_batch(1) == image_shape_, where, "y has shape ", y.shape(), " but the operator returns ",
            image_shape_.with_batch(y.shape().batch));
    cpu::tensor<double> result({y.shape().batch, 1, 1, kept_.size()});
    for (std::size_t b = 0; b < y.shape().batch; ++b) {
      for (std::size_t j = 0; j < kept_.size(); ++j) {
        result.data()[b * kept_.size() + j] = static_cast<double>(y.sample(b)[kept_[j]]);
      }
    }
    return result;
  }

  /// C'_k = C_k - G_k A C_k, (1, 1, d, d).
  [[nodiscard]] cpu::tensor<double> covariance(std::size_t k) const {
    const std::size_t d = prior_.sample_shape().sample_size(), m = kept_.size();
    auto c = prior_.covariances()[k].dense(d);
    if (m == 0) return c;
    const auto ca = covariance_times_matrix(c);
    cpu::multiply<double>({c.data(), d, d, d}, {ca.data(), d, m, m}, {components_[k].gain.data(), m, d, d}, -1, 1);
    for (std::size_t i = 0; i < d; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        c.data()[i * d + j] = c.data()[j * d + i] = 0.5 * (c.data()[i * d + j] + c.data()[j * d + i]);
      }
    }
    return c;
  }

  /// All C'_k in their eigenbases, for the denoiser given y. Made at the first call, O(K d^3); thread safe.
  [[nodiscard]] const std::vector<covariance::full<value_type>>& eigenbases() const {
    std::call_once(once_, [&] {
      std::vector<std::vector<covariance::full<value_type>>> parts(prior_.size());
      for_components([&](std::size_t k) { parts[k].push_back(eigenbasis(k)); });
      for (auto& part : parts) eigenbases_.push_back(std::move(part.front()));
    });
    return eigenbases_;
  }

 private:
  static constexpr std::string_view where = "equireg::score::mixture_posterior";

  template <class Body>
  void for_components(const Body& body) const {
    const std::size_t d = prior_.sample_shape().sample_size();
    cpu::parallel_for(prior_.size(), d * d * d, body);
  }

  std::vector<double> covariance_times_matrix(const cpu::tensor<double>& c) const {
    const std::size_t d = prior_.sample_shape().sample_size(), m = kept_.size();
    std::vector<double> ca(d * m);
    cpu::multiply<double>({ca.data(), d, m, m}, {c.data(), d, d, d}, transpose(matrix()));
    return ca;
  }

  void prepare(std::size_t k) {
    const std::size_t d = prior_.sample_shape().sample_size(), m = kept_.size();
    auto& part = components_[k];
    part.predicted = cpu::tensor<double>({1, 1, 1, m});
    if (m == 0) return;
    const auto ca = covariance_times_matrix(prior_.covariances()[k].dense(d));
    const auto mean = prior_.means().sample(k);
    const std::vector<double> mean_d(mean.begin(), mean.end());
    cpu::multiply<double>(rows_of(part.predicted), {mean_d.data(), 1, d, d}, transpose(matrix()));
    part.factor.assign(m * m, 0.0);
    for (std::size_t i = 0; i < m; ++i) part.factor[i * m + i] = sigma_ * sigma_;
    const cpu::matrix_view<double> l{part.factor.data(), m, m, m};
    cpu::multiply<double>(l, matrix(), {ca.data(), d, m, m}, 1, 1);
    cpu::cholesky<double>(l, where, "A C A^T + sigma_y^2 I");
    for (std::size_t i = 0; i < m; ++i) part.half_log_det += std::log(part.factor[i * m + i]);
    part.gain.resize(m * d);
    for (std::size_t i = 0; i < d; ++i) {
      for (std::size_t j = 0; j < m; ++j) part.gain[j * d + i] = ca[i * m + j];
    }
    const cpu::matrix_view<double> gain{part.gain.data(), m, d, d};
    cpu::solve_triangular<double>(l, gain);
    cpu::solve_triangular<double>(transpose(l), gain);
  }

  covariance::full<value_type> eigenbasis(std::size_t k) const {
    const std::size_t d = prior_.sample_shape().sample_size();
    auto c = covariance(k);
    auto variances = cpu::eigh<double>({c.data(), d, d, d});
    // Observed directions keep little variance; what rounding made of it must stay positive.
    const double least = 1e-15 * variances.back();
    for (double& v : variances) v = std::max(v, least);
    cpu::tensor<value_type> vectors({d, 1, 1, d});
    std::transform(c.values().begin(), c.values().end(), vectors.data(),
                   [](double v) { return static_cast<value_type>(v); });
    return covariance::full<value_type>(std::move(vectors), std::move(variances));
  }

  Prior prior_;
  double sigma_;
  shape image_shape_;
  std::vector<std::size_t> kept_;  // m
  std::vector<double> matrix_;     // m x d
  std::vector<component_type> components_;
  mutable std::once_flag once_;
  mutable std::vector<covariance::full<value_type>> eigenbases_;
};

}  // namespace equireg::score
