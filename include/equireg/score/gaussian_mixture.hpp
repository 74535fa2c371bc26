// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `score::gaussian_mixture`: the exact denoiser of a mixture of Gaussians.

#include <equireg/backend/cpu/mixture.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/random.hpp>
#include <equireg/score/covariance/isotropic.hpp>
#include <equireg/score/covariance/low_rank.hpp>
#include <equireg/score/level_cache.hpp>
#include <equireg/score/score_model.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <memory>
#include <numbers>
#include <utility>
#include <vector>

namespace equireg::score {

/// p(x0) = sum_k w_k N(m_k, C_k): denoiser, its pullback, densities and exact samples, all in closed form.
///
/// At noise level (a, b) component k is N(a m_k, V_k), V_k = a^2 C_k + b^2 I, and
///   E[x0 | x] = sum_k r_k(x) [m_k + a C_k V_k^-1 (x - a m_k)],  r_k(x) proportional to w_k N(x; a m_k, V_k).
/// a = 0 and b = 0 need no special care. Copies share one immutable model.
template <class Covariance>
class gaussian_mixture {
 public:
  using covariance_type = Covariance;
  using value_type = typename Covariance::value_type;
  using tensor_type = cpu::tensor<value_type>;

  /// K weights, means (K, C, H, W) and covariances. Weights are scaled to the sum 1; throws unless they are positive
  /// and finite, and all sizes fit.
  gaussian_mixture(std::vector<double> weights, tensor_type means, std::vector<Covariance> covariances)
      : model_(std::make_shared<model>(std::move(weights), std::move(means), std::move(covariances))) {}

  /// The shape of one sample, (1, C, H, W).
  [[nodiscard]] shape sample_shape() const { return model_->means.shape().with_batch(1); }
  /// Number of components, K.
  [[nodiscard]] std::size_t size() const { return model_->weights.size(); }
  [[nodiscard]] const std::vector<double>& weights() const { return model_->weights; }
  /// (K, C, H, W).
  [[nodiscard]] const tensor_type& means() const { return model_->means; }
  [[nodiscard]] const std::vector<Covariance>& covariances() const { return model_->covariances; }

  /// E[x0 | x_t = x]: (B, C, H, W).
  [[nodiscard]] tensor_type denoise(const tensor_type& x, const noise_level& level) const {
    check(x);
    const auto at = prepare(level);
    const auto& in_basis = to_basis(x);
    const auto weights = weigh_components(*at, in_basis, offsets_of(*at));
    return from_basis(mixture_mean(*at, in_basis, weights, offsets_of(*at)));
  }

  /// {E[x0 | x_t = x], pullback}; the pullback is v -> J v with the symmetric J = d E[x0 | x] / d x. It owns what it
  /// needs, and holds a share of the model.
  [[nodiscard]] auto linearize(const tensor_type& x, const noise_level& level) const {
    check(x);
    auto at = prepare(level);
    tensor_type in_basis = to_basis(x);
    auto weights = weigh_components(*at, in_basis, offsets_of(*at));
    auto x0 = from_basis(mixture_mean(*at, in_basis, weights, offsets_of(*at)));
    return linearization{std::move(x0),
                         [self = *this, at = std::move(at), in_basis = std::move(in_basis),
                          weights = std::move(weights)](const tensor_type& v) -> tensor_type {
                           return self.from_basis(
                               mixture_pullback(*at, in_basis, weights, offsets_of(*at), self.to_basis(v)));
                         }};
  }

  /// log p(x_t = x) of each sample, (B, 1, 1, 1).
  [[nodiscard]] tensor_type log_density(const tensor_type& x, const noise_level& level) const {
    const auto log_p = weigh(x, level).log_density;
    tensor_type result({x.shape().batch, 1, 1, 1});
    std::transform(log_p.begin(), log_p.end(), result.data(), [](double v) { return static_cast<value_type>(v); });
    return result;
  }

  /// p(k | x_t = x), (B, 1, 1, K): 0 where a component's part of every result rounds away.
  [[nodiscard]] tensor_type responsibilities(const tensor_type& x, const noise_level& level) const {
    return weigh(x, level).responsibilities;
  }

  /// Both at the price of one: p(k | x_t = x), (B, 1, 1, K), and log p(x_t = x), (B).
  struct evidence {
    tensor_type responsibilities;
    std::vector<double> log_density;
  };
  [[nodiscard]] evidence weigh(const tensor_type& x, const noise_level& level) const {
    check(x);
    const auto at = prepare(level);
    auto weights = weigh_components(*at, to_basis(x), offsets_of(*at));
    const double constant = 0.5 * static_cast<double>(x.shape().sample_size()) * std::log(2 * std::numbers::pi);
    for (double& value : weights.log_sum) value -= constant;
    return {std::move(weights.r), std::move(weights.log_sum)};
  }

  /// Independent draws from the prior, (count, C, H, W). Sample i depends on the address and on i alone: the component
  /// comes from the stream of `purpose::component`, the normal numbers from that of `address.what`.
  [[nodiscard]] tensor_type sample(const noise_address& address, std::size_t count) const {
    const std::size_t d = sample_shape().sample_size();
    std::vector<std::vector<std::size_t>> drawn(size());
    for (std::size_t i = 0; i < count; ++i) drawn[component_of(address, i)].push_back(i);
    tensor_type result(sample_shape().with_batch(count));
    for (std::size_t k = 0; k < size(); ++k) {
      if (drawn[k].empty()) continue;
      const std::size_t width = covariances()[k].noise_size(d);
      tensor_type z({drawn[k].size(), 1, 1, width});
      for (std::size_t i = 0; i < drawn[k].size(); ++i) {
        fill_normal(z.sample(i).data(), 0, width, address, drawn[k][i]);
      }
      const auto rows = covariances()[k].color(std::move(z));
      for (std::size_t i = 0; i < drawn[k].size(); ++i) {
        const auto m = means().sample(k), row = rows.sample(i);
        std::transform(m.begin(), m.end(), row.begin(), result.sample(drawn[k][i]).data(), std::plus<value_type>{});
      }
    }
    return result;
  }
  [[nodiscard]] tensor_type sample(seed s, std::size_t count) const {
    return sample(noise_address{s.value, 0, purpose::prior, 0}, count);
  }

 private:
  static constexpr std::string_view where = "equireg::score::gaussian_mixture";
  using family_type = typename Covariance::family;
  using level_type = decltype(std::declval<const family_type&>().at(noise_level{}));

  struct model {
    model(std::vector<double> w, tensor_type m, std::vector<Covariance> c)
        : weights(checked(std::move(w), m, c)),
          means(std::move(m)),
          covariances(std::move(c)),
          family(covariances, std::make_shared<const tensor_type>(means.reshaped(
                                  {means.shape().batch, 1, 1, means.shape().sample_size()}))) {}

    static std::vector<double> checked(std::vector<double> w, const tensor_type& m, const std::vector<Covariance>& c) {
      require(!w.empty(), where, "a mixture has at least one component");
      require(m.shape().batch == w.size() && c.size() == w.size(), where, w.size(), " weights, ", m.shape().batch,
              " means and ", c.size(), " covariances: expected as many of each");
      require(m.shape().sample_size() > 0, where, "the means are empty, shape ", m.shape());
      double sum = 0;
      for (const double v : w) {
        require(v > 0 && std::isfinite(v), where, "weights should be positive, got ", v);
        sum += v;
      }
      for (double& v : w) v /= sum;
      for (const auto v : m.values()) {
        require(std::isfinite(v), where, "a mean holds ", static_cast<double>(v));
      }
      for (const auto& member : c) member.check(m.shape().with_batch(1));
      return w;
    }

    std::vector<double> weights;
    tensor_type means;
    std::vector<Covariance> covariances;
    family_type family;
    level_cache<level_type> cache;
  };

  void check(const tensor_type& x) const {
    require_shape(x.shape(), sample_shape().with_batch(x.shape().batch), where, "x");
  }

  std::shared_ptr<const level_type> prepare(const noise_level& level) const {
    return model_->cache.get(level, [&] {
      level_type at = model_->family.at(level);
      for (std::size_t k = 0; k < size(); ++k) at.log_weight[k] += std::log(weights()[k]);
      return at;
    });
  }

  std::size_t component_of(noise_address address, std::uint64_t i) const {
    address.what = purpose::component;
    const double u = uniform(address, i);
    double sum = 0;
    for (std::size_t k = 0; k + 1 < size(); ++k) {
      sum += weights()[k];
      if (u < sum) return k;
    }
    return size() - 1;
  }

  // Covariances that are diagonal in another basis name it; it is orthonormal and its own inverse.
  static constexpr bool has_basis = requires(const tensor_type& x) { family_type::change_basis(x); };
  decltype(auto) to_basis(const tensor_type& x) const {
    if constexpr (has_basis) {
      return family_type::change_basis(x);
    } else {
      return (x);
    }
  }
  tensor_type from_basis(tensor_type x) const {
    if constexpr (has_basis) {
      return family_type::change_basis(x);
    } else {
      return x;
    }
  }

  std::shared_ptr<model> model_;
};

template <class T, class Covariance>
gaussian_mixture(std::vector<double>, cpu::tensor<T>, std::vector<Covariance>) -> gaussian_mixture<Covariance>;

}  // namespace equireg::score
