// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `fit_gaussian_mixture`: a mixture from data, by expectation maximisation.

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/random.hpp>
#include <equireg/score/covariance/estimate.hpp>
#include <equireg/score/gaussian_mixture.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace equireg::score {

/// What to fit, and for how long.
struct fit_settings {
  std::size_t components = 1;       ///< K
  std::size_t rank = 0;             ///< of `covariance::low_rank`
  std::size_t iterations = 20;      ///< at most
  double least_improvement = 0;     ///< stop where the log-likelihood per sample rises by less
  double variance_floor = 1e-6;     ///< no variance is estimated below it
  std::uint64_t seed = 0;           ///< decides the starting point: the same seed gives the same fit
};

/// A fitted mixture, and the log-likelihood per sample of the model before each round and of the last.
template <class Covariance>
struct mixture_fit {
  gaussian_mixture<Covariance> model;
  std::vector<double> log_likelihood;
};

/// The mean of log p(x0) over the samples of `data`, (N, C, H, W).
template <class Covariance>
double mean_log_density(const gaussian_mixture<Covariance>& model, const typename Covariance::value_type* data,
                        std::size_t count) {
  using X = typename gaussian_mixture<Covariance>::tensor_type;
  const std::size_t d = model.sample_shape().sample_size(), tile = 1024;
  double sum = 0;
  for (std::size_t first = 0; first < count; first += tile) {
    const std::size_t rows = std::min(tile, count - first);
    const X x(model.sample_shape().with_batch(rows), {data + first * d, rows * d});
    for (const double v : model.weigh(x, clean).log_density) sum += v;
  }
  return sum / static_cast<double>(count);
}
template <class Covariance>
double mean_log_density(const gaussian_mixture<Covariance>& model,
                        const typename gaussian_mixture<Covariance>::tensor_type& data) {
  require_shape(data.shape(), model.sample_shape().with_batch(data.shape().batch), "equireg::score::mean_log_density",
                "the data");
  return mean_log_density(model, data.data(), data.shape().batch);
}

/// The parts of the fit: rows are samples, tiles of them go through the BLAS.
template <class Covariance>
class mixture_fitter {
 public:
  using T = typename Covariance::value_type;
  using X = cpu::tensor<T>;

  mixture_fitter(const X& data, const fit_settings& settings) : data_(data), settings_(settings) {
    require(settings.components > 0 && data.shape().batch >= settings.components, where, "cannot fit ",
            settings.components, " components to ", data.shape().batch, " samples");
    require(settings.variance_floor > 0, where, "the variance floor should be positive, got ", settings.variance_floor);
    for (const T v : data.values()) require(std::isfinite(v), where, "the data hold ", static_cast<double>(v));
  }

  /// Centres drawn as k-means++ draws them (Arthur and Vassilvitskii 2007), among some of the data; equal weights; the
  /// variance about the nearest centre.
  gaussian_mixture<Covariance> start() const {
    const std::size_t k_count = settings_.components, d = dimension(), samples = data_.shape().batch;
    const std::size_t pool = std::min(samples, 100 * k_count);
    std::vector<std::size_t> rows(pool);
    for (std::size_t i = 0; i < pool; ++i) rows[i] = pool == samples ? i : uniform_index(samples, stream(0), i);
    X candidates(data_.shape().with_batch(pool)), centres(data_.shape().with_batch(k_count));
    for (std::size_t i = 0; i < pool; ++i) copy_row(rows[i], candidates.sample(i).data());
    std::vector<double> nearest(pool, std::numeric_limits<double>::infinity());
    std::vector<T> distance(pool);
    std::size_t chosen = uniform_index(pool, stream(1), 0);
    for (std::size_t k = 0; k < k_count; ++k) {
      std::copy_n(candidates.sample(chosen).data(), d, centres.sample(k).data());
      cpu::squared_distances<T>({distance.data(), pool, 1, 1}, rows_of(candidates), {centres.data() + k * d, 1, d, d},
                                1.0);
      double total = 0;
      for (std::size_t i = 0; i < pool; ++i) {
        nearest[i] = std::min(nearest[i], static_cast<double>(distance[i]));
        total += nearest[i];
      }
      double left = uniform(stream(1), k + 1) * total;
      for (chosen = 0; chosen + 1 < pool && left >= nearest[chosen]; ++chosen) left -= nearest[chosen];
    }
    double spread = 0;
    for (const double v : nearest) spread += v;
    spread = std::max(spread / static_cast<double>(pool * d), settings_.variance_floor);
    return {std::vector<double>(k_count, 1.0), std::move(centres),
            std::vector<Covariance>(k_count, round_covariance(spread))};
  }

  /// One round. Returns the next model and the log-likelihood per sample of the given one.
  std::pair<gaussian_mixture<Covariance>, double> step(const gaussian_mixture<Covariance>& model,
                                                       std::size_t round) const {
    const std::size_t k_count = model.size(), d = dimension(), samples = data_.shape().batch, tile = 1024;
    std::vector<std::vector<std::pair<std::size_t, T>>> members(k_count);
    double log_likelihood = 0;
    for (std::size_t first = 0; first < samples; first += tile) {
      const std::size_t count = std::min(tile, samples - first);
      const X x(data_.shape().with_batch(count), {data_.data() + first * d, count * d});
      const auto evidence = model.weigh(x, clean);
      for (std::size_t i = 0; i < count; ++i) {
        log_likelihood += evidence.log_density[i];
        for (std::size_t k = 0; k < k_count; ++k) {
          const T r = evidence.responsibilities.data()[i * k_count + k];
          if (r > T(0)) members[k].emplace_back(first + i, r);
        }
      }
    }
    std::vector<double> weights;
    std::vector<Covariance> covariances;
    X means(model.means().shape());
    for (std::size_t k = 0; k < k_count; ++k) {
      double total = 0;
      for (const auto& [row, r] : members[k]) total += static_cast<double>(r);
      if (total < 2 || total < 1e-9 * static_cast<double>(samples)) {
        // Nobody's component starts again at some sample, round, and as wide as the data.
        copy_row(uniform_index(samples, stream(2), k, static_cast<std::uint32_t>(round)), means.sample(k).data());
        weights.push_back(static_cast<double>(samples) / static_cast<double>(10 * k_count));
        covariances.push_back(round_covariance(std::max(spread_of_all(), settings_.variance_floor)));
        continue;
      }
      weights.push_back(total);
      const auto s = scatter_of(members[k], total, model.means().sample(k), means.sample(k));
      covariances.push_back(covariance::estimate(std::type_identity<Covariance>{}, model.sample_shape(), s,
                                                 limits(), &model.covariances()[k]));
    }
    return {{std::move(weights), std::move(means), std::move(covariances)},
            log_likelihood / static_cast<double>(samples)};
  }

 private:
  static constexpr std::string_view where = "equireg::score::fit_gaussian_mixture";

  std::size_t dimension() const { return data_.shape().sample_size(); }
  noise_address stream(std::uint32_t use) const { return {settings_.seed, use, purpose::training, 0}; }
  covariance::estimate_settings limits() const {
    return {settings_.rank, settings_.variance_floor, settings_.seed};
  }
  void copy_row(std::size_t row, T* to) const { std::copy_n(data_.data() + row * dimension(), dimension(), to); }

  // v I, as the kind at hand. A low rank is left to the first estimate, which knows directions.
  Covariance round_covariance(double v) const {
    const std::size_t d = dimension();
    if constexpr (std::is_same_v<Covariance, covariance::low_rank<T>>) {
      return Covariance(X(data_.shape().with_batch(0)), v);
    } else {
      covariance::scatter<T> s{X({1, 1, d, d}, T(0)), std::vector<double>(d, v)};
      for (std::size_t i = 0; i < d; ++i) s.matrix.data()[i * d + i] = static_cast<T>(v);
      return covariance::estimate(std::type_identity<Covariance>{}, data_.shape().with_batch(1), s, limits(),
                                  static_cast<const Covariance*>(nullptr));
    }
  }

  double spread_of_all() const {
    double sum = 0, squares = 0;
    for (const T v : data_.values()) {
      sum += static_cast<double>(v);
      squares += static_cast<double>(v) * static_cast<double>(v);
    }
    const double n = static_cast<double>(data_.size()), mean = sum / n;
    return squares / n - mean * mean;
  }

  // The weighted mean, and the scatter about it; rows are taken relative to the mean before, so that little cancels.
  covariance::scatter<T> scatter_of(const std::vector<std::pair<std::size_t, T>>& members, double total,
                                    std::span<const T> before, std::span<T> mean) const {
    const std::size_t d = dimension(), tile = 512;
    covariance::scatter<T> s{{}, std::vector<double>(d, 0.0)};
    if constexpr (covariance::needs_matrix<Covariance>) s.matrix = X({1, 1, d, d}, T(0));
    std::vector<double> shift(d, 0.0);
    X rows({tile, 1, 1, d});
    std::vector<T> partial(d), partial_squares(d);
    for (std::size_t first = 0; first < members.size(); first += tile) {
      const std::size_t count = std::min(tile, members.size() - first);
      std::fill(partial.begin(), partial.end(), T(0));
      std::fill(partial_squares.begin(), partial_squares.end(), T(0));
      for (std::size_t i = 0; i < count; ++i) {
        const auto [row, r] = members[first + i];
        const T root = std::sqrt(r);
        const T* const x = data_.data() + row * d;
        T* const y = rows.data() + i * d;
        EQUIREG_SIMD
        for (std::size_t j = 0; j < d; ++j) {
          y[j] = root * (x[j] - before[j]);
          partial[j] += root * y[j];
          partial_squares[j] += y[j] * y[j];
        }
      }
      for (std::size_t j = 0; j < d; ++j) {
        shift[j] += static_cast<double>(partial[j]);
        s.diagonal[j] += static_cast<double>(partial_squares[j]);
      }
      if constexpr (covariance::needs_matrix<Covariance>) {
        cxxblas::syrk<int>(cxxblas::RowMajor, cxxblas::Lower, cxxblas::Trans, static_cast<int>(d),
                           static_cast<int>(count), T(1), rows.data(), static_cast<int>(d), T(1), s.matrix.data(),
                           static_cast<int>(d));
      }
    }
    for (std::size_t j = 0; j < d; ++j) {
      shift[j] /= total;
      s.diagonal[j] = s.diagonal[j] / total - shift[j] * shift[j];
      mean[j] = static_cast<T>(static_cast<double>(before[j]) + shift[j]);
    }
    if constexpr (covariance::needs_matrix<Covariance>) {
      for (std::size_t i = 0; i < d; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
          const double v = static_cast<double>(s.matrix.data()[i * d + j]) / total - shift[i] * shift[j];
          s.matrix.data()[i * d + j] = s.matrix.data()[j * d + i] = static_cast<T>(v);
        }
      }
    }
    return s;
  }

  const X& data_;
  fit_settings settings_;
};

/// Fits a mixture of `Covariance` to the samples of `data`, (N, C, H, W). `progress(round, log-likelihood per sample)`
/// is called before each round.
///
/// With `covariance::low_rank` it is the mixture of probabilistic principal component analysers (Tipping and Bishop
/// 1999). The likelihood rises from round to round unless a component without samples starts anew. Deterministic on
/// one machine. Costs O(N (K R d + d^2)) a round with low rank. Throws where the data are not finite or too few.
template <class Covariance, class Progress>
mixture_fit<Covariance> fit_gaussian_mixture(const cpu::tensor<typename Covariance::value_type>& data,
                                             const fit_settings& settings, const Progress& progress) {
  const mixture_fitter<Covariance> fitter(data, settings);
  mixture_fit<Covariance> fit{fitter.start(), {}};
  for (std::size_t round = 0; round < settings.iterations; ++round) {
    auto [next, log_likelihood] = fitter.step(fit.model, round);
    progress(round, log_likelihood);
    const bool settled = round > 1 && log_likelihood - fit.log_likelihood.back() < settings.least_improvement;
    fit.log_likelihood.push_back(log_likelihood);
    fit.model = std::move(next);
    if (settled) break;
  }
  fit.log_likelihood.push_back(mean_log_density(fit.model, data));
  return fit;
}
template <class Covariance>
mixture_fit<Covariance> fit_gaussian_mixture(const cpu::tensor<typename Covariance::value_type>& data,
                                             const fit_settings& settings) {
  return fit_gaussian_mixture<Covariance>(data, settings, [](std::size_t, double) {});
}

}  // namespace equireg::score
