// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief A small mixture of each kind of covariance, at random, and the same mixture as dense matrices.

#include <support/dense.hpp>

#include <equireg/score/covariance/diagonal.hpp>
#include <equireg/score/covariance/full.hpp>
#include <equireg/score/covariance/isotropic.hpp>
#include <equireg/score/covariance/low_rank.hpp>
#include <equireg/score/covariance/low_rank_diagonal.hpp>
#include <equireg/score/covariance/spectrum.hpp>
#include <equireg/score/gaussian_mixture.hpp>

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace equireg::test {

template <class T>
cpu::tensor<T> normal_tensor(const shape& s, std::uint64_t seed_value, double scale = 1) {
  cpu::tensor<T> x(s);
  fill_normal(x, {seed_value, 0, purpose::user, 0});
  transform(x, [c = static_cast<T>(scale)](T v) { return c * v; }, x);
  return x;
}

/// Variances between 0.05 and about 2, the same at opposite frequencies.
template <class T>
cpu::tensor<T> random_variances(const shape& s, std::uint64_t seed_value) {
  auto x = normal_tensor<T>(s.with_batch(1), seed_value);
  transform(x, [](T v) { return T(0.05) + T(0.5) * v * v; }, x);
  auto even = x;
  for (std::size_t c = 0; c < s.channels; ++c) {
    for (std::size_t i = 0; i < s.height; ++i) {
      for (std::size_t j = 0; j < s.width; ++j) {
        even(0, c, i, j) =
            T(0.5) * (x(0, c, i, j) + x(0, c, (s.height - i) % s.height, (s.width - j) % s.width));
      }
    }
  }
  return even;
}

/// @name A random covariance of each kind, for samples of shape s
/// @{
template <class T>
score::covariance::isotropic<T> make_covariance(std::type_identity<score::covariance::isotropic<T>>, const shape&,
                                                std::uint64_t i) {
  return score::covariance::isotropic<T>(0.2 + 0.15 * static_cast<double>(i % 7));
}
template <class T>
score::covariance::diagonal<T> make_covariance(std::type_identity<score::covariance::diagonal<T>>, const shape& s,
                                               std::uint64_t i) {
  return score::covariance::diagonal<T>(random_variances<T>(s, i));
}
template <class T>
score::covariance::low_rank<T> make_covariance(std::type_identity<score::covariance::low_rank<T>>, const shape& s,
                                               std::uint64_t i) {
  return score::covariance::low_rank<T>(normal_tensor<T>(s.with_batch(i % 3), i, 0.8), 0.1 + 0.05 * (i % 5));
}
template <class T>
score::covariance::low_rank_diagonal<T> make_covariance(std::type_identity<score::covariance::low_rank_diagonal<T>>,
                                                        const shape& s, std::uint64_t i) {
  return score::covariance::low_rank_diagonal<T>(normal_tensor<T>(s.with_batch(i % 3), i, 0.8),
                                                 random_variances<T>(s, i + 50));
}
template <class T>
score::covariance::full<T> make_covariance(std::type_identity<score::covariance::full<T>>, const shape& s,
                                           std::uint64_t i) {
  const std::size_t d = s.sample_size();
  const auto root = normal_tensor<T>({d, 1, 1, d}, i, 0.4);
  cpu::tensor<T> c({1, 1, d, d}, T(0));
  for (std::size_t j = 0; j < d; ++j) c(0, 0, j, j) = T(0.05);
  cpu::multiply<T>({c.data(), d, d, d}, rows_of(root), transpose(rows_of(root)), 1, 1);
  return score::covariance::full<T>(c);
}
template <class T>
score::covariance::spectrum<T> make_covariance(std::type_identity<score::covariance::spectrum<T>>, const shape& s,
                                               std::uint64_t i) {
  return score::covariance::spectrum<T>(random_variances<T>(s, i));
}
/// @}

/// K components with means of size about 1.
template <class Covariance>
score::gaussian_mixture<Covariance> random_mixture(std::size_t components, const shape& s, std::uint64_t seed_value) {
  std::vector<double> weights;
  std::vector<Covariance> covariances;
  for (std::size_t k = 0; k < components; ++k) {
    weights.push_back(1.0 + static_cast<double>((seed_value + 3 * k) % 4));
    covariances.push_back(make_covariance(std::type_identity<Covariance>{}, s, 100 * seed_value + k + 1));
  }
  return {std::move(weights), normal_tensor<typename Covariance::value_type>(s.with_batch(components), seed_value),
          std::move(covariances)};
}

/// One sample, in double.
template <class T>
vector to_vector(const cpu::tensor<T>& x, std::size_t b = 0) {
  const auto row = x.sample(b);
  return {row.begin(), row.end()};
}

template <class Covariance>
dense_mixture to_dense(const score::gaussian_mixture<Covariance>& mixture) {
  dense_mixture result;
  const std::size_t d = mixture.sample_shape().sample_size();
  for (std::size_t k = 0; k < mixture.size(); ++k) {
    result.weights.push_back(mixture.weights()[k]);
    result.means.push_back(to_vector(mixture.means(), k));
    matrix c(d, d);
    c.values = to_vector(mixture.covariances()[k].dense(d));
    result.covariances.push_back(std::move(c));
  }
  return result;
}

}  // namespace equireg::test
