// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief How far samples are from a posterior that is known.

#include "support/known_posterior.hpp"

#include <equireg/backend/cpu/decompose.hpp>
#include <equireg/metric/crps.hpp>
#include <equireg/metric/energy_statistic.hpp>
#include <equireg/metric/interval_coverage.hpp>
#include <equireg/metric/posterior_diversity.hpp>
#include <equireg/metric/sliced_wasserstein.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace support {

/// The numbers of one row of the table. Each is made so that it does not depend on the problem's scale.
struct posterior_scores {
  double mean_bias = 0;           ///< |mean - exact mean| / sqrt(trace of the exact covariance)
  double covariance_error = 0;    ///< |S - C|_F / |C|_F
  double variance_error = 0;      ///< the same of the pixels' variances alone
  double leading_spread = 0;      ///< deviation / exact deviation along the 5 widest directions, geometric mean
  double weight_error = 0;        ///< total variation between mean responsibilities and the exact weights
  double energy_distance = 0;     ///< to exact draws, unbiased, over their mean distance
  double sliced_wasserstein = 0;  ///< to exact draws, over the root mean variance of a pixel
  double crps = 0;                ///< of exact draws under the samples, over that under other exact draws
  double coverage_50 = 0, coverage_90 = 0;  ///< of exact draws by the samples' central intervals
  double diversity = 0;                     ///< mean distance of two samples, over that of two exact draws
  double squared_error = 0;                 ///< to the truth, mean over pixels and samples

  /// Names and members, for tables and files.
  template <class F>
  void each(F&& f) {
    f("mean_bias", mean_bias);
    f("covariance_error", covariance_error);
    f("variance_error", variance_error);
    f("leading_spread", leading_spread);
    f("weight_error", weight_error);
    f("energy_distance", energy_distance);
    f("sliced_wasserstein", sliced_wasserstein);
    f("crps", crps);
    f("coverage_50", coverage_50);
    f("coverage_90", coverage_90);
    f("diversity", diversity);
    f("squared_error", squared_error);
  }
};

/// All that is known of one measurement's posterior, made once and held against every solver.
class posterior_judge {
 public:
  using X = any_score::tensor_type;

  /// `draws` exact samples serve as the reference of the distances, 32 others as the truths of CRPS and coverage.
  posterior_judge(const known_posterior& problem, std::size_t measurement, std::size_t draws, std::uint64_t seed)
      : prior_(problem.prior()),
        truth_(rows(problem.truth(), measurement, 1)),
        draws_(problem.exact_draws(measurement, draws, seed)),
        truths_(problem.exact_draws(measurement, 32, seed + 1)),
        covariance_(problem.posterior().covariance(measurement)) {
    const auto& posterior = problem.posterior();
    const std::size_t components = posterior.size(), d = dimension();
    const auto means = posterior.component_means(measurement);
    mean_.assign(d, 0.0);
    for (std::size_t k = 0; k < components; ++k) {
      weights_.push_back(posterior.weights()[measurement * components + k]);
      for (std::size_t i = 0; i < d; ++i) mean_[i] += weights_[k] * means.data()[k * d + i];
    }
    for (std::size_t i = 0; i < d; ++i) trace_ += covariance_.data()[i * d + i];
    directions_ = covariance_;
    spectrum_ = eq::cpu::eigh<double>({directions_.data(), d, d, d});
    distance_ = eq::metric::mean_pairwise_distance(draws_, 1).front();
    crps_ = crps_under(draws_);
  }

  /// samples (n, C, H, W), n >= 19.
  [[nodiscard]] posterior_scores judge(const X& samples) const {
    const std::size_t n = samples.shape().batch, d = dimension();
    const double count = static_cast<double>(n);
    posterior_scores s;
    std::vector<double> average(d, 0.0), centred(n * d), sample_covariance(d * d);
    for (std::size_t i = 0; i < n * d; ++i) average[i % d] += static_cast<double>(samples.data()[i]) / count;
    for (std::size_t i = 0; i < n * d; ++i) centred[i] = static_cast<double>(samples.data()[i]) - average[i % d];
    const eq::cpu::matrix_view<const double> table{centred.data(), n, d, d};
    eq::cpu::multiply<double>({sample_covariance.data(), d, d, d}, transpose(table), table, 1 / (count - 1), 0);

    double bias = 0, total = 0, total_exact = 0, diagonal = 0, diagonal_exact = 0;
    for (std::size_t i = 0; i < d; ++i) {
      bias += square(average[i] - mean_[i]);
      for (std::size_t j = 0; j < d; ++j) {
        const double exact = covariance_.data()[i * d + j], difference = sample_covariance[i * d + j] - exact;
        total += square(difference);
        total_exact += square(exact);
        if (i == j) diagonal += square(difference), diagonal_exact += square(exact);
      }
      for (std::size_t b = 0; b < n; ++b) {
        s.squared_error +=
            square(static_cast<double>(samples.data()[b * d + i]) - static_cast<double>(truth_.data()[i])) /
            static_cast<double>(n * d);
      }
    }
    s.mean_bias = std::sqrt(bias / trace_);
    s.covariance_error = std::sqrt(total / total_exact);
    s.variance_error = std::sqrt(diagonal / diagonal_exact);
    s.leading_spread = leading_spread(sample_covariance);
    s.weight_error = weight_error(samples);
    s.energy_distance = eq::metric::energy_statistic(samples, draws_).value / distance_;
    s.sliced_wasserstein =
        eq::metric::sliced_wasserstein(samples, draws_).value / std::sqrt(trace_ / static_cast<double>(d));
    s.crps = crps_under(samples) / crps_;
    for (std::size_t t = 0; t < truths_.shape().batch; ++t) {
      const X truth = rows(truths_, t, 1);
      const double share = 1 / static_cast<double>(truths_.shape().batch);
      s.coverage_50 += share * eq::metric::interval_coverage(samples, truth, 0.5).front();
      s.coverage_90 += share * eq::metric::interval_coverage(samples, truth, 0.9).front();
    }
    s.diversity = eq::metric::mean_pairwise_distance(samples, 1).front() / distance_;
    return s;
  }

 private:
  static double square(double v) { return v * v; }
  [[nodiscard]] std::size_t dimension() const { return truth_.shape().sample_size(); }

  // exp of the mean of log(deviation / exact deviation) along the widest directions.
  [[nodiscard]] double leading_spread(const std::vector<double>& sample_covariance) const {
    const std::size_t d = dimension(), leading = std::min<std::size_t>(5, d);
    double sum = 0;
    for (std::size_t r = d - leading; r < d; ++r) {
      const double* const v = directions_.data() + r * d;
      double variance = 0;
      for (std::size_t i = 0; i < d; ++i) {
        for (std::size_t j = 0; j < d; ++j) variance += v[i] * sample_covariance[i * d + j] * v[j];
      }
      sum += 0.5 * std::log(std::max(variance, 1e-12) / spectrum_[r]) / static_cast<double>(leading);
    }
    return std::exp(sum);
  }

  // Given x0 the measurement says nothing more of the component: p(k | x0, y) = p(k | x0), whose posterior mean is w'.
  [[nodiscard]] double weight_error(const X& samples) const {
    const X r = prior_.responsibilities(samples, eq::clean);
    const std::size_t n = samples.shape().batch, components = weights_.size();
    double sum = 0;
    for (std::size_t k = 0; k < components; ++k) {
      double share = 0;
      for (std::size_t b = 0; b < n; ++b) {
        share += static_cast<double>(r.data()[b * components + k]) / static_cast<double>(n);
      }
      sum += std::abs(share - weights_[k]);
    }
    return sum / 2;
  }

  [[nodiscard]] double crps_under(const X& samples) const {
    double sum = 0;
    for (std::size_t t = 0; t < truths_.shape().batch; ++t) {
      sum += eq::metric::crps(samples, rows(truths_, t, 1), eq::metric::ensemble_rule::fair).front();
    }
    return sum / static_cast<double>(truths_.shape().batch);
  }

  mixture_prior prior_;
  X truth_, draws_, truths_;
  eq::cpu::tensor<double> covariance_, directions_;  // (1, 1, d, d); rows are eigenvectors
  std::vector<double> mean_, weights_, spectrum_;    // variances in rising order
  double trace_ = 0, distance_ = 0, crps_ = 0;
};

}  // namespace support
