// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief What tests of likelihoods share: the exact answer for a Gaussian prior, a prior whose Jacobian is not
/// symmetric, a mask, and a penalty whose gradient is known.

#include <support/dense.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/stepper/reverse_step.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace equireg::test {

/// x_t = a x0 + b eps and y = A x0 + sigma eps' are one measurement of x0: [a I; A].
inline dense_posterior condition_on_both(const dense_mixture& prior, const matrix& a, double sigma,
                                         const noise_level& level, const vector& x, const vector& y) {
  const std::size_t d = x.size(), m = y.size();
  matrix both(d + m, d), noise(d + m, d + m);
  vector values = x;
  values.insert(values.end(), y.begin(), y.end());
  for (std::size_t i = 0; i < d; ++i) {
    both(i, i) = level.signal;
    noise(i, i) = level.noise * level.noise;
  }
  for (std::size_t i = 0; i < m; ++i) {
    noise(d + i, d + i) = sigma * sigma;
    for (std::size_t j = 0; j < d; ++j) both(d + i, j) = a(i, j);
  }
  return {prior, both, noise, values};
}

/// A denoiser whose Jacobian is not symmetric and depends on x: x0_i = sin(x_i + x_{i+1} / 2), i modulo d.
struct sine_prior {
  using tensor_type = cpu::tensor<double>;
  shape sample;

  [[nodiscard]] shape sample_shape() const { return sample; }
  [[nodiscard]] tensor_type denoise(const tensor_type& x, const noise_level&) const {
    tensor_type u = angles(x);
    transform(
        u, [](double v) { return std::sin(v); }, u);
    return u;
  }
  [[nodiscard]] auto linearize(const tensor_type& x, const noise_level& level) const {
    return linearization{denoise(x, level), [u = angles(x)](const tensor_type& v) {
                           tensor_type g(v.shape(), 0.0);
                           for (std::size_t b = 0; b < v.shape().batch; ++b) {
                             const std::size_t d = v.sample(b).size();
                             for (std::size_t i = 0; i < d; ++i) {
                               const double w = std::cos(u.sample(b)[i]) * v.sample(b)[i];
                               g.sample(b)[i] += w;
                               g.sample(b)[(i + 1) % d] += 0.5 * w;
                             }
                           }
                           return g;
                         }};
  }

 private:
  static tensor_type angles(const tensor_type& x) {
    tensor_type u(x.shape());
    for (std::size_t b = 0; b < x.shape().batch; ++b) {
      const auto from = x.sample(b);
      for (std::size_t i = 0; i < from.size(); ++i) u.sample(b)[i] = from[i] + 0.5 * from[(i + 1) % from.size()];
    }
    return u;
  }
};

/// R(x0) = 0.7 |x0|^2 / 2 at even steps.
struct ridge {
  [[nodiscard]] bool active(const reverse_step& step) const { return step.index % 2 == 0; }
  template <class X>
  X value(const X& x0, const reverse_step&) const {
    X r = squared_norm(x0);
    transform(
        r, [](double v) { return 0.35 * v; }, r);
    return r;
  }
  template <class X>
  void accumulate(X& q, const X& x0, const reverse_step&, const X& factor) const {
    transform(
        q, [](double u, double v, double f) { return u + 0.7 * f * v; }, q, x0, per_sample{factor});
  }
};

/// A mask of (1, 1, 2, 4) that observes five of its eight pixels.
template <class X>
X mask_of_five() {
  X mask({1, 1, 2, 4}, 1);
  mask(0, 0, 0, 1) = mask(0, 0, 1, 0) = mask(0, 0, 1, 3) = 0;
  return mask;
}

/// Sample b of a batch as a batch of one.
template <class X>
X only(const X& x, std::size_t b) {
  const auto values = x.sample(b);
  X one(x.shape().with_batch(1));
  std::copy(values.begin(), values.end(), one.data());
  return one;
}

}  // namespace equireg::test
