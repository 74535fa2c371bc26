// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/guidance.hpp>
#include <support/random_mixture.hpp>
#include <support/random_operator.hpp>
#include <support/tolerance.hpp>

#include <equireg/likelihood/exact.hpp>
#include <equireg/regularizer/none.hpp>

#include <cmath>
#include <type_traits>
#include <vector>

namespace exact_test {

namespace eq = equireg;
using namespace equireg::test;
namespace covariance = eq::score::covariance;

namespace {

const std::vector<eq::noise_level> levels = {eq::variance_preserving(0.98), eq::variance_preserving(0.3),
                                             eq::variance_exploding(2.0), eq::noise_level{0, 1, 0}};

}  // namespace

TEMPLATE_TEST_CASE("the exact estimate is the mean given the state and the measurement", "[likelihood][exact]",
                   covariance::isotropic<double>, covariance::diagonal<double>, covariance::low_rank<double>,
                   covariance::low_rank_diagonal<double>, covariance::full<double>, covariance::spectrum<double>) {
  const eq::shape s{1, 1, 2, 4};
  const auto prior = random_mixture<TestType>(3, s, 5);
  const auto measurement = random_operator<double>(s, 3, 6);
  const auto dense = to_dense(prior);
  for (const std::size_t batch : {1U, 4U}) {
    const auto y = normal_tensor<double>({batch, 1, 1, 3}, 7, 2.0), x = normal_tensor<double>(s.with_batch(batch), 8);
    const eq::likelihood::exact likelihood(prior, measurement, y, 0.4);
    CHECK(likelihood.batch() == batch);
    for (const auto& level : levels) {
      INFO("a = " << level.signal << ", b = " << level.noise << ", batch " << batch);
      const auto [x0, shift] = likelihood.estimate(prior, eq::regularizer::none{}, x, level, eq::reverse_step{});
      static_assert(std::is_same_v<std::remove_cvref_t<decltype(shift)>, eq::absent>);
      for (std::size_t b = 0; b < batch; ++b) {
        const auto expected =
            condition_on_both(dense, measurement.matrix, 0.4, level, to_vector(x, b), to_vector(y, b));
        CHECK(relative_error(to_vector(x0, b), expected.mean()) < 1e-9);
      }
    }
  }
}

TEST_CASE("the exact pullback is the derivative of the conditional denoiser", "[likelihood][exact]") {
  const eq::shape s{1, 1, 2, 4};
  const auto prior = random_mixture<covariance::low_rank<double>>(3, s, 5);
  const eq::likelihood::exact likelihood(prior, random_operator<double>(s, 3, 6),
                                         normal_tensor<double>({2, 1, 1, 3}, 7), 0.4);
  const auto level = eq::variance_preserving(0.4);
  const auto x = normal_tensor<double>(s.with_batch(2), 8), v = normal_tensor<double>(s.with_batch(2), 9),
             w = normal_tensor<double>(s.with_batch(2), 10);
  const double h = tolerance<double>::step;
  auto up = x, down = x;
  add_scaled(up, h, w);
  add_scaled(down, -h, w);
  auto difference = likelihood.denoise(up, level);
  add_scaled(difference, -1, likelihood.denoise(down, level));
  const auto got = dot(likelihood.linearize(x, level).pullback(v), w), expected = dot(difference, v);
  for (std::size_t b = 0; b < 2; ++b) {
    CHECK(close(got.data()[b], expected.data()[b] / (2 * h), tolerance<double>::finite_difference, 0.1));
  }
}

TEST_CASE("a penalty's gradient goes through the conditional denoiser, at active steps", "[likelihood][exact]") {
  const eq::shape s{1, 1, 2, 4};
  const auto prior = random_mixture<covariance::full<double>>(2, s, 5);
  const eq::likelihood::exact likelihood(prior, random_operator<double>(s, 3, 6),
                                         normal_tensor<double>({2, 1, 1, 3}, 7), 0.4);
  const auto level = eq::variance_preserving(0.4);
  const auto x = normal_tensor<double>(s.with_batch(2), 8);
  const auto active = likelihood.estimate(prior, ridge{}, x, level, eq::reverse_step{.index = 2});
  const auto resting = likelihood.estimate(prior, ridge{}, x, level, eq::reverse_step{.index = 3});
  auto gradient = active.x0;
  transform(gradient, [](double u) { return -0.7 * u; }, gradient);
  const auto expected = likelihood.linearize(x, level).pullback(gradient);
  CHECK(relative_error(active.shift.values(), expected.values()) < 1e-12);
  for (const double u : resting.shift.values()) CHECK(u == 0);
}

TEST_CASE("posteriors of one conditioning make the likelihood that each would make alone", "[likelihood][exact]") {
  const eq::shape s{1, 1, 3, 3};
  using prior_type = eq::score::gaussian_mixture<covariance::low_rank<float>>;
  const prior_type prior = random_mixture<covariance::low_rank<float>>(4, s, 15);
  const auto measurement = random_operator<float>(s, 4, 6);
  const auto y = normal_tensor<float>({3, 1, 1, 4}, 7);
  const auto shared =
      std::make_shared<const eq::score::mixture_conditioning<prior_type>>(prior, measurement, 0.2);
  using exact = eq::likelihood::exact<prior_type, matrix_operator<float>>;
  const exact one(eq::score::mixture_posterior<prior_type>(shared, y));
  const exact other(prior, measurement, y, 0.2);
  const auto x = normal_tensor<float>(s.with_batch(3), 1);
  CHECK(to_vector(one.denoise(x, eq::variance_exploding(0.5)), 2) ==
        to_vector(other.denoise(x, eq::variance_exploding(0.5)), 2));
}

TEST_CASE("the exact likelihood says what does not fit", "[likelihood][exact]") {
  const eq::shape s{1, 1, 2, 2};
  const auto prior = random_mixture<covariance::isotropic<double>>(2, s, 7);
  const eq::likelihood::exact likelihood(prior, random_operator<double>(s, 3, 4), normal_tensor<double>({2, 1, 1, 3}, 1),
                                         1.0);
  CHECK_THROWS_WITH(likelihood.denoise(normal_tensor<double>({3, 1, 2, 2}, 1), eq::clean),
                    contains("x has shape (3, 1, 2, 2), expected (2, 1, 2, 2)"));
  CHECK_THROWS_WITH(likelihood.check({1, 1, 4, 1}), contains("expected (1, 1, 2, 2)"));
}

}  // namespace exact_test
