// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/random_mixture.hpp>
#include <support/tolerance.hpp>

#include <equireg/score/fit_gaussian_mixture.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace fit_gaussian_mixture_test {

namespace eq = equireg;
using namespace equireg::test;
namespace covariance = eq::score::covariance;

TEMPLATE_TEST_CASE("every round of a fit raises the likelihood", "[score][fit_gaussian_mixture]",
                   covariance::isotropic<double>, covariance::diagonal<double>, covariance::low_rank<double>,
                   covariance::full<double>) {
  const auto truth = random_mixture<TestType>(3, {1, 1, 3, 4}, 5);
  const auto data = truth.sample(eq::seed{1}, 3000);
  const auto fit = eq::score::fit_gaussian_mixture<TestType>(
      data, {.components = 4, .rank = 2, .iterations = 15, .seed = 3});
  REQUIRE(fit.log_likelihood.size() == 16);
  for (std::size_t i = 1; i < fit.log_likelihood.size(); ++i) {
    INFO("round " << i);
    CHECK(fit.log_likelihood[i] >= fit.log_likelihood[i - 1] - 1e-9);
  }
  CHECK(fit.log_likelihood.back() > fit.log_likelihood.front() + 0.1);
  // More parameters than the truth: on its own data the fit may beat it, by the order of parameters / samples.
  CHECK(fit.log_likelihood.back() > eq::score::mean_log_density(truth, data) - 0.05);
}

TEST_CASE("a fit finds the mixture that made the data", "[score][fit_gaussian_mixture]") {
  using kind = covariance::low_rank<float>;
  const eq::shape s{1, 1, 4, 5};
  const std::size_t d = 20;
  auto means = normal_tensor<float>(s.with_batch(3), 2, 2.0);
  std::vector<kind> covariances;
  for (std::size_t k = 0; k < 3; ++k) covariances.emplace_back(normal_tensor<float>(s.with_batch(2), 10 + k, 0.7), 0.1);
  const eq::score::gaussian_mixture<kind> truth({0.5, 0.3, 0.2}, means, covariances);
  const auto data = truth.sample(eq::seed{8}, 20000);
  const auto fit = eq::score::fit_gaussian_mixture<kind>(data, {.components = 3, .rank = 2, .iterations = 30});
  for (std::size_t k = 0; k < 3; ++k) {
    std::size_t best = 0;
    double least = 1e9;
    for (std::size_t j = 0; j < 3; ++j) {
      const double error = relative_error(to_vector(fit.model.means(), j), to_vector(means, k));
      if (error < least) {
        least = error;
        best = j;
      }
    }
    INFO("component " << k << ", mean off by " << least);
    const double n = 20000 * truth.weights()[k];
    CHECK(least < 5 * std::sqrt((0.1 + 0.7 * 0.7 * 2) / (n * 4)));  // means of size 2
    CHECK(within_standard_errors(fit.model.weights()[best], truth.weights()[k],
                                 std::sqrt(truth.weights()[k] * (1 - truth.weights()[k]) / 20000)));
    CHECK(within_standard_errors(fit.model.covariances()[best].variance(), 0.1, 0.1 * std::sqrt(2 / (n * 18))));
    CHECK(relative_error(fit.model.covariances()[best].dense(d).values(), covariances[k].dense(d).values()) <
          5 * std::sqrt(2.0 * 3 / n));
  }
}

TEST_CASE("the same seed fits the same mixture, and another seed another", "[score][fit_gaussian_mixture]") {
  using kind = covariance::low_rank<float>;
  const auto data = random_mixture<kind>(4, {1, 1, 4, 4}, 6).sample(eq::seed{2}, 1500);
  const auto fit = [&](std::uint64_t seed_value) {
    return eq::score::fit_gaussian_mixture<kind>(data,
                                                 {.components = 6, .rank = 2, .iterations = 4, .seed = seed_value});
  };
  const auto first = fit(1), again = fit(1), other = fit(2);
  CHECK(first.log_likelihood == again.log_likelihood);
  CHECK(std::equal(first.model.means().values().begin(), first.model.means().values().end(),
                   again.model.means().values().begin()));
  CHECK(first.log_likelihood != other.log_likelihood);
}

TEST_CASE("iterated eigenvectors of a large matrix are those of the whole decomposition",
          "[score][fit_gaussian_mixture]") {
  const std::size_t d = 300, rank = 6;
  auto factors = normal_tensor<double>({20, 1, 1, d}, 4);
  for (std::size_t i = 0; i < 20; ++i) {
    for (double& v : factors.sample(i)) v *= std::pow(0.8, static_cast<double>(i));
  }
  const auto matrix = covariance::low_rank<double>(factors, 0.5).dense(d);
  auto whole = matrix.reshaped({d, 1, 1, d});
  const auto expected = eq::cpu::eigh<double>(rows_of(whole));
  const auto cold = covariance::leading_eigenvectors<double>(matrix, rank, {}, 1);
  const auto warm = covariance::leading_eigenvectors<double>(matrix, rank, cold.second, 1);
  for (std::size_t i = 0; i < rank; ++i) {
    CHECK(close(cold.first[i], expected[d - 1 - i], 1e-5));
    CHECK(close(warm.first[i], expected[d - 1 - i], 1e-7));
    CHECK(close(std::abs(eq::test::dot(to_vector(warm.second, i), to_vector(whole, d - 1 - i))), 1, 1e-6));
  }
}

TEST_CASE("identical samples meet the variance floor, and lonely components start again",
          "[score][fit_gaussian_mixture]") {
  using kind = covariance::isotropic<double>;
  eq::cpu::tensor<double> data({50, 1, 1, 3}, 1.0);
  for (std::size_t i = 0; i < 25; ++i) std::fill(data.sample(i).begin(), data.sample(i).end(), -1.0);
  const auto fit = eq::score::fit_gaussian_mixture<kind>(
      data, {.components = 5, .iterations = 6, .variance_floor = 1e-4});
  for (const auto& c : fit.model.covariances()) CHECK(c.variance() >= 1e-4);
  CHECK(std::isfinite(fit.log_likelihood.back()));
  CHECK(close(fit.model.denoise(eq::cpu::tensor<double>({1, 1, 1, 3}, 0.7), eq::variance_exploding(0.1)).data()[0], 1,
              1e-2));
}

TEST_CASE("a fit refuses data that it cannot use", "[score][fit_gaussian_mixture]") {
  using kind = covariance::low_rank<double>;
  const auto data = normal_tensor<double>({5, 1, 1, 4}, 1);
  CHECK_THROWS_WITH(eq::score::fit_gaussian_mixture<kind>(data, {.components = 6}),
                    contains("cannot fit 6 components to 5 samples"));
  CHECK_THROWS_WITH(eq::score::fit_gaussian_mixture<kind>(data, {.components = 1, .rank = 4}),
                    contains("the rank should be below 4, got 4"));
  auto bad = data;
  bad.data()[3] = INFINITY;
  CHECK_THROWS_WITH(eq::score::fit_gaussian_mixture<kind>(bad, {.components = 1}), contains("the data hold inf"));
}

}  // namespace fit_gaussian_mixture_test
