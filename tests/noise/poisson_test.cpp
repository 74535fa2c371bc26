// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/noise/poisson.hpp>

#include <limits>
#include <map>

namespace poisson_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

const noise_address address{23, 0, purpose::measurement, 0};

double log_probability(double n, double mean) { return n * std::log(mean) - mean - noise::log_factorial(n); }

TEST_CASE("log n! agrees with the standard library", "[noise][log_factorial]") {
  for (const double n : {0.0, 0.3, 1.0, 1.5, 2.0, 5.0, 8.99, 9.0, 9.01, 20.0, 170.0, 1e4, 1e9}) {
    CHECK(test::close(noise::log_factorial(n), std::lgamma(n + 1), 1e-13, 1.0));
  }
}

TEST_CASE("poisson numbers follow the Poisson law for small, middle and large means", "[noise][poisson]") {
  constexpr std::size_t draws = 200000;
  for (const double mean : {0.05, 1.0, 4.5, 9.99, 10.0, 13.7, 60.0, 1000.0}) {
    INFO("mean " << mean);
    std::map<long, double> counts;
    for (std::size_t i = 0; i < draws; ++i) {
      counts[static_cast<long>(noise::poisson_draw(mean, address, 0, i, draws))] += 1;
    }
    // Cells of single numbers where at least 25 are expected; the two tails are a cell each.
    double chi_squared = 0, inside_probability = 0, inside_count = 0, below_count = 0, below_probability = 0;
    int cells = 0;
    const long limit = static_cast<long>(mean + 12 * std::sqrt(mean) + 20);
    bool left_tail = true;
    for (long n = 0; n <= limit; ++n) {
      const double probability = std::exp(log_probability(static_cast<double>(n), mean));
      if (draws * probability < 25) {
        if (left_tail) {
          below_count += counts[n];
          below_probability += probability;
        }
        continue;
      }
      left_tail = false;
      const double expected = draws * probability;
      chi_squared += (counts[n] - expected) * (counts[n] - expected) / expected;
      inside_probability += probability;
      inside_count += counts[n];
      ++cells;
    }
    const auto add_tail = [&](double count, double probability) {
      if (draws * probability < 5) return;
      chi_squared += (count - draws * probability) * (count - draws * probability) / (draws * probability);
      ++cells;
    };
    add_tail(below_count, below_probability);
    add_tail(draws - inside_count - below_count, 1 - inside_probability - below_probability);
    const double df = cells - 1, spread = std::sqrt(2 / (9 * df));
    CHECK(chi_squared < df * std::pow(1 - 2 / (9 * df) + 3.719 * spread, 3));  // the 0.9999 quantile
    CHECK(df >= 2);
  }
}

TEST_CASE("poisson noise keeps the mean of z and has the stated variance", "[noise][poisson]") {
  const noise::poisson model{.gain = 0.05};
  for (const double at : {-0.98, 0.0, 0.9}) {
    const tensor_d y = model.sample(tensor_d({2, 1, 256, 256}, at), address);
    const double n = static_cast<double>(y.size()), variance = 0.05 * (at + 1);
    double sum = 0, squares = 0;
    for (const double v : y.values()) {
      sum += v - at;
      squares += (v - at) * (v - at);
    }
    CHECK(test::within_standard_errors(sum / n, 0, std::sqrt(variance / n)));
    const double mean_count = (at + 1) / 0.05;
    const double kurtosis = 3 + 1 / mean_count;  // of the Poisson law
    CHECK(test::within_standard_errors(squares / n, variance, variance * std::sqrt((kurtosis - 1) / n)));
  }
}

TEST_CASE("poisson noise of a sample does not depend on its batch, and dark pixels count nothing", "[noise][poisson]") {
  const noise::poisson model = noise::poisson::at_rate(1.0);
  const tensor_d z = test::random_tensor<tensor_d>({3, 2, 8, 9}, 4);
  const tensor_d y = model.sample(z, address);
  tensor_d alone({1, 2, 8, 9}, std::span<const double>(z.sample(2)));
  CHECK(test::relative_error(model.sample(alone, {23, 0, purpose::measurement, 2}).sample(0), y.sample(2)) == 0);
  for (std::size_t i = 0; i < z.size(); ++i) {
    if (z.data()[i] <= -1) CHECK(y.data()[i] == -1);
  }
  CHECK(test::close(model.gain, 2.0 / 255, 1e-15));
}

TEST_CASE("the poisson likelihood is the Poisson law, and its gradient is its derivative down to dark pixels",
          "[noise][poisson]") {
  const noise::poisson model{.gain = 0.5};
  const tensor_d z({1, 1, 1, 3}, {0.0, 1.0, -0.5}), y({1, 1, 1, 3}, {0.5, 1.0, -1.0});  // counts 3, 4, 0; means 2, 4, 1
  const double expected = log_probability(3, 2) + log_probability(4, 4) + log_probability(0, 1);
  CHECK(test::close(to_host(model.log_likelihood(z, y))[0], expected, 1e-13));

  const tensor_d dark({1, 1, 1, 4}, {-1.2, -0.99999, 0.3, 1.1}), counted({1, 1, 1, 4}, {-0.5, -1.0, 0.0, 2.5});
  const tensor_d gradient = model.log_likelihood_gradient(dark, counted);
  for (std::size_t i = 0; i < 4; ++i) {
    tensor_d up = dark, down = dark;
    up.data()[i] += 1e-6;
    down.data()[i] -= 1e-6;
    const double difference =
        (to_host(model.log_likelihood(up, counted))[0] - to_host(model.log_likelihood(down, counted))[0]) / 2e-6;
    CHECK(test::close(gradient.data()[i], difference, 1e-6));
  }
}

TEST_CASE("poisson weights are the inverse of the variance that the counts suggest", "[noise][poisson]") {
  const noise::poisson model{.gain = 0.25};
  const tensor_d w = model.weights(tensor_d({1, 1, 1, 3}, {0.0, -1.0, 1.5}));  // counts 4, 0, 10
  CHECK(test::close(w.data()[0], 1 / (0.0625 * 4), 1e-14));
  CHECK(test::close(w.data()[1], 1 / 0.0625, 1e-14));
  CHECK(test::close(w.data()[2], 1 / (0.0625 * 10), 1e-14));
  REQUIRE_THROWS_WITH(model.weights(tensor_d({1, 1, 1, 1}, -1.5)), test::contains("expected y >= -1"));
  REQUIRE_THROWS_WITH(noise::poisson{.gain = 0}.weights(w), test::contains("expected a gain > 0"));
}

}  // namespace poisson_test
