// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/random_mixture.hpp>
#include <support/random_operator.hpp>
#include <support/tolerance.hpp>

#include <equireg/score/mixture_posterior.hpp>

#include <cmath>
#include <memory>
#include <vector>

namespace mixture_posterior_test {

namespace eq = equireg;
using namespace equireg::test;
using eq::score::mixture_posterior;
namespace covariance = eq::score::covariance;

TEST_CASE("a posterior in one dimension has the worked values", "[score][mixture_posterior]") {
  using kind = covariance::isotropic<double>;
  const eq::score::gaussian_mixture<kind> prior({0.3, 0.7}, eq::cpu::tensor<double>({2, 1, 1, 1}, {-1.0, 2.0}),
                                                {kind(0.25), kind(1.0)});
  const matrix_operator<double> twice{matrix::identity(1, 2.0), {1, 1, 1, 1}};
  const mixture_posterior posterior(prior, twice, eq::cpu::tensor<double>({1, 1, 1, 1}, {1.0}), 0.5);
  CHECK(close(posterior.weights()[0], 0.0586025828, 1e-8));
  CHECK(close(posterior.weights()[1], 0.9413974172, 1e-9));
  CHECK(close(posterior.component_means(0).data()[0], 0.2, 1e-12));
  CHECK(close(posterior.component_means(0).data()[1], 0.5882352941, 1e-9));
  CHECK(close(posterior.component_covariance(0).data()[0], 0.05, 1e-12));
  CHECK(close(posterior.component_covariance(1).data()[0], 0.0588235294, 1e-9));
  CHECK(close(posterior.mean().data()[0], 0.5654837032, 1e-9));
  CHECK(close(posterior.covariance(0).data()[0], 0.0666217835, 1e-8));
}

TEMPLATE_TEST_CASE("a posterior is the dense conditional of its prior", "[score][mixture_posterior]",
                   covariance::isotropic<double>, covariance::diagonal<double>, covariance::low_rank<double>,
                   covariance::low_rank_diagonal<double>, covariance::full<double>, covariance::spectrum<double>) {
  const eq::shape s{1, 2, 2, 3};
  const auto prior = random_mixture<TestType>(3, s, 3);
  const auto measurement = random_operator<double>(s, 5, 9);
  const auto y = normal_tensor<double>({4, 1, 1, 5}, 10, 2.0);
  const mixture_posterior posterior(prior, measurement, y, 0.3);
  const auto dense = to_dense(prior);
  for (std::size_t b = 0; b < 4; ++b) {
    const dense_posterior expected(dense, measurement.matrix, matrix::identity(5, 0.09), to_vector(y, b));
    for (std::size_t k = 0; k < 3; ++k) {
      CHECK(close(posterior.weights()[b * 3 + k], expected.mixture.weights[k], 1e-9));
      CHECK(relative_error(to_vector(posterior.component_means(b), k), expected.mixture.means[k]) < 1e-10);
      CHECK(relative_error(posterior.component_covariance(k).values(), expected.mixture.covariances[k].values) < 1e-10);
    }
    CHECK(relative_error(to_vector(posterior.mean(), b), expected.mean()) < 1e-10);
    CHECK(relative_error(posterior.covariance(b).values(), expected.covariance().values) < 1e-9);
  }
}

TEMPLATE_TEST_CASE("draws from a posterior have its mean and covariance", "[score][mixture_posterior]",
                   covariance::low_rank<double>, covariance::low_rank_diagonal<double>, covariance::full<double>,
                   covariance::spectrum<double>) {
  const eq::shape s{1, 1, 2, 3};
  const std::size_t d = 6, count = 20000;
  const auto prior = random_mixture<TestType>(3, s, 19);
  const auto measurement = random_operator<double>(s, 3, 4);
  // One measurement, repeated: as many independent draws.
  const auto one = normal_tensor<double>({1, 1, 1, 3}, 2);
  eq::cpu::tensor<double> y({count, 1, 1, 3});
  for (std::size_t b = 0; b < count; ++b) std::copy_n(one.data(), 3, y.sample(b).data());
  const mixture_posterior posterior(prior, measurement, y, 0.5);
  const auto x = posterior.sample(eq::seed{6});
  const auto mean = to_vector(posterior.mean());
  const auto expected = posterior.covariance(0);
  vector sum(d, 0.0);
  matrix second(d, d), fourth(d, d);
  for (std::size_t n = 0; n < count; ++n) {
    const auto row = x.sample(n);
    for (std::size_t i = 0; i < d; ++i) {
      sum[i] += row[i];
      for (std::size_t j = 0; j < d; ++j) {
        const double p = (row[i] - mean[i]) * (row[j] - mean[j]);
        second(i, j) += p;
        fourth(i, j) += p * p;
      }
    }
  }
  for (std::size_t i = 0; i < d; ++i) {
    CHECK(within_standard_errors(sum[i] / count, mean[i], std::sqrt(expected.data()[i * d + i] / count)));
    for (std::size_t j = 0; j < d; ++j) {
      const double average = second(i, j) / count, variance = fourth(i, j) / count - average * average;
      CHECK(within_standard_errors(average, expected.data()[i * d + j], std::sqrt(variance / count)));
    }
  }
}

TEST_CASE("a draw from a posterior depends on its address and measurement alone", "[score][mixture_posterior]") {
  const eq::shape s{1, 1, 2, 2};
  const auto prior = random_mixture<covariance::low_rank<double>>(3, s, 7);
  const auto measurement = random_operator<double>(s, 2, 4);
  const auto y = normal_tensor<double>({6, 1, 1, 2}, 8);
  const auto conditioning =
      std::make_shared<const eq::score::mixture_conditioning<std::remove_cvref_t<decltype(prior)>>>(prior, measurement,
                                                                                                  0.2);
  const mixture_posterior all(conditioning, y);
  const mixture_posterior last(conditioning, eq::cpu::tensor<double>({1, 1, 1, 2}, y.sample(5)));
  const auto x = all.sample({3, 0, eq::purpose::prior, 0});
  CHECK(relative_error(to_vector(last.sample({3, 0, eq::purpose::prior, 5})), to_vector(x, 5)) < 1e-13);
}

TEST_CASE("numbers that the operator never makes are no measurements", "[score][mixture_posterior]") {
  const eq::shape s{1, 1, 2, 2};
  const auto prior = random_mixture<covariance::low_rank<double>>(2, s, 7);
  matrix mask(4, 4), rows(2, 4);
  mask(0, 0) = mask(3, 3) = rows(0, 0) = rows(1, 3) = 1;
  const eq::cpu::tensor<double> y({1, 1, 2, 2}, {0.4, 1e9, NAN, -0.3}), observed({1, 1, 1, 2}, {0.4, -0.3});
  const mixture_posterior masked(prior, matrix_operator<double>{mask, s, eq::shape{1, 1, 2, 2}}, y, 0.1);
  const mixture_posterior expected(prior, matrix_operator<double>{rows, s}, observed, 0.1);
  CHECK(to_vector(masked.mean()) == to_vector(expected.mean()));
  CHECK(masked.weights() == expected.weights());
  const mixture_posterior blind(prior, matrix_operator<double>{matrix(4, 4), s, eq::shape{1, 1, 2, 2}}, y, 0.1);
  CHECK(close(blind.weights()[0], prior.weights()[0], 1e-12));
  CHECK(relative_error(to_vector(blind.component_means(0), 1), to_vector(prior.means(), 1)) < 1e-14);
}

TEST_CASE("a posterior says what does not fit", "[score][mixture_posterior]") {
  const eq::shape s{1, 1, 2, 2};
  const auto prior = random_mixture<covariance::isotropic<double>>(2, s, 7);
  const auto measurement = random_operator<double>(s, 3, 4);
  const auto make = [&](const eq::shape& y, double sigma) {
    mixture_posterior(prior, measurement, normal_tensor<double>(y, 1), sigma);
  };
  CHECK_THROWS_WITH(make({2, 1, 1, 3}, 0), contains("sigma_y should be positive, got 0"));
  CHECK_THROWS_WITH(make({2, 1, 1, 4}, 1), contains("y has shape (2, 1, 1, 4) but the operator returns (2, 1, 1, 3)"));
}

}  // namespace mixture_posterior_test
