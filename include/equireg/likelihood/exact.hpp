// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::exact`: no approximation. E[x0 | x_t, y] for a mixture prior and a linear measurement.

#include <equireg/backend/cpu/mixture.hpp>
#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/likelihood/penalty_shift.hpp>
#include <equireg/score/level_cache.hpp>
#include <equireg/score/mixture_posterior.hpp>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace equireg::likelihood {

/// The conditional denoiser in closed form: x_t | y is the mixture sum_k w'_k N(a m'_k, a^2 C'_k + b^2 I) of the exact
/// posterior's components, and E[x0 | x_t, y] is that mixture's denoiser. A sampler with it draws from p(x0 | y) up to
/// its discretisation: the yardstick of every approximation. The shift is absent, or -J^T alpha grad R(x0) with
/// J = d E[x0 | x_t, y] / d x_t where there is a penalty.
///
/// Setup decomposes K covariances, O(K d^3) time and K d^2 numbers; a step costs two matrix products of B x d by
/// d x K d, twice that with a penalty. The sampler's score is not asked.
template <class Prior, class Operator>
class exact {
 public:
  using value_type = typename Prior::value_type;
  using tensor_type = typename Prior::tensor_type;

  /// y (B, C', H', W') are B measurements with noise of standard deviation sigma_y. Throws where the shapes do not fit
  /// or sigma_y is not positive.
  exact(const Prior& prior, const Operator& measurement, const tensor_type& y, double sigma_y)
      : exact(score::mixture_posterior<Prior>(prior, measurement, y, sigma_y)) {}

  /// From a posterior; those of one `mixture_conditioning` share its decomposition.
  explicit exact(const score::mixture_posterior<Prior>& posterior)
      : state_(std::make_shared<state>(posterior)) {}

  static constexpr const char* name = "equireg::likelihood::exact";

  [[nodiscard]] std::size_t batch() const { return state_->batch; }

  /// Throws unless `sample` is the shape of the prior's samples.
  void check(const shape& sample) const {
    require_shape(sample.with_batch(1), state_->sample, name, "a sample of the score");
  }

  /// E[x0 | x_t = x, y]: sample b of x (B, C, H, W) is given measurement b.
  [[nodiscard]] tensor_type denoise(const tensor_type& x, const noise_level& level) const {
    check_state(x);
    const auto at = state_->at(level);
    const auto weights = weigh_components(at->mixture, x, at->offsets(*state_));
    return mixture_mean(at->mixture, x, weights, at->offsets(*state_));
  }

  /// {E[x0 | x_t = x, y], pullback}.
  [[nodiscard]] auto linearize(const tensor_type& x, const noise_level& level) const {
    check_state(x);
    auto at = state_->at(level);
    auto weights = weigh_components(at->mixture, x, at->offsets(*state_));
    auto x0 = mixture_mean(at->mixture, x, weights, at->offsets(*state_));
    return linearization{std::move(x0), [kept = state_, at = std::move(at), x = x,
                                         weights = std::move(weights)](const tensor_type& v) -> tensor_type {
                           return mixture_pullback(at->mixture, x, weights, at->offsets(*kept), v);
                         }};
  }

  template <class Score, class Penalty>
  auto estimate(const Score&, const Penalty& penalty, const tensor_type& x, const noise_level& level,
                const reverse_step& step) const {
    if constexpr (is_no_penalty<Penalty>) {
      return guided_estimate{denoise(x, level), absent{}};
    } else {
      auto [x0, pullback] = linearize(x, level);
      auto shift = penalty_shift(penalty, x0, pullback, step);
      return guided_estimate{std::move(x0), std::move(shift)};
    }
  }

 private:
  struct state;

  // One noise level: the components' shares, and log weights that also depend on the measurement.
  struct level_type {
    cpu::mixture_level<value_type, cpu::base_part::none> mixture;
    std::vector<double> log_weights;  // B x K

    [[nodiscard]] cpu::mixture_offsets<value_type> offsets(const state& s) const {
      return {s.projected.data(), mixture.rank(), log_weights.data(), mixture.components()};
    }
  };

  struct state {
    explicit state(const score::mixture_posterior<Prior>& posterior)
        : batch(posterior.batch()),
          sample(posterior.prior().sample_shape()),
          log_weights(posterior.log_weights()),
          conditioning(posterior.conditioning()),
          family(family_of(posterior)) {
      // Q'^T m' for every measurement and component: the means as the denoiser needs them.
      const std::size_t components = posterior.size(), d = sample.sample_size();
      projected = tensor_type({batch, 1, 1, components * d});
      for (std::size_t b = 0; b < batch; ++b) {
        const auto means = posterior.component_means(b);
        tensor_type rows(means.shape());
        std::transform(means.values().begin(), means.values().end(), rows.data(),
                       [](double v) { return static_cast<value_type>(v); });
        for (std::size_t k = 0; k < components; ++k) {
          cpu::multiply<value_type>({projected.data() + (b * components + k) * d, 1, d, d},
                                    rows_of(std::as_const(rows)).rows_at(k, 1),
                                    transpose(rows_of(conditioning->eigenbases()[k].basis())));
        }
      }
    }

    // Means enter by `projected`; the family's own are not read.
    static typename score::covariance::full<value_type>::family family_of(
        const score::mixture_posterior<Prior>& posterior) {
      const std::size_t d = posterior.prior().sample_shape().sample_size();
      return {posterior.conditioning()->eigenbases(),
              std::make_shared<const tensor_type>(shape{posterior.size(), 1, 1, d}, value_type(0))};
    }

    std::shared_ptr<const level_type> at(const noise_level& level) {
      return cache.get(level, [&] {
        level_type result{family.at(level), log_weights};
        const std::size_t components = result.mixture.components();
        for (std::size_t i = 0; i < result.log_weights.size(); ++i) {
          result.log_weights[i] += result.mixture.log_weight[i % components];
        }
        return result;
      });
    }

    std::size_t batch;
    shape sample;
    std::vector<double> log_weights;  // B x K
    std::shared_ptr<const score::mixture_conditioning<Prior>> conditioning;
    typename score::covariance::full<value_type>::family family;
    tensor_type projected;  // (B, 1, 1, K d)
    score::level_cache<level_type> cache;
  };

  void check_state(const tensor_type& x) const {
    require_shape(x.shape(), state_->sample.with_batch(batch()), name, "x");
  }

  std::shared_ptr<state> state_;
};

template <class Prior, class Operator>
exact(const Prior&, const Operator&, const typename Prior::tensor_type&, double) -> exact<Prior, Operator>;

static_assert(check_likelihood_approximation<
              exact<score::gaussian_mixture<score::covariance::low_rank<float>>, identity_map>,
              score::gaussian_mixture<score::covariance::low_rank<float>>>());

}  // namespace equireg::likelihood
