// SPDX-License-Identifier: BSD-3-Clause
#include <support/noise_laws.hpp>

#include <equireg/noise/log_factorial.hpp>
#include <equireg/noise/transmission.hpp>

#include <utility>

namespace transmission_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

double log_poisson(double n, double mean) { return n * std::log(mean) - mean - noise::log_factorial(n); }

/// What y reads for n = 1, 2, ... up to far above the mean.
std::vector<double> readings(double incident, double mean) {
  std::vector<double> y;
  for (double n = 1; n < mean + 12 * std::sqrt(mean) + 30; ++n) y.push_back(-std::log(n / incident));
  return y;
}

TEST_CASE("transmission noise counts photons behind the absorber", "[noise][transmission]") {
  for (const double incident : {50.0, 2000.0}) {
    INFO("incident " << incident);
    const noise::transmission model{.incident = incident};
    const double z = 2.5, mean = incident * std::exp(-z);  // 4 and 164 photons
    const auto y = test::draws(model, z);
    const auto values = readings(incident, mean);
    std::vector<double> law = {std::exp(-mean) * (1 + mean)};
    for (double n = 2; n <= static_cast<double>(values.size()); ++n) law.push_back(std::exp(log_poisson(n, mean)));
    double first = 0, variance = 0, fourth = 0;
    for (std::size_t i = 0; i < law.size(); ++i) first += law[i] * values[i];
    for (std::size_t i = 0; i < law.size(); ++i) {
      variance += law[i] * std::pow(values[i] - first, 2);
      fourth += law[i] * std::pow(values[i] - first, 4);
    }
    test::check_moments(y, first, variance, fourth);
    if (mean > 100) {  // what the header says of many photons
      CHECK(test::close(first, z + 1 / (2 * mean), 1e-4));
      CHECK(test::close(variance, 1 / mean, 0.02));
    }
    // A cell for each number of photons, neighbours joined until thirty are expected.
    std::vector<double> counts(law.size(), 0.0), joined_counts, joined_law;
    for (const double v : y) counts[static_cast<std::size_t>(std::lround(incident * std::exp(-v))) - 1] += 1;
    double count = 0, probability = 0;
    for (std::size_t i = 0; i < law.size(); ++i) {
      count += counts[i];
      probability += law[i];
      if (probability * static_cast<double>(y.size()) < 30) continue;
      joined_counts.push_back(std::exchange(count, 0.0));
      joined_law.push_back(std::exchange(probability, 0.0));
    }
    joined_counts.back() += count;
    joined_law.back() += probability;
    test::check_cells(joined_counts, joined_law);
  }
  test::check_batch_split(noise::transmission{.incident = 300}, tensor_d({3, 2, 5, 7}, 1.5));
}

TEST_CASE("opaque rays read the logarithm of the incident photons", "[noise][transmission]") {
  for (const double v : test::draws(noise::transmission{.incident = 1000}, 60.0, 100)) {
    CHECK(test::close(v, std::log(1000), 1e-14));
  }
}

TEST_CASE("the transmission likelihood is SciPy's Poisson law of the counts and sums to one", "[noise][transmission]") {
  const noise::transmission model{.incident = 20};
  test::check_golden(model, "transmission");
  for (const double z : {-0.5, 1.0, 4.0}) {
    double sum = 0;
    for (const double p : test::densities(model, z, readings(20, 20 * std::exp(-z)))) sum += p;
    CHECK(test::close(sum, 1, 1e-12));
  }
}

TEST_CASE("the transmission gradient is the likelihood's derivative, also where nothing was counted",
          "[noise][transmission]") {
  const noise::transmission model{.incident = 20};
  const tensor_d z({2, 1, 1, 3}, {0.0, 1.0, 3.5, 2.0, -0.3, 8.0});
  tensor_d y(z.shape());
  const double counts[] = {25, 4, 1, 2, 30, 1};
  for (std::size_t i = 0; i < 6; ++i) y.data()[i] = -std::log(counts[i] / 20);
  test::check_likelihood_gradient(model, z, y);
  const tensor_d gradient = model.log_likelihood_gradient(z, y), w = model.weights(y);
  CHECK(test::close(gradient.data()[1], 20 * std::exp(-1) - 4, 1e-13));
  CHECK(test::close(w.data()[0], 25, 1e-13));
  CHECK(test::close(w.data()[2], 1, 1e-13));
}

TEST_CASE("transmission noise refuses a source that is dark or no number", "[noise][transmission]") {
  const tensor_d z({1, 1, 1, 2}, 0.0);
  for (const double incident : {1.0, 0.0, -1.0, std::nan(""), HUGE_VAL}) {
    const noise::transmission bad{.incident = incident};
    CHECK_THROWS_WITH(bad.sample(z, test::noise_stream), test::contains("expected more than 1 incident photon"));
    CHECK_THROWS_AS(bad.log_likelihood(z, z), error);
    CHECK_THROWS_AS(bad.log_likelihood_gradient(z, z), error);
    CHECK_THROWS_AS(bad.weights(z), error);
  }
}

}  // namespace transmission_test
