// SPDX-License-Identifier: BSD-3-Clause
#include <support/noise_laws.hpp>

#include <equireg/noise/salt_and_pepper.hpp>

namespace salt_and_pepper_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

const noise::salt_and_pepper model{.salt = 0.03, .pepper = 0.05, .sigma = 0.1};

TEST_CASE("salt and pepper fall as often as stated, and the rest is normal", "[noise][salt_and_pepper]") {
  const auto y = test::draws(model, 0.5);
  const double mean = 0.03 - 0.05 + 0.92 * 0.5, d = 0.5 - mean;
  const double variance = 0.03 * std::pow(1 - mean, 2) + 0.05 * std::pow(1 + mean, 2) + 0.92 * (d * d + 0.01);
  const double fourth = 0.03 * std::pow(1 - mean, 4) + 0.05 * std::pow(1 + mean, 4) +
                        0.92 * (std::pow(d, 4) + 6 * d * d * 0.01 + 3 * 0.0001);
  test::check_moments(y, mean, variance, fourth);
  std::vector<double> counts(3, 0.0), kept;
  for (const double v : y) {
    counts[v == 1 ? 0 : v == -1 ? 1 : 2] += 1;
    if (v != 1 && v != -1) kept.push_back(v);
  }
  test::check_cells(counts, {0.03, 0.05, 0.92});
  test::check_distribution(kept, [](double v) { return test::normal_cdf((v - 0.5) / 0.1); });
  test::check_batch_split(model, test::random_tensor<tensor_d>({3, 2, 5, 7}, 1));
}

TEST_CASE("the salt and pepper likelihood is SciPy's, and its atoms and density add up to one",
          "[noise][salt_and_pepper]") {
  test::check_golden(model, "salt_and_pepper");
  const auto atoms = test::densities(model, 0.2, {1.0, -1.0});
  CHECK(test::close(atoms[0], 0.03, 1e-14));
  CHECK(test::close(atoms[1], 0.05, 1e-14));
  // 20001 midpoints: none is 1 or -1.
  CHECK(test::close(test::integral(model, 0.2, -1.3, 1.7, 20001) + atoms[0] + atoms[1], 1, 1e-9));
}

TEST_CASE("the salt and pepper gradient is the likelihood's derivative, and lost entries have none",
          "[noise][salt_and_pepper]") {
  const tensor_d z = test::random_tensor<tensor_d>({2, 1, 3, 4}, 1);
  tensor_d y = model.sample(z, test::noise_stream);
  y.data()[3] = 1;
  y.data()[17] = -1;
  test::check_likelihood_gradient(model, z, y);
  const tensor_d gradient = model.log_likelihood_gradient(z, y), w = model.weights(y);
  for (const std::size_t lost : {3, 17}) {
    CHECK(gradient.data()[lost] == 0);
    CHECK(w.data()[lost] == 0);
  }
  CHECK(test::close(w.data()[4], 100, 1e-13));
}

TEST_CASE("an atom of probability zero is none", "[noise][salt_and_pepper]") {
  const noise::salt_and_pepper pepper{.salt = 0, .pepper = 0.5, .sigma = 0.1};
  const tensor_d z({1, 1, 1, 2}, 0.9), y({1, 1, 1, 2}, {1.0, -1.0});
  CHECK(test::close(pepper.log_likelihood_gradient(z, y).data()[0], 10, 1e-12));
  CHECK(pepper.log_likelihood_gradient(z, y).data()[1] == 0);
  for (const double v : test::draws(noise::salt_and_pepper{.salt = 0.5, .pepper = 0.5}, 0.3, 100)) {
    CHECK(std::abs(v) == 1);
  }
}

TEST_CASE("salt and pepper refuse probabilities and values that make no noise", "[noise][salt_and_pepper]") {
  const tensor_d z({1, 1, 1, 2}, 0.0);
  using noise::salt_and_pepper;
  CHECK_THROWS_WITH((salt_and_pepper{.salt = 0.6, .pepper = 0.5}.sample(z, test::noise_stream)),
                    test::contains("but salt is 0.6 and pepper is 0.5"));
  CHECK_THROWS_AS((salt_and_pepper{.salt = -0.1}.sample(z, test::noise_stream)), error);
  CHECK_THROWS_AS((salt_and_pepper{.pepper = std::nan("")}.log_likelihood(z, z)), error);
  CHECK_THROWS_WITH((salt_and_pepper{.sigma = -1}.sample(z, test::noise_stream)),
                    test::contains("expected a sigma >= 0, but it is -1"));
  CHECK_THROWS_WITH((salt_and_pepper{.sigma = 0}.log_likelihood_gradient(z, z)),
                    test::contains("expected a sigma > 0 for the likelihood"));
  CHECK_THROWS_AS((salt_and_pepper{.sigma = 0}.weights(z)), error);
  CHECK_THROWS_WITH((salt_and_pepper{.salt_value = -1}.sample(z, test::noise_stream)),
                    test::contains("expected two values"));
}

}  // namespace salt_and_pepper_test
