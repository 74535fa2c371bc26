// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The maximum-likelihood covariance of each kind, from weighted samples: the M-step of a mixture's fit.

#include <equireg/backend/cpu/decompose.hpp>
#include <equireg/score/covariance/diagonal.hpp>
#include <equireg/score/covariance/full.hpp>
#include <equireg/score/covariance/isotropic.hpp>
#include <equireg/score/covariance/low_rank.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace equireg::score::covariance {

/// What limits an estimate.
struct estimate_settings {
  std::size_t rank = 0;          ///< of `low_rank`
  double variance_floor = 1e-6;  ///< no variance is estimated below it
  std::uint64_t seed = 0;        ///< of starting vectors
};

/// sum_i (x_i - m)(x_i - m)^T / n: the matrix or, where only the variances are needed, its diagonal.
template <class T>
struct scatter {
  cpu::tensor<T> matrix;         // (1, 1, d, d), or empty
  std::vector<double> diagonal;  // d
};

/// Whether a kind of covariance needs the whole scatter matrix.
template <class Covariance>
inline constexpr bool needs_matrix = true;
template <class T>
inline constexpr bool needs_matrix<isotropic<T>> = false;
template <class T>
inline constexpr bool needs_matrix<diagonal<T>> = false;

/// @name estimate(which, shape of a sample, scatter, settings, the estimate before or null)
/// @{
template <class T>
isotropic<T> estimate(std::type_identity<isotropic<T>>, const shape&, const scatter<T>& s,
                      const estimate_settings& settings, const isotropic<T>*) {
  double sum = 0;
  for (const double v : s.diagonal) sum += v;
  return isotropic<T>(std::max(sum / static_cast<double>(s.diagonal.size()), settings.variance_floor));
}

template <class T>
diagonal<T> estimate(std::type_identity<diagonal<T>>, const shape& sample, const scatter<T>& s,
                     const estimate_settings& settings, const diagonal<T>*) {
  cpu::tensor<T> variances(sample);
  std::transform(s.diagonal.begin(), s.diagonal.end(), variances.data(),
                 [&](double v) { return static_cast<T>(std::max(v, settings.variance_floor)); });
  return diagonal<T>(std::move(variances));
}

template <class T>
full<T> estimate(std::type_identity<full<T>>, const shape&, const scatter<T>& s, const estimate_settings& settings,
                 const full<T>*) {
  const std::size_t d = s.diagonal.size();
  cpu::tensor<T> vectors = s.matrix.reshaped({d, 1, 1, d});
  const auto values = cpu::eigh<T>(rows_of(vectors));
  std::vector<double> variances(values.begin(), values.end());
  for (double& v : variances) v = std::max(v, settings.variance_floor);
  return full<T>(std::move(vectors), std::move(variances));
}

/// The largest eigenvalues of a symmetric d x d matrix, descending, and their eigenvectors as rows of (rank, 1, 1, d).
///
/// Small matrices are decomposed whole. Large ones take orthogonal iteration with Rayleigh-Ritz values, on a few
/// vectors more than asked for, from `start` (rows; may be empty) filled up at random: from the vectors of the fit's
/// last round four rounds of it are as good as exact, at a hundredth of the cost.
template <class T>
std::pair<std::vector<double>, cpu::tensor<T>> leading_eigenvectors(const cpu::tensor<T>& matrix, std::size_t rank,
                                                                    const cpu::tensor<T>& start,
                                                                    std::uint64_t seed_value) {
  const std::size_t d = matrix.shape().width;
  const cpu::matrix_view<const T> s{matrix.data(), d, d, d};
  std::vector<double> values;
  cpu::tensor<T> vectors({rank, 1, 1, d});
  const std::size_t extra = 8;
  if (d <= 256 || 4 * (rank + extra) > d) {
    cpu::tensor<T> all = matrix.reshaped({d, 1, 1, d});
    const auto w = cpu::eigh<T>(rows_of(all));
    for (std::size_t i = 0; i < rank; ++i) {
      values.push_back(static_cast<double>(w[d - 1 - i]));
      std::copy_n(all.sample(d - 1 - i).begin(), d, vectors.sample(i).begin());
    }
    return {std::move(values), std::move(vectors)};
  }
  const std::size_t width = rank + extra, known = std::min(width, start.shape().batch);
  cpu::tensor<T> q({width, 1, 1, d}), product({width, 1, 1, d}), gram({1, 1, width, width});
  cpu::fill_normal(q, {seed_value, 0, purpose::training, 0});
  std::copy_n(start.data(), known * d, q.data());
  const cpu::matrix_view<T> g{gram.data(), width, width, width};
  // Rows become orthonormal: G = Q Q^T = L L^T, Q <- L^-1 Q. Twice, as one pass squares the condition.
  const auto orthonormalise = [&] {
    for (int pass = 0; pass < 2; ++pass) {
      cpu::multiply<T>(g, rows_of(q), transpose(rows_of(q)));
      double trace = 0;
      for (std::size_t i = 0; i < width; ++i) trace += static_cast<double>(gram.data()[i * width + i]);
      const T ridge = static_cast<T>(trace * static_cast<double>(std::numeric_limits<T>::epsilon()));
      for (std::size_t i = 0; i < width && pass == 0; ++i) gram.data()[i * width + i] += ridge;
      cpu::cholesky<T>(g, "equireg::score::covariance::leading_eigenvectors", "the Gram matrix of the basis");
      cpu::solve_triangular<T>(g, rows_of(q));
    }
  };
  const int rounds = known >= rank && rank > 0 ? 4 : 12;
  std::vector<T> w;
  for (int round = 0; round < rounds; ++round) {
    orthonormalise();
    cpu::multiply<T>(rows_of(product), rows_of(q), s);
    cpu::multiply<T>(g, rows_of(product), transpose(rows_of(q)));
    w = cpu::eigh<T>(g);
    // Rotated to Ritz vectors and stretched by their values, largest first: S Q V. The last round keeps Q V.
    const bool last = round + 1 == rounds;
    for (std::size_t i = 0; i < width / 2; ++i) {
      std::swap_ranges(gram.data() + i * width, gram.data() + (i + 1) * width, gram.data() + (width - 1 - i) * width);
    }
    cpu::tensor<T> rotated({width, 1, 1, d});
    cpu::multiply<T>(rows_of(rotated), g, last ? rows_of(std::as_const(q)) : rows_of(std::as_const(product)));
    if (!last) {
      for (std::size_t i = 0; i < width; ++i) {  // unit rows keep the Gram matrix well scaled
        double norm = 0;
        for (const T v : rotated.sample(i)) norm += static_cast<double>(v) * static_cast<double>(v);
        const T scale = static_cast<T>(norm > 0 ? 1 / std::sqrt(norm) : 0);
        for (T& v : rotated.sample(i)) v *= scale;
      }
    }
    q = std::move(rotated);
  }
  for (std::size_t i = 0; i < rank; ++i) values.push_back(static_cast<double>(w[width - 1 - i]));
  std::copy_n(q.data(), rank * d, vectors.data());
  return {std::move(values), std::move(vectors)};
}

/// Probabilistic PCA (Tipping and Bishop 1999): the leading eigenvectors, and the mean of the other eigenvalues as c.
template <class T>
low_rank<T> estimate(std::type_identity<low_rank<T>>, const shape& sample, const scatter<T>& s,
                     const estimate_settings& settings, const low_rank<T>* before) {
  const std::size_t d = s.diagonal.size();
  require(settings.rank < d, "equireg::score::covariance::estimate", "the rank should be below ", d, ", got ",
          settings.rank);
  auto [values, vectors] = leading_eigenvectors(s.matrix, settings.rank,
                                                before != nullptr ? before->basis() : cpu::tensor<T>(), settings.seed);
  double rest = 0;
  for (const double v : s.diagonal) rest += v;
  for (const double v : values) rest -= v;
  const double c = std::max(rest / static_cast<double>(d - settings.rank), settings.variance_floor);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T length = static_cast<T>(std::sqrt(std::max(values[i] - c, 0.0)));
    for (T& v : vectors.sample(i)) v *= length;
  }
  return low_rank<T>(std::move(vectors).reshaped(sample.with_batch(settings.rank)), c);
}
/// @}

}  // namespace equireg::score::covariance
