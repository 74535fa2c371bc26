// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The `noise_model` concept: p(y | z), where z = A(x) is the measurement without noise.

#include <equireg/core/random.hpp>

#include <concepts>

namespace equireg {

/// `n.sample(z, address)` is a y ~ p(y | z), shape of z, with the numbers at `address`: a sample's numbers depend on
/// its index and not on the batch around it.
template <class N, class Y>
concept has_noise_sample = requires(const N& n, const Y& z, const noise_address& address) {
  { n.sample(z, address) } -> std::same_as<Y>;
};

/// `n.log_likelihood(z, y)` is log p(y | z) of each sample, (B, 1, 1, 1).
template <class N, class Y>
concept has_log_likelihood = requires(const N& n, const Y& z, const Y& y) {
  { n.log_likelihood(z, y) } -> std::same_as<Y>;
};

/// `n.log_likelihood_gradient(z, y)` is d log p(y | z) / dz, shape of z.
template <class N, class Y>
concept has_log_likelihood_gradient = requires(const N& n, const Y& z, const Y& y) {
  { n.log_likelihood_gradient(z, y) } -> std::same_as<Y>;
};

/// `n.weights(y)` are inverse variances of y's entries as y itself suggests them, shape of y.
template <class N, class Y>
concept has_weights = requires(const N& n, const Y& y) {
  { n.weights(y) } -> std::same_as<Y>;
};

/// `N::weighted` says whether the square sum_i w_i (y_i - z_i)^2 takes w = n.weights(y); otherwise w = 1.
template <class N, class Y>
concept has_weighted_square = requires {
  { N::weighted } -> std::convertible_to<bool>;
} && (!N::weighted || has_weights<N, Y>);

/// Noise that can be drawn, and whose log-likelihood can be evaluated and differentiated.
template <class N, class Y>
concept noise_model = has_noise_sample<N, Y> && has_log_likelihood<N, Y> && has_log_likelihood_gradient<N, Y>;

/// Whether the likelihood of N is flat: its gradient is zero wherever it exists, so that no step can follow it.
template <class N>
inline constexpr bool is_flat = requires { requires N::flat; };

/// Explains, one line for each missing member, why N is not a `noise_model` on measurements Y.
template <class N, class Y>
consteval bool check_noise_model() {
  static_assert(has_noise_sample<N, Y>, "a noise model needs: Y sample(const Y& z, const equireg::noise_address& "
                                        "address) const, z with noise of the stream at address");
  static_assert(has_log_likelihood<N, Y>, "a noise model needs: Y log_likelihood(const Y& z, const Y& y) const, log "
                                          "p(y | z) of each sample, (B, 1, 1, 1)");
  static_assert(has_log_likelihood_gradient<N, Y>,
                "a noise model needs: Y log_likelihood_gradient(const Y& z, const Y& y) const, d log p(y | z) / dz, "
                "shape of z");
  return true;
}

/// Explains, one line for each missing member, why a solver cannot take sum_i w_i (y_i - z_i)^2 with the noise N.
template <class N, class Y>
consteval bool check_weighted_square() {
  static_assert(
      requires { N::weighted; },
      "a solver that weighs residuals needs of a noise model: static constexpr bool weighted, whether they weigh by "
      "weights(y); false weighs all the same");
  if constexpr (requires { requires bool(N::weighted); }) {
    static_assert(has_weights<N, Y>, "a weighted noise model needs: Y weights(const Y& y) const, the inverse variance "
                                     "of each entry as y suggests it, shape of y");
  }
  return true;
}

}  // namespace equireg
