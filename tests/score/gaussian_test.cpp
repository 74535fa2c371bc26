// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/random_mixture.hpp>
#include <support/tolerance.hpp>

#include <equireg/score/clamped.hpp>
#include <equireg/score/gaussian.hpp>

#include <cmath>
#include <utility>
#include <vector>

namespace gaussian_test {

namespace eq = equireg;
using namespace equireg::test;
namespace covariance = eq::score::covariance;

namespace {

using simplest = eq::score::gaussian<covariance::isotropic<float>>;
static_assert(eq::check_differentiable_score_model<simplest>());
static_assert(eq::check_differentiable_score_model<eq::score::clamped<simplest>>());

const std::vector<eq::noise_level> levels = {eq::variance_preserving(0.9), eq::variance_preserving(0.02),
                                             eq::variance_exploding(2.0), eq::noise_level{0, 1, 0}, eq::clean};

template <class Covariance>
eq::score::gaussian<Covariance> random_gaussian(const eq::shape& s, std::uint64_t seed_value) {
  return {normal_tensor<typename Covariance::value_type>(s, seed_value),
          make_covariance(std::type_identity<Covariance>{}, s, seed_value)};
}

}  // namespace

TEMPLATE_TEST_CASE("a gaussian is a mixture of one component", "[score][gaussian]", covariance::isotropic<double>,
                   covariance::diagonal<double>, covariance::low_rank<double>, covariance::low_rank_diagonal<double>,
                   covariance::full<double>, covariance::spectrum<double>) {
  const eq::shape s{1, 2, 2, 3};
  const auto gaussian = random_gaussian<TestType>(s, 5);
  const eq::score::gaussian_mixture<TestType> mixture({2.0}, gaussian.mean(), {gaussian.covariance()});
  const auto x = normal_tensor<double>(s.with_batch(3), 8), v = normal_tensor<double>(s.with_batch(3), 9);
  for (const auto& level : levels) {
    INFO("a = " << level.signal << ", b = " << level.noise);
    const auto one = gaussian.linearize(x, level);
    const auto other = mixture.linearize(x, level);
    CHECK(relative_error(one.value.values(), other.value.values()) < tolerance<double>::rounding * 10);
    const auto pulled = one.pullback(v), expected = other.pullback(v);
    for (std::size_t i = 0; i < pulled.size(); ++i) CHECK(std::abs(pulled.data()[i] - expected.data()[i]) < 1e-10);
    CHECK(relative_error(gaussian.log_density(x, level).values(), mixture.log_density(x, level).values()) < 1e-11);
  }
  CHECK(relative_error(gaussian.sample(eq::seed{4}, 5).values(), mixture.sample(eq::seed{4}, 5).values()) < 1e-14);
}

TEMPLATE_TEST_CASE("a gaussian's posterior covariance is that of the dense matrices", "[score][gaussian]",
                   covariance::isotropic<double>, covariance::diagonal<double>, covariance::low_rank<double>,
                   covariance::low_rank_diagonal<double>, covariance::full<double>, covariance::spectrum<double>) {
  const eq::shape s{1, 1, 2, 3};
  const auto gaussian = random_gaussian<TestType>(s, 6);
  matrix c(6, 6);
  c.values = to_vector(gaussian.covariance().dense(6));
  for (const auto& level : levels) {
    INFO("a = " << level.signal << ", b = " << level.noise);
    const double a = level.signal, b = level.noise;
    const auto v = inverse(combine(a * a, c, b * b, matrix::identity(6))).first;
    const auto expected = combine(1, c, -a * a, c * v * c);
    const auto got = to_vector(gaussian.posterior_covariance(level));
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - expected.values[i]) < 1e-10);
  }
}

TEST_CASE("a spectrum is the covariance whose first row it is the transform of", "[score][spectrum]") {
  const eq::shape s{1, 1, 4, 5};
  const auto power = random_variances<double>(s, 3);
  const auto c = covariance::spectrum<double>(power).dense(20);
  for (std::size_t p = 0; p < 20; ++p) {
    for (std::size_t q = 0; q < 20; ++q) {
      double expected = 0;
      const double rows = static_cast<double>(p / 5) - static_cast<double>(q / 5);
      const double columns = static_cast<double>(p % 5) - static_cast<double>(q % 5);
      for (std::size_t i = 0; i < 4; ++i) {
        for (std::size_t j = 0; j < 5; ++j) {
          expected += power(0, 0, i, j) / 20 *
                      std::cos(2 * std::numbers::pi * (static_cast<double>(i) * rows / 4 +
                                                       static_cast<double>(j) * columns / 5));
        }
      }
      CHECK(std::abs(c.data()[p * 20 + q] - expected) < 1e-14);
    }
  }
  // The same matrix without its structure.
  const auto mean = normal_tensor<double>(s, 1);
  const eq::score::gaussian<covariance::spectrum<double>> fast(mean, covariance::spectrum<double>(power));
  const eq::score::gaussian<covariance::full<double>> slow(mean, covariance::full<double>(c));
  const auto x = normal_tensor<double>(s.with_batch(2), 2);
  for (const auto& level : levels) {
    CHECK(relative_error(fast.denoise(x, level).values(), slow.denoise(x, level).values()) < 1e-11);
  }
}

TEST_CASE("a clamped score cuts x0 and lets no gradient through where it cut", "[score][clamped]") {
  using kind = covariance::isotropic<double>;
  // x0 = x / 2 at (1, 1): the values are -1.5, -1, 0.25, 1, 1.25.
  const eq::score::gaussian<kind> inner(eq::cpu::tensor<double>({1, 1, 1, 5}, 0.0), kind(1));
  const eq::score::clamped score(inner);
  const eq::cpu::tensor<double> x({1, 1, 1, 5}, {-3.0, -2.0, 0.5, 2.0, 2.5});
  const eq::noise_level level{1, 1, 0};
  CHECK(to_vector(score.denoise(x, level)) == vector{-1, -1, 0.25, 1, 1});
  const auto [value, pullback] = score.linearize(x, level);
  CHECK(to_vector(value) == vector{-1, -1, 0.25, 1, 1});
  CHECK(to_vector(pullback(eq::cpu::tensor<double>({1, 1, 1, 5}, 4.0))) == vector{0, 2, 2, 2, 0});
  CHECK_THROWS_WITH(eq::score::clamped(inner, 1.0, 1.0), contains("the range [1, 1] is empty"));
  const eq::cpu::tensor<double> bad({1, 1, 1, 5}, NAN);
  CHECK(std::isnan(score.denoise(bad, level).data()[0]));
}

TEST_CASE("a clamped score over a whole mixture pulls back its derivative", "[score][clamped]") {
  const auto mixture = random_mixture<covariance::low_rank<double>>(3, {1, 1, 3, 4}, 12);
  const eq::score::clamped score(mixture, -0.5, 0.5);
  const auto level = eq::variance_preserving(0.6);
  const auto x = normal_tensor<double>({2, 1, 3, 4}, 5), v = normal_tensor<double>({2, 1, 3, 4}, 6),
             w = normal_tensor<double>({2, 1, 3, 4}, 7);
  const double h = 1e-6;
  auto up = x, down = x;
  add_scaled(up, h, w);
  add_scaled(down, -h, w);
  auto difference = score.denoise(up, level);
  add_scaled(difference, -1, score.denoise(down, level));
  const auto got = dot(score.linearize(x, level).pullback(v), w), expected = dot(difference, v);
  for (std::size_t b = 0; b < 2; ++b) CHECK(close(got.data()[b], expected.data()[b] / (2 * h), 1e-6, 0.1));
}

}  // namespace gaussian_test
