// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `trained_levels`: the table of noise levels that a discrete network was trained at.

#include <equireg/core/error.hpp>
#include <equireg/core/noise_level.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace equireg::schedule {

/// alpha-bar_k for k = 0 ... T - 1 in double, and between the entries: sigma(k) = sqrt(1 / alpha_bar_k - 1).
///
/// A network that was told an index while it was trained is asked at any sigma through `index_of`: networks with a
/// sinusoidal embedding accept fractions. The formula of the continuous process misses the table by up to three
/// indices at high noise.
class trained_levels {
 public:
  /// From alpha-bar, strictly decreasing in (0, 1). Throws otherwise.
  explicit trained_levels(std::vector<double> alpha_bar) : alpha_bar_(std::move(alpha_bar)) {
    const char* const where = "equireg::schedule::trained_levels";
    require(!alpha_bar_.empty(), where, "expected at least one level");
    log_sigma_.reserve(alpha_bar_.size());
    for (std::size_t k = 0; k < alpha_bar_.size(); ++k) {
      const double value = alpha_bar_[k], before = k == 0 ? 1.0 : alpha_bar_[k - 1];
      require(value > 0 && value < before, where, "alpha-bar must fall strictly and stay above 0, but entry ", k,
              " is ", value, " after ", before);
      log_sigma_.push_back(std::log(sigma(k)));
    }
  }

  /// From beta_k in (0, 1): alpha_bar_k = (1 - beta_0) ... (1 - beta_k).
  static trained_levels from_betas(const std::vector<double>& betas) {
    std::vector<double> alpha_bar;
    alpha_bar.reserve(betas.size());
    double product = 1;
    for (const double beta : betas) alpha_bar.push_back(product *= 1 - beta);
    return trained_levels(std::move(alpha_bar));
  }

  /// T.
  [[nodiscard]] std::size_t size() const { return alpha_bar_.size(); }

  [[nodiscard]] double alpha_bar(std::size_t k) const { return alpha_bar_[k]; }

  /// Noise in units of the data at entry k.
  [[nodiscard]] double sigma(std::size_t k) const { return std::sqrt((1 - alpha_bar_[k]) / alpha_bar_[k]); }

  /// Entry k in variance-preserving form; its time is k.
  [[nodiscard]] noise_level level(std::size_t k) const {
    return variance_preserving(alpha_bar_[k], static_cast<double>(k));
  }

  /// The fractional index with the given sigma: ln sigma is interpolated linearly. In [0, T - 1]: a sigma below or
  /// above the table gets its first or last index.
  [[nodiscard]] double index_of(double sigma) const {
    const double target = std::log(sigma);  // -inf for 0
    const auto above = std::upper_bound(log_sigma_.begin(), log_sigma_.end(), target);
    if (above == log_sigma_.begin()) return 0;
    const auto k = static_cast<std::size_t>(above - log_sigma_.begin()) - 1;
    if (above == log_sigma_.end()) return static_cast<double>(k);
    return static_cast<double>(k) + (target - log_sigma_[k]) / (log_sigma_[k + 1] - log_sigma_[k]);
  }

 private:
  std::vector<double> alpha_bar_;
  std::vector<double> log_sigma_;
};

}  // namespace equireg::schedule
