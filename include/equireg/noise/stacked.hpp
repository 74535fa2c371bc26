// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `noise::stacked`: several measurements of one signal, each with its own noise.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/concatenate.hpp>  // the verbs for host tensors
#include <equireg/core/error.hpp>
#include <equireg/core/random.hpp>
#include <equireg/noise/gaussian.hpp>
#include <equireg/noise/noise_model.hpp>
#include <equireg/noise/stream.hpp>

#include <array>
#include <cstddef>
#include <tuple>
#include <utility>

namespace equireg::noise {

/// y = (y_1, y_2, ...): block j, the next size_j elements of each sample in row-major order, has the noise model j.
///
///     stacked{{m1, m2}, gaussian{.sigma = 0.05}, poisson{}}      // y is (B, 1, 1, m1 + m2)
///
/// The blocks are independent: log-likelihoods add, and gradients stand side by side. Block j reads substream j, so
/// that the first block has the numbers that its noise alone would have.
template <class... Noise>
class stacked {
  static_assert(sizeof...(Noise) > 0, "stacked needs: one noise model for each block of y");

 public:
  /// The elements of each block and its noise.
  constexpr stacked(std::array<std::size_t, sizeof...(Noise)> sizes, Noise... noise)
      : sizes_(sizes), noise_(std::move(noise)...) {}

  /// Entries weigh by the inverse of their variance, so that blocks of different noise can be added.
  static constexpr bool weighted = true;

  /// The likelihood has no direction where that of no block has one.
  static constexpr bool flat = (is_flat<Noise> && ...);

  /// z with the noise of each block; shape of z. Throws where the blocks do not fill z.
  template <class Y>
    requires(has_noise_sample<Noise, Y> && ...)
  Y sample(const Y& z, const noise_address& address) const {
    return each_block(z, [&](const auto& noise, std::size_t j, std::size_t first, std::size_t count) {
      return noise.sample(slice(z, first, {1, 1, 1, count}), substream(address, j));
    });
  }

  /// The sum of the blocks' log p(y_j | z_j), for each sample, (B, 1, 1, 1).
  template <class Y>
    requires(has_log_likelihood<Noise, Y> && ...)
  Y log_likelihood(const Y& z, const Y& y) const {
    Y sum({z.shape().batch, 1, 1, 1});
    fill(sum, 0);
    check(z);
    require_shape(y.shape(), z.shape(), name, "y");
    for_each_block([&](const auto& noise, std::size_t, std::size_t first, std::size_t count) {
      add_scaled(sum, 1, noise.log_likelihood(slice(z, first, {1, 1, 1, count}), slice(y, first, {1, 1, 1, count})));
    });
    return sum;
  }

  /// The blocks' gradients side by side, shape of z.
  template <class Y>
    requires(has_log_likelihood_gradient<Noise, Y> && ...)
  Y log_likelihood_gradient(const Y& z, const Y& y) const {
    require_shape(y.shape(), z.shape(), name, "y");
    return each_block(z, [&](const auto& noise, std::size_t, std::size_t first, std::size_t count) {
      return noise.log_likelihood_gradient(slice(z, first, {1, 1, 1, count}), slice(y, first, {1, 1, 1, count}));
    });
  }

  /// The blocks' weights side by side, shape of y.
  template <class Y>
    requires(has_weights<Noise, Y> && ...)
  Y weights(const Y& y) const {
    return each_block(y, [&](const auto& noise, std::size_t, std::size_t first, std::size_t count) {
      return noise.weights(slice(y, first, {1, 1, 1, count}));
    });
  }

 private:
  static constexpr const char* name = "equireg::noise::stacked";

  // f(noise, number, first element, elements) for each block.
  template <class F>
  void for_each_block(const F& f) const {
    std::size_t first = 0, j = 0;
    const auto next = [&](const auto& noise) {
      f(noise, j, first, sizes_[j]);
      first += sizes_[j++];
    };
    std::apply([&](const auto&... noise) { (next(noise), ...); }, noise_);
  }

  // What f makes of each block, side by side in the shape of z.
  template <class Y, class F>
  Y each_block(const Y& z, const F& f) const {
    check(z);
    Y out(z.shape());
    for_each_block([&](const auto& noise, std::size_t j, std::size_t first, std::size_t count) {
      set_slice(out, first, f(noise, j, first, count));
    });
    return out;
  }

  template <class Y>
  void check(const Y& z) const {
    std::size_t sum = 0;
    for (const std::size_t size : sizes_) sum += size;
    require(sum == z.shape().sample_size(), name, "expected blocks of ", z.shape().sample_size(),
            " elements together, but they have ", sum);
  }

  std::array<std::size_t, sizeof...(Noise)> sizes_;
  std::tuple<Noise...> noise_;
};

template <class... Noise>
stacked(std::array<std::size_t, sizeof...(Noise)>, Noise...) -> stacked<Noise...>;

static_assert(check_noise_model<stacked<gaussian>, cpu::tensor<float>>() &&
              check_weighted_square<stacked<gaussian>, cpu::tensor<float>>());

}  // namespace equireg::noise
