// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::frechet_distance`: the distance of the normal laws of two sets of features (FID).

#include <equireg/backend/cpu/decompose.hpp>
#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/backend/cpu/on_host.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/arguments.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/metric/features.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace equireg::metric {

/// A Frechet distance and the two terms it is made of.
struct frechet_result {
  double value = 0;
  double mean_term = 0;         ///< ||m1 - m2||^2
  double covariance_term = 0;   ///< Tr(C1 + C2 - 2 (C1 C2)^(1/2))
  bool rank_deficient = false;  ///< a set has at most D features, so that its covariance is singular
};

/// Mean and covariance of features, the latter as C = F^T F.
struct feature_moments {
  cpu::tensor<double> mean;     ///< (1, 1, 1, D)
  cpu::tensor<double> factor;   ///< F, (R, 1, 1, D) with R = min(N, D)
  double trace = 0;             ///< of C
  bool rank_deficient = false;  ///< N <= D

  /// The unbiased covariance of (N, 1, 1, D); throws for other shapes and for N < 2. F are the centred features over
  /// sqrt(N - 1), or where there are more than D of them C's eigenvectors, scaled by the roots of their eigenvalues.
  explicit feature_moments(cpu::tensor<double> features) : mean({1, 1, 1, features.shape().width}) {
    require_features(features.shape(), features.shape(), 2, "equireg::metric::feature_moments");
    const std::size_t n = features.shape().batch, d = features.shape().width;
    rank_deficient = n <= d;
    const cpu::tensor<double> ones({1, 1, 1, n}, 1.0);
    multiply(rows_of(mean), rows_of(ones), rows_of(features), 1 / static_cast<double>(n));
    const double scale = 1 / std::sqrt(static_cast<double>(n) - 1);
    transform(
        features, [scale](double v, double m) { return scale * (v - m); }, features, broadcast{mean});
    for (const double squares : to_host(squared_norm(features))) trace += squares;
    if (rank_deficient) {
      factor = std::move(features);
      return;
    }
    factor = cpu::tensor<double>({d, 1, 1, d});
    multiply(rows_of(factor), transpose(rows_of(features)), rows_of(features));
    const std::vector<double> values = eigh(rows_of(factor));
    cpu::tensor<double> roots({d, 1, 1, 1});
    for (std::size_t i = 0; i < d; ++i) roots.data()[i] = std::sqrt(std::max(values[i], 0.0));
    transform(
        factor, [](double v, double root) { return root * v; }, factor, per_sample{roots});
  }
};

/// ||m1 - m2||^2 + Tr(C1 + C2 - 2 (C1 C2)^(1/2)): the squared Wasserstein distance of two normal laws.
/// Keep the moments of a reference set to compare many sets with it. Throws where the features' sizes differ.
///
/// With C = F^T F, the eigenvalues of C1 C2 are those of M M^T, M = F1 F2^T: symmetric, and as small as the smaller
/// set. Negative ones are rounding and count as 0. Nothing is added to the diagonals.
inline frechet_result frechet_distance(const feature_moments& a, const feature_moments& b) {
  require_features(a.mean.shape(), b.mean.shape(), 1, "equireg::metric::frechet_distance");
  const std::size_t rows = std::min(a.factor.shape().batch, b.factor.shape().batch);
  const bool a_is_smaller = a.factor.shape().batch == rows;
  const auto& small = a_is_smaller ? a.factor : b.factor;
  const auto& large = a_is_smaller ? b.factor : a.factor;
  cpu::tensor<double> m({rows, 1, 1, large.shape().batch}), gram({rows, 1, 1, rows});
  multiply(rows_of(m), rows_of(small), transpose(rows_of(large)));
  multiply(rows_of(gram), rows_of(m), transpose(rows_of(m)));
  double root_trace = 0;
  for (const double v : eigenvalues(rows_of(gram))) root_trace += std::sqrt(std::max(v, 0.0));
  frechet_result result;
  result.mean_term = to_host(reduce([](double u, double v) { return (u - v) * (u - v); }, a.mean, b.mean))[0];
  result.covariance_term = a.trace + b.trace - 2 * root_trace;
  result.value = result.mean_term + result.covariance_term;
  result.rank_deficient = a.rank_deficient || b.rank_deficient;
  return result;
}

/// The same of two sets of features, (N, 1, 1, D) and (M, 1, 1, D). Heusel et al. 2017, arXiv:1706.08500: FID where the
/// features are those of Inception-v3's last pooling, D = 2048.
///
/// The estimate is biased upwards, by an amount that falls about as 1 / N and differs between models: compare sets of
/// one size. With N <= D the covariance is singular and the bias is of the size of the distance; `rank_deficient` says
/// so. Use `kid` below some 10^4 images. Costs (N + M + D) D^2. Throws for other shapes, and for fewer than two
/// features.
template <tensor X>
frechet_result frechet_distance(const X& x, const X& y) {
  require_features(x.shape(), y.shape(), 2, "equireg::metric::frechet_distance");
  return frechet_distance(feature_moments(cpu::on_host(x)), feature_moments(cpu::on_host(y)));
}

}  // namespace equireg::metric
