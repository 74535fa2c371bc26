// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `score::gaussian`: the exact denoiser of one Gaussian, a linear map.

#include <equireg/backend/cpu/mixture.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/random.hpp>
#include <equireg/score/covariance/isotropic.hpp>
#include <equireg/score/level_cache.hpp>
#include <equireg/score/score_model.hpp>

#include <cmath>
#include <cstddef>
#include <memory>
#include <numbers>
#include <utility>
#include <vector>

namespace equireg::score {

/// p(x0) = N(m, C): E[x0 | x] = m + a C V^-1 (x - a m), V = a^2 C + b^2 I.
///
/// Written without the weights of a mixture, which it serves to check. Copies share one immutable model.
template <class Covariance>
class gaussian {
 public:
  using covariance_type = Covariance;
  using value_type = typename Covariance::value_type;
  using tensor_type = cpu::tensor<value_type>;

  /// `mean` is (1, C, H, W). Throws where it is not finite or the covariance does not fit.
  gaussian(tensor_type mean, Covariance covariance)
      : model_(std::make_shared<model>(std::move(mean), std::move(covariance))) {}

  /// The shape of one sample, (1, C, H, W).
  [[nodiscard]] shape sample_shape() const { return model_->mean.shape(); }
  /// (1, C, H, W).
  [[nodiscard]] const tensor_type& mean() const { return model_->mean; }
  [[nodiscard]] const Covariance& covariance() const { return model_->covariances.front(); }

  /// E[x0 | x_t = x]: (B, C, H, W).
  [[nodiscard]] tensor_type denoise(const tensor_type& x, const noise_level& level) const {
    check(x);
    // x0 - m = J (x - a m): the mean keeps its digits where a m and x nearly cancel.
    const auto at = prepare(level);
    auto x0 = apply(*at, centred(x, level));
    transform(x0, [](value_type u, value_type m) { return u + m; }, x0, broadcast{mean()});
    return x0;
  }

  /// {E[x0 | x_t = x], pullback}; the pullback is v -> J v with J = a C V^-1, for every x.
  [[nodiscard]] auto linearize(const tensor_type& x, const noise_level& level) const {
    return linearization{denoise(x, level), [self = *this, at = prepare(level)](const tensor_type& v) -> tensor_type {
                           self.check(v);
                           return self.apply(*at, v);
                         }};
  }

  /// log p(x_t = x) of each sample, (B, 1, 1, 1).
  [[nodiscard]] tensor_type log_density(const tensor_type& x, const noise_level& level) const {
    check(x);
    const auto at = prepare(level);
    auto difference = to_basis(centred(x, level));
    const std::size_t d = sample_shape().sample_size(), rank = at->rank();
    tensor_type z({x.shape().batch, 1, 1, rank}), result({x.shape().batch, 1, 1, 1});
    if (rank > 0) multiply(rows_of(z), rows_of(difference), transpose(rows_of(*at->basis).rows_at(0, rank)));
    for (std::size_t b = 0; b < x.shape().batch; ++b) {
      double q = 0;
      for (std::size_t i = 0; i < d && base != base_part::none; ++i) {
        const auto u = static_cast<double>(difference.data()[b * d + i]);
        q += u * u * static_cast<double>(base == base_part::scalar ? at->e[0] : at->e_diagonal.data()[i]);
      }
      for (std::size_t j = 0; j < rank; ++j) {
        const auto u = static_cast<double>(z.data()[b * rank + j]);
        q -= static_cast<double>(at->g[j]) * u * u;
      }
      result.data()[b] = static_cast<value_type>(at->log_weight[0] - 0.5 * q -
                                                 0.5 * static_cast<double>(d) * std::log(2 * std::numbers::pi));
    }
    return result;
  }

  /// Cov[x0 | x_t] = C - a^2 C V^-1 C = b^2 C V^-1, the same for every x: (1, 1, d, d). O(d^2) elements.
  [[nodiscard]] cpu::tensor<double> posterior_covariance(const noise_level& level) const {
    const std::size_t d = sample_shape().sample_size();
    const double a = level.signal, b2 = level.noise * level.noise;
    if (a == 0) return covariance().dense(d);
    tensor_type unit(sample_shape().with_batch(d), value_type(0));
    for (std::size_t i = 0; i < d; ++i) unit.data()[i * d + i] = 1;
    const auto j = apply(*prepare(level), unit);
    cpu::tensor<double> result({1, 1, d, d});
    for (std::size_t i = 0; i < d * d; ++i) result.data()[i] = b2 / a * static_cast<double>(j.data()[i]);
    return result;
  }

  /// Independent draws from the prior, (count, C, H, W). Sample i depends on the address and on i alone.
  [[nodiscard]] tensor_type sample(const noise_address& address, std::size_t count) const {
    const std::size_t width = covariance().noise_size(sample_shape().sample_size());
    tensor_type z({count, 1, 1, width});
    fill_normal(z, address);
    auto x = covariance().color(std::move(z)).reshaped(sample_shape().with_batch(count));
    transform(x, [](value_type u, value_type m) { return u + m; }, x, broadcast{mean()});
    return x;
  }
  [[nodiscard]] tensor_type sample(seed s, std::size_t count) const {
    return sample(noise_address{s.value, 0, purpose::prior, 0}, count);
  }

 private:
  static constexpr std::string_view where = "equireg::score::gaussian";
  using family_type = typename Covariance::family;
  using level_type = decltype(std::declval<const family_type&>().at(noise_level{}));
  using base_part = cpu::base_part;
  static constexpr base_part base = level_type::base;
  static constexpr bool has_basis = requires(const tensor_type& x) { family_type::change_basis(x); };

  struct model {
    model(tensor_type m, Covariance c)
        : mean(checked(std::move(m), c)),
          covariances{std::move(c)},
          family(covariances, std::make_shared<const tensor_type>(mean.reshaped(
                                  {1, 1, 1, mean.shape().sample_size()}))) {}

    static tensor_type checked(tensor_type m, const Covariance& c) {
      require(m.shape().batch == 1 && m.size() > 0, where, "the mean of one sample is expected, got shape ", m.shape());
      for (const auto v : m.values()) require(std::isfinite(v), where, "the mean holds ", static_cast<double>(v));
      c.check(m.shape());
      return m;
    }

    tensor_type mean;
    std::vector<Covariance> covariances;
    family_type family;
    level_cache<level_type> cache;
  };

  void check(const tensor_type& x) const {
    require_shape(x.shape(), sample_shape().with_batch(x.shape().batch), where, "x");
  }

  std::shared_ptr<const level_type> prepare(const noise_level& level) const {
    return model_->cache.get(level, [&] { return model_->family.at(level); });
  }

  tensor_type centred(const tensor_type& x, const noise_level& level) const {
    tensor_type difference(x.shape());
    transform(difference, [a = static_cast<value_type>(level.signal)](value_type u, value_type m) { return u - a * m; },
              x, broadcast{mean()});
    return difference;
  }

  static tensor_type to_basis(tensor_type x) {
    if constexpr (has_basis) {
      return family_type::change_basis(x);
    } else {
      return x;
    }
  }

  // J v = F v + Q diag(h) Q^T v.
  static tensor_type apply(const level_type& at, const tensor_type& v_given) {
    const tensor_type v = to_basis(v_given);
    tensor_type out(v.shape()), z({v.shape().batch, 1, 1, at.rank()}), h({1, 1, 1, at.rank()});
    if constexpr (base == base_part::none) {
      std::fill_n(out.data(), out.size(), value_type(0));
    } else if constexpr (base == base_part::scalar) {
      transform(out, [f = at.f[0]](value_type u) { return f * u; }, v);
    } else {
      const auto f = at.f_diagonal.reshaped(v.shape().with_batch(1));
      transform(out, [](value_type u, value_type factor) { return factor * u; }, v, broadcast{f});
    }
    if (at.rank() > 0) {
      const auto q = rows_of(*at.basis).rows_at(0, at.rank());
      multiply(rows_of(z), rows_of(v), transpose(q));
      std::copy(at.h.begin(), at.h.end(), h.data());
      transform(z, [](value_type u, value_type factor) { return factor * u; }, z, broadcast{h});
      multiply(rows_of(out), rows_of(z), q, 1, 1);
    }
    return to_basis(std::move(out));
  }

  std::shared_ptr<model> model_;
};

template <class T, class Covariance>
gaussian(cpu::tensor<T>, Covariance) -> gaussian<Covariance>;

}  // namespace equireg::score
