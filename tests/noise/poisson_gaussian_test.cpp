// SPDX-License-Identifier: BSD-3-Clause
#include <support/noise_laws.hpp>

#include <equireg/noise/log_factorial.hpp>
#include <equireg/noise/poisson_gaussian.hpp>

#include <numbers>

namespace poisson_gaussian_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

/// Adds up f(n) times the Poisson probability of n events, over all that matter.
template <class F>
double over_events(double mean, const F& f) {
  double sum = 0;
  const double spread = 12 * std::sqrt(mean) + 20;
  for (double n = std::max(0.0, std::floor(mean - spread)); n < mean + spread; ++n) {
    sum += std::exp(n * std::log(mean) - mean - noise::log_factorial(n)) * f(n);
  }
  return sum;
}

/// The exact p(y | z).
double exact_density(const noise::poisson_gaussian& model, double z, double y) {
  return over_events((z + model.offset) / model.gain, [&](double n) {
    const double t = (y - model.gain * n + model.offset) / model.sigma;
    return std::exp(-0.5 * t * t) / (model.sigma * std::sqrt(2 * std::numbers::pi));
  });
}

/// Half the integral of |p - q|: the most that an event's probability is wrong by.
double total_variation(const noise::poisson_gaussian& model, double z) {
  const double deviation = std::sqrt(model.gain * (z + model.offset) + model.sigma * model.sigma);
  std::vector<double> y;
  const double h = std::min(deviation / 50, model.sigma / 10);
  for (double v = z - 8 * deviation; v < z + 12 * deviation; v += h) y.push_back(v);
  const auto p = test::densities(model, z, y);
  double sum = 0;
  for (std::size_t i = 0; i < y.size(); ++i) sum += h * std::abs(p[i] - exact_density(model, z, y[i]));
  return sum / 2;
}

TEST_CASE("poisson-gaussian noise is counted light plus normal noise", "[noise][poisson_gaussian]") {
  const noise::poisson_gaussian model{.gain = 0.1, .sigma = 0.05};
  for (const double z : {-0.95, 0.0, 0.9}) {  // 0.5, 10 and 19 events
    INFO("z " << z);
    const auto y = test::draws(model, z);
    const double variance = 0.1 * (z + 1) + 0.0025;
    test::check_moments(y, z, variance, 3 * variance * variance + 0.001 * (z + 1));  // gain^3 (z + 1)
    test::check_distribution(y, [&](double v) {
      return over_events((z + 1) / 0.1, [&](double n) { return test::normal_cdf((v - 0.1 * n + 1) / 0.05); });
    });
  }
  test::check_batch_split(model, test::random_tensor<tensor_d>({3, 2, 5, 7}, 1));
}

TEST_CASE("dark entries of poisson-gaussian noise are read out and count nothing", "[noise][poisson_gaussian]") {
  const noise::poisson_gaussian model{.gain = 0.1, .sigma = 0.05};
  test::check_distribution(test::draws(model, -1.5), [](double v) { return test::normal_cdf((v + 1) / 0.05); });
}

TEST_CASE("the parts of poisson-gaussian noise share no number", "[noise][poisson_gaussian]") {
  // Without light, y is the read-out noise alone; without read-out noise, the counts. Normal numbers 4 i and 4 i + 1
  // take their radius from block i of a stream, and the count of entry i comes from block i of its own: were it the
  // same stream, radius and count would be functions of one number.
  constexpr std::size_t n = 25000;
  const tensor_d z({1, 1, 1, n}, 0.0), dark({1, 1, 1, 4 * n}, -2.0);
  const tensor_d counts = noise::poisson_gaussian{.gain = 0.5, .sigma = 0}.sample(z, test::noise_stream);
  const tensor_d read = noise::poisson_gaussian{.gain = 0.5, .sigma = 1}.sample(dark, test::noise_stream);
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double a = read.data()[4 * i] + 1, b = read.data()[4 * i + 1] + 1;
    sum += counts.data()[i] * (a * a + b * b - 2);  // variances 0.5 and 4
  }
  CHECK(test::within_standard_errors(sum, 0, std::sqrt(2.0 * n)));
}

TEST_CASE("the poisson-gaussian likelihood is the stated normal density and integrates to one",
          "[noise][poisson_gaussian]") {
  const noise::poisson_gaussian model{.gain = 0.1, .sigma = 0.2};
  test::check_golden(model, "poisson_gaussian");
  CHECK(test::close(test::integral(model, 0.1, -6, 6), 1, 1e-9));
  const tensor_d table = test::golden("noise_poisson_gaussian");  // row 3: SciPy's exact log-density
  const std::size_t n = table.shape().width;
  for (std::size_t i = 0; i < n; ++i) {
    CHECK(test::close(std::log(exact_density(model, table.data()[i], table.data()[n + i])), table.data()[3 * n + i],
                      1e-10, 1.0));
  }
}

TEST_CASE("the normal approximation is off by what the skewness makes, and useless for few sharp events",
          "[noise][poisson_gaussian]") {
  // Edgeworth's leading term: half of skewness / 6 times E|He_3| = 1.5100.
  const auto expected = [](const noise::poisson_gaussian& m, double z) {
    const double variance = m.gain * (z + m.offset) + m.sigma * m.sigma;
    return 1.51 / 12 * m.gain * m.gain * (z + m.offset) / std::pow(variance, 1.5);
  };
  for (const noise::poisson_gaussian& model :
       {noise::poisson_gaussian{.gain = 0.1, .sigma = 0.1}, noise::poisson_gaussian{.gain = 0.01, .sigma = 0.01},
        noise::poisson_gaussian{.gain = 1, .sigma = 2}}) {
    CHECK(test::close(total_variation(model, 0.0), expected(model, 0.0), 0.05));
  }
  CHECK(total_variation({.gain = 1, .sigma = 0.1}, 0.0) > 0.3);
}

TEST_CASE("the poisson-gaussian gradient is the likelihood's derivative, in the light and in the dark",
          "[noise][poisson_gaussian]") {
  const noise::poisson_gaussian model{.gain = 0.2, .sigma = 0.3};
  const tensor_d z({2, 1, 1, 4}, {0.0, 1.0, -0.9, -1.3, 0.4, -0.99, 2.0, -5.0});
  const tensor_d y({2, 1, 1, 4}, {0.5, -1.0, -0.9, -1.1, 0.2, 0.5, 2.4, -1.0});
  test::check_likelihood_gradient(model, z, y);
}

TEST_CASE("poisson-gaussian noise refuses what is no noise", "[noise][poisson_gaussian]") {
  const tensor_d z({1, 1, 1, 2}, 0.0);
  CHECK_THROWS_WITH((noise::poisson_gaussian{.gain = 0}.sample(z, test::noise_stream)),
                    test::contains("expected a gain > 0, but it is 0"));
  CHECK_THROWS_WITH((noise::poisson_gaussian{.sigma = -1}.sample(z, test::noise_stream)),
                    test::contains("expected a sigma >= 0, but it is -1"));
  CHECK_THROWS_WITH((noise::poisson_gaussian{.sigma = 0}.log_likelihood(z, z)),
                    test::contains("noise::poisson is exact"));
  CHECK_THROWS_AS((noise::poisson_gaussian{.sigma = 0}.log_likelihood_gradient(z, z)), error);
  CHECK_THROWS_AS(noise::poisson_gaussian{.gain = -1}.weights(z), error);
  const tensor_d w = noise::poisson_gaussian{.gain = 0.5, .sigma = 1}.weights(tensor_d({1, 1, 1, 2}, {1.0, -3.0}));
  CHECK(test::close(w.data()[0], 0.5, 1e-15));
  CHECK(test::close(w.data()[1], 0.8, 1e-15));
}

}  // namespace poisson_gaussian_test
