// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Dense algebra in double by the plainest loops, and Gaussian mixtures by the textbook: what fast code is held
/// against.

#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

namespace equireg::test {

using vector = std::vector<double>;

/// A dense matrix, row major.
struct matrix {
  std::size_t rows = 0, columns = 0;
  vector values;

  matrix() = default;
  matrix(std::size_t r, std::size_t c) : rows(r), columns(c), values(r * c, 0.0) {}
  static matrix identity(std::size_t n, double scale = 1) {
    matrix m(n, n);
    for (std::size_t i = 0; i < n; ++i) m(i, i) = scale;
    return m;
  }
  double& operator()(std::size_t i, std::size_t j) { return values[i * columns + j]; }
  double operator()(std::size_t i, std::size_t j) const { return values[i * columns + j]; }
};

inline matrix transposed(const matrix& a) {
  matrix t(a.columns, a.rows);
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = 0; j < a.columns; ++j) t(j, i) = a(i, j);
  }
  return t;
}

inline matrix operator*(const matrix& a, const matrix& b) {
  matrix c(a.rows, b.columns);
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t k = 0; k < a.columns; ++k) {
      for (std::size_t j = 0; j < b.columns; ++j) c(i, j) += a(i, k) * b(k, j);
    }
  }
  return c;
}

inline vector operator*(const matrix& a, const vector& x) {
  vector y(a.rows, 0.0);
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = 0; j < a.columns; ++j) y[i] += a(i, j) * x[j];
  }
  return y;
}

/// s a + t b.
inline matrix combine(double s, const matrix& a, double t, const matrix& b) {
  matrix c(a.rows, a.columns);
  for (std::size_t i = 0; i < c.values.size(); ++i) c.values[i] = s * a.values[i] + t * b.values[i];
  return c;
}
inline vector combine(double s, const vector& a, double t, const vector& b) {
  vector c(a.size());
  for (std::size_t i = 0; i < c.size(); ++i) c[i] = s * a[i] + t * b[i];
  return c;
}

inline double dot(const vector& a, const vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// The inverse by elimination with pivots, and log |det|.
inline std::pair<matrix, double> inverse(matrix a) {
  const std::size_t n = a.rows;
  matrix b = matrix::identity(n);
  double log_det = 0;
  for (std::size_t p = 0; p < n; ++p) {
    std::size_t best = p;
    for (std::size_t i = p; i < n; ++i) {
      if (std::abs(a(i, p)) > std::abs(a(best, p))) best = i;
    }
    for (std::size_t j = 0; j < n; ++j) {
      std::swap(a(p, j), a(best, j));
      std::swap(b(p, j), b(best, j));
    }
    const double pivot = a(p, p);
    log_det += std::log(std::abs(pivot));
    for (std::size_t j = 0; j < n; ++j) {
      a(p, j) /= pivot;
      b(p, j) /= pivot;
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (i == p) continue;
      const double factor = a(i, p);
      for (std::size_t j = 0; j < n; ++j) {
        a(i, j) -= factor * a(p, j);
        b(i, j) -= factor * b(p, j);
      }
    }
  }
  return {b, log_det};
}

/// sum_k w_k N(m_k, C_k).
struct dense_mixture {
  vector weights;
  std::vector<vector> means;
  std::vector<matrix> covariances;
};

/// What a mixture says about x0 after y = A x0 + noise of covariance N: weights, means and covariances of the
/// posterior's components, and log p(y).
struct dense_posterior {
  dense_mixture mixture;
  double log_evidence = 0;

  dense_posterior(const dense_mixture& prior, const matrix& a, const matrix& noise, const vector& y) {
    vector logs;
    for (std::size_t k = 0; k < prior.weights.size(); ++k) {
      const matrix ca = prior.covariances[k] * transposed(a);
      const auto [inverse_k, log_det] = inverse(combine(1, a * ca, 1, noise));
      const vector residual = combine(1, y, -1, a * prior.means[k]);
      const vector solved = inverse_k * residual;
      logs.push_back(std::log(prior.weights[k]) - 0.5 * log_det - 0.5 * dot(residual, solved) -
                     0.5 * static_cast<double>(y.size()) * std::log(2 * std::numbers::pi));
      mixture.means.push_back(combine(1, prior.means[k], 1, ca * solved));
      mixture.covariances.push_back(combine(1, prior.covariances[k], -1, ca * inverse_k * transposed(ca)));
    }
    double largest = logs[0], sum = 0;
    for (const double l : logs) largest = std::max(largest, l);
    for (const double l : logs) sum += std::exp(l - largest);
    log_evidence = largest + std::log(sum);
    for (const double l : logs) mixture.weights.push_back(std::exp(l - log_evidence));
  }

  [[nodiscard]] vector mean() const {
    vector m(mixture.means[0].size(), 0.0);
    for (std::size_t k = 0; k < mixture.weights.size(); ++k) m = combine(1, m, mixture.weights[k], mixture.means[k]);
    return m;
  }

  [[nodiscard]] matrix covariance() const {
    const vector m = mean();
    matrix c(m.size(), m.size());
    for (std::size_t k = 0; k < mixture.weights.size(); ++k) {
      for (std::size_t i = 0; i < m.size(); ++i) {
        for (std::size_t j = 0; j < m.size(); ++j) {
          c(i, j) += mixture.weights[k] * (mixture.covariances[k](i, j) +
                                           (mixture.means[k][i] - m[i]) * (mixture.means[k][j] - m[j]));
        }
      }
    }
    return c;
  }
};

}  // namespace equireg::test
