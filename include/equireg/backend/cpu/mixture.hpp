// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Verbs of Gaussian mixtures on the host: component weights, posterior means and their pullback.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/backend/cpu/rows.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <vector>

namespace equireg::cpu {

/// The part of a covariance that is not of low rank.
enum class base_part {
  none,     ///< none: the basis of each component spans the whole space
  scalar,   ///< a multiple of the identity
  diagonal  ///< a diagonal
};

/// A mixture sum_k w_k N(m_k, C_k) at one noise level (a, b), V_k = a^2 C_k + b^2 I, in the one form of all covariances:
///   V_k^-1 = E_k - Q_k diag(g_k) Q_k^T,   a C_k V_k^-1 = F_k + Q_k diag(h_k) Q_k^T,   1 - a F_k = b^2 E_k.
///
/// Rows of Q^T of all components lie below each other, M in all; those of component k begin at first[k]. With a scalar
/// base, rows M ... M + K - 1 of `basis` are the means, so that one product serves both.
template <class T, base_part Base>
struct mixture_level {
  static constexpr base_part base = Base;
  double signal = 1;                           // a
  std::vector<std::size_t> first;              // K + 1
  std::shared_ptr<const tensor<T>> basis;      // (M or M + K, 1, 1, d)
  std::vector<T> g, h, projected;              // M; projected: Q_k^T m_k
  std::vector<T> e, f, mean_scale;             // K, scalar base; mean_scale: 1 - a F
  tensor<T> e_diagonal, f_diagonal;            // (K, 1, 1, d), diagonal base
  tensor<T> scaled_mean, precise_mean;         // (K, 1, 1, d), diagonal base: (1 - a F) m and E m
  std::shared_ptr<const tensor<T>> means;      // (K, 1, 1, d), unless the base is none
  std::vector<double> log_weight;              // K: log w_k - log(det V_k) / 2

  [[nodiscard]] std::size_t components() const { return first.size() - 1; }
  [[nodiscard]] std::size_t rank() const { return first.back(); }
};

/// Projected means and log weights: one row for all samples (stride 0), or one for each.
template <class T>
struct mixture_offsets {
  const T* projected = nullptr;  // M
  std::size_t projected_stride = 0;
  const double* log_weight = nullptr;  // K
  std::size_t log_weight_stride = 0;
};

template <class T, base_part Base>
mixture_offsets<T> offsets_of(const mixture_level<T, Base>& level) {
  return {level.projected.data(), 0, level.log_weight.data(), 0};
}

/// What the weighing of components leaves for the means and for the pullback.
template <class T>
struct mixture_weights {
  tensor<T> r;                            // (B, 1, 1, K): p(k | x)
  tensor<T> z;                            // (B, 1, 1, M): Q^T (x - a m)
  std::vector<double> log_sum;            // B: log p(x) + (d / 2) log 2 pi
  std::vector<row_run> components, rows;  // those with r > 0, and their rows of the basis, for the samples they act on
};

/// Components with r > 0 somewhere in the batch. Where few samples share one, as at low noise, each is listed with its
/// samples; where many do, neighbours are one run for the whole batch. If results must not depend on the rest of the
/// batch, all components are listed for all samples.
template <class T, base_part Base>
void find_active(const mixture_level<T, Base>& level, mixture_weights<T>& weights) {
  const std::size_t components = level.components(), batch = weights.r.shape().batch;
  const T* const r = weights.r.data();
  std::vector<std::size_t> users(components, batch);  // samples of each component
  if (!reproducible_scope::active()) {
    for (std::size_t k = 0; k < components; ++k) {
      users[k] = 0;
      for (std::size_t b = 0; b < batch; ++b) users[k] += r[b * components + k] != T(0) ? 1 : 0;
    }
  }
  // What a product of some rows with some samples costs: reading a row takes as long as to multiply it by 24 samples,
  // and a product of its own as many rows more.
  constexpr std::size_t reading = 24, product = 24;
  std::size_t apart = 0, together = 0;
  for (std::size_t k = 0; k < components; ++k) {
    if (users[k] == 0) continue;
    const std::size_t count = level.first[k + 1] - level.first[k] + (Base == base_part::scalar ? 1 : 0);
    apart += (users[k] + reading) * (count + product);
    together += (batch + reading) * count;
  }
  const bool split = apart < together;
  std::vector<row_run> means;  // their rows lie behind those of all components
  for (std::size_t k = 0; k < components; ++k) {
    if (users[k] == 0) continue;
    std::vector<std::size_t> samples;
    for (std::size_t b = 0; split && b < batch; ++b) {
      if (r[b * components + k] != T(0)) samples.push_back(b);
    }
    append_run(weights.components, k, 1, samples);
    append_run(weights.rows, level.first[k], level.first[k + 1] - level.first[k], samples);
    if constexpr (Base == base_part::scalar) append_run(means, level.rank() + k, 1, std::move(samples));
  }
  for (auto& run : means) append_run(weights.rows, run.first, run.count, std::move(run.samples));
}

/// The coefficients y of component k for a sample in which it has no weight: zero where a product reads them for the
/// whole batch.
template <class T, base_part Base>
void clear_coefficients(const mixture_level<T, Base>& level, const row_run& run, std::size_t k, T* y) {
  if (!run.samples.empty()) return;
  std::fill(y + level.first[k], y + level.first[k + 1], T(0));
  if constexpr (Base == base_part::scalar) y[level.rank() + k] = T(0);
}

/// r_k = softmax_k(log w_k - log(det V_k) / 2 - q_k / 2), q_k = (x - a m_k)^T V_k^-1 (x - a m_k).
///
/// |x - a m_k|^2 is summed from differences, so that it keeps its digits however far x is from the data; what the rows of
/// Q take off it is not, and with variances that differ by 1e5 or more float has few digits left of q_k.
///
/// Components whose r_k sqrt(q_k), all together, stay near the rounding unit are left out: their r_k is 0, and the
/// others sum to 1. What they would add to the mean is at most r_k |mu_k - mean|, and to the pullback r_k |mu_k - mean|
/// |s_k| for a v along mu_k - mean, less by sqrt(d) for most; s_k = (a mu_k - x) / b^2 is at most sqrt(q_k) / b long,
/// and |mu_k - mean| about 2 b sqrt(q_k) / a. The rounding of q_k itself moves both by as much.
template <class T, base_part Base>
mixture_weights<T> weigh_components(const mixture_level<T, Base>& level, const tensor<T>& x,
                                    const mixture_offsets<T>& offsets) {
  const std::size_t batch = x.shape().batch, components = level.components(), rank = level.rank();
  mixture_weights<T> weights{tensor<T>({batch, 1, 1, components}), tensor<T>({batch, 1, 1, rank}),
                             std::vector<double>(batch), {}, {}};
  const T a = static_cast<T>(level.signal);
  if (rank > 0) project_rows(rows_of(weights.z), rows_of(x), rows_of(*level.basis), {{0, rank}});
  std::vector<double, pool_allocator<double>> score(batch * components);  // q_k, then its log weight, then its weight
  std::vector<double, pool_allocator<double>> parts(batch * components);  // that weight times sqrt(q_k)
  const matrix_view<double> distances{score.data(), batch, components, components};
  if constexpr (Base == base_part::scalar) {
    squared_distances(distances, rows_of(x), rows_of(*level.means), level.signal);
  } else if constexpr (Base == base_part::diagonal) {
    squared_distances(distances, rows_of(x), rows_of(*level.means), level.signal, rows_of(level.e_diagonal));
  }
  constexpr double unit = std::numeric_limits<T>::epsilon();
  parallel_for(batch, rank + components * 16, [&](std::size_t b) {
    T* const z = weights.z.data() + b * rank;
    const T* const p = offsets.projected + b * offsets.projected_stride;
    const double* const log_weight = offsets.log_weight + b * offsets.log_weight_stride;
    double* const s = score.data() + b * components;
    double largest = -std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < components; ++k) {
      double q = s[k];
      if constexpr (Base == base_part::scalar) q *= static_cast<double>(level.e[k]);
      if (const std::size_t count = level.first[k + 1] - level.first[k]; count > 0) {
        T* const zk = z + level.first[k];
        const T *const pk = p + level.first[k], *const gk = level.g.data() + level.first[k];
        q -= sum_block<T>(count, [=](std::size_t j) {
          zk[j] -= a * pk[j];
          return gk[j] * zk[j] * zk[j];
        });
      }
      s[k] = log_weight[k] - 0.5 * q;
      largest = std::max(largest, s[k]);
    }
    double sum = 0, kept = 0, small = 0;
    T* const r = weights.r.data() + b * components;
    double* const part = parts.data() + b * components;
    for (std::size_t k = 0; k < components; ++k) {
      const double q = 2 * (log_weight[k] - s[k]);
      s[k] = std::exp(s[k] - largest);
      part[k] = s[k] * std::sqrt(std::max(q, 1.0));
      sum += s[k];
      small += part[k] < unit ? part[k] : 0;
    }
    weights.log_sum[b] = largest + std::log(sum);
    const double negligible = small <= 4 * unit ? unit : unit / static_cast<double>(components);
    for (std::size_t k = 0; k < components; ++k) {
      if (part[k] < negligible) s[k] = 0;  // a NaN stays a NaN
      kept += s[k];
    }
    for (std::size_t k = 0; k < components; ++k) r[k] = static_cast<T>(s[k] / kept);
  });
  find_active(level, weights);
  return weights;
}

/// E[x0 | x] = sum_k r_k [m_k + F_k (x - a m_k) + Q_k diag(h_k) Q_k^T (x - a m_k)].
template <class T, base_part Base>
tensor<T> mixture_mean(const mixture_level<T, Base>& level, const tensor<T>& x, const mixture_weights<T>& weights,
                       const mixture_offsets<T>& offsets) {
  const std::size_t batch = x.shape().batch, components = level.components(), rank = level.rank();
  const std::size_t width = Base == base_part::scalar ? rank + components : rank;
  tensor<T> coefficients({batch, 1, 1, width}), out(x.shape());
  std::vector<T, pool_allocator<T>> of_x(batch, T(0));
  parallel_for(batch, width + components * 4, [&](std::size_t b) {
    const T *const r = weights.r.data() + b * components, *const z = weights.z.data() + b * rank;
    const T* const p = offsets.projected + b * offsets.projected_stride;
    T* const y = coefficients.data() + b * width;
    double times_x = 0;
    for (const auto& run : weights.components) {
      for (std::size_t k = run.first; k < run.first + run.count; ++k) {
        if (r[k] == T(0)) {
          clear_coefficients(level, run, k, y);
          continue;
        }
        for (std::size_t j = level.first[k]; j < level.first[k + 1]; ++j) {
          y[j] = r[k] * (level.h[j] * z[j] + (Base == base_part::none ? p[j] : T(0)));
        }
        if constexpr (Base == base_part::scalar) {
          y[rank + k] = r[k] * level.mean_scale[k];
          times_x += static_cast<double>(r[k] * level.f[k]);
        }
      }
    }
    of_x[b] = static_cast<T>(times_x);
  });
  if constexpr (Base == base_part::none) {
    combine_rows(rows_of(out), rows_of(coefficients), rows_of(*level.basis), weights.rows, false);
    return out;
  }
  if constexpr (Base == base_part::scalar) {
    scale_rows(rows_of(out), of_x.data(), rows_of(x));
  } else {
    combine_rows(rows_of(out), rows_of(weights.r), rows_of(level.f_diagonal), weights.components, false);
    transform(out, [](T factor, T v) { return factor * v; }, out, x);
    combine_rows(rows_of(out), rows_of(weights.r), rows_of(level.scaled_mean), weights.components, true);
  }
  if (width > 0) combine_rows(rows_of(out), rows_of(coefficients), rows_of(*level.basis), weights.rows, true);
  return out;
}

/// J^T v for J = d E[x0 | x] / d x, symmetric:
///   sum_k r_k [F_k v + Q_k diag(h_k) Q_k^T v] + sum_k t_k s_k,   t_k = r_k (mu_k - sum_l r_l mu_l) . v,
/// where mu_k is the mean of component k and s_k = -V_k^-1 (x - a m_k) its score.
template <class T, base_part Base>
tensor<T> mixture_pullback(const mixture_level<T, Base>& level, const tensor<T>& x, const mixture_weights<T>& weights,
                           const mixture_offsets<T>& offsets, const tensor<T>& v) {
  require_shape(v.shape(), x.shape(), "equireg::score::gaussian_mixture", "the pullback's argument");
  const std::size_t batch = x.shape().batch, components = level.components(), rank = level.rank();
  const std::size_t width = Base == base_part::scalar ? rank + components : rank;
  tensor<T> projections({batch, 1, 1, width}), tilts({batch, 1, 1, components}), out(x.shape());
  if (width > 0) project_rows(rows_of(projections), rows_of(v), rows_of(*level.basis), weights.rows);
  std::vector<T, pool_allocator<T>> of_x(batch, T(0)), of_v(batch, T(0));
  tensor<T> base_product, product;
  if constexpr (Base == base_part::scalar) {
    dot_rows(of_x.data(), rows_of(x), rows_of(v));
  } else if constexpr (Base == base_part::diagonal) {
    product = tensor<T>(x.shape());
    transform(product, [](T s, T u) { return s * u; }, x, v);
    base_product = tensor<T>({2 * batch, 1, 1, components});
    project_rows(rows_of(base_product).rows_at(0, batch), rows_of(v), rows_of(level.scaled_mean), weights.components);
    project_rows(rows_of(base_product).rows_at(batch, batch), rows_of(product), rows_of(level.f_diagonal),
                 weights.components);
  }
  const T a = static_cast<T>(level.signal);
  parallel_for(batch, width * 2 + components * 4, [&](std::size_t b) {
    const T *const r = weights.r.data() + b * components, *const z = weights.z.data() + b * rank;
    const T* const p = offsets.projected + b * offsets.projected_stride;
    T *const y = projections.data() + b * width, *const t = tilts.data() + b * components;
    const T x_dot_v = of_x[b];
    std::fill_n(t, components, T(0));
    double average = 0;
    for (const auto& run : weights.components) {
      for (std::size_t k = run.first; k < run.first + run.count; ++k) {
        if (r[k] == T(0)) continue;
        const std::size_t first = level.first[k], count = level.first[k + 1] - first;
        const T *const h = level.h.data() + first, *const zk = z + first, *const yk = y + first;
        double mean_dot_v = 0;
        if constexpr (Base == base_part::none) {
          const T* const pk = p + first;
          mean_dot_v = sum_block<T>(count, [=](std::size_t j) { return (pk[j] + h[j] * zk[j]) * yk[j]; });
        } else if (count > 0) {
          mean_dot_v = sum_block<T>(count, [=](std::size_t j) { return h[j] * zk[j] * yk[j]; });
        }
        if constexpr (Base == base_part::scalar) {
          mean_dot_v += static_cast<double>(level.mean_scale[k] * y[rank + k] + level.f[k] * x_dot_v);
        } else if constexpr (Base == base_part::diagonal) {
          mean_dot_v += static_cast<double>(base_product.data()[b * components + k] +
                                            base_product.data()[(batch + b) * components + k]);
        }
        t[k] = static_cast<T>(mean_dot_v);
        average += static_cast<double>(r[k]) * mean_dot_v;
      }
    }
    double times_x = 0, times_v = 0;
    for (const auto& run : weights.components) {
      for (std::size_t k = run.first; k < run.first + run.count; ++k) {
        if (r[k] == T(0)) {
          clear_coefficients(level, run, k, y);
          continue;
        }
        t[k] = r[k] * (t[k] - static_cast<T>(average));
        for (std::size_t j = level.first[k]; j < level.first[k + 1]; ++j) {
          y[j] = r[k] * level.h[j] * y[j] + t[k] * level.g[j] * z[j];
        }
        if constexpr (Base == base_part::scalar) {
          y[rank + k] = a * t[k] * level.e[k];
          times_x -= static_cast<double>(t[k] * level.e[k]);
          times_v += static_cast<double>(r[k] * level.f[k]);
        }
      }
    }
    of_x[b] = static_cast<T>(times_x);
    of_v[b] = static_cast<T>(times_v);
  });
  if constexpr (Base == base_part::none) {
    combine_rows(rows_of(out), rows_of(projections), rows_of(*level.basis), weights.rows, false);
    return out;
  }
  if constexpr (Base == base_part::scalar) {
    scale_rows(rows_of(out), of_x.data(), rows_of(x), of_v.data(), rows_of(v));
  } else {
    combine_rows(rows_of(out), rows_of(weights.r), rows_of(level.f_diagonal), weights.components, false);
    combine_rows(rows_of(product), rows_of(tilts), rows_of(level.e_diagonal), weights.components, false);
    transform(out, [](T rf, T u, T te, T s) { return rf * u - te * s; }, out, v, product, x);
    transform(tilts, [a](T t) { return a * t; }, tilts);
    combine_rows(rows_of(out), rows_of(tilts), rows_of(level.precise_mean), weights.components, true);
  }
  if (width > 0) combine_rows(rows_of(out), rows_of(projections), rows_of(*level.basis), weights.rows, true);
  return out;
}

}  // namespace equireg::cpu
