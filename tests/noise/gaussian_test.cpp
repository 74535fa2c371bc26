// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/noise/gaussian.hpp>

#include <numbers>

namespace gaussian_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

TEST_CASE("gaussian noise has the stated mean and variance, and other numbers for other addresses",
          "[noise][gaussian]") {
  const noise::gaussian model{.sigma = 0.2};
  const tensor_d z({4, 3, 64, 64}, 0.5);
  const noise_address address{11, 0, purpose::measurement, 0};
  const tensor_d y = model.sample(z, address);
  const double n = static_cast<double>(y.size());
  double sum = 0, squares = 0;
  for (const double v : y.values()) {
    sum += v - 0.5;
    squares += (v - 0.5) * (v - 0.5);
  }
  CHECK(test::within_standard_errors(sum / n, 0, 0.2 / std::sqrt(n)));
  CHECK(test::within_standard_errors(squares / n, 0.04, 0.04 * std::sqrt(2 / n)));
  const tensor_d second = model.sample(tensor_d({1, 3, 64, 64}, 0.5), {11, 0, purpose::measurement, 1});
  CHECK(test::relative_error(y.sample(1), second.sample(0)) == 0);  // sample 1 alone is sample 1 of the batch
  CHECK(test::relative_error(y.sample(0), second.sample(0)) > 0.1);
}

TEST_CASE("the gaussian likelihood is the normal density, and its gradient is its derivative", "[noise][gaussian]") {
  const noise::gaussian model{.sigma = 0.5};
  const tensor_d z({2, 1, 1, 2}, {0.0, 1.0, -1.0, 2.0}), y({2, 1, 1, 2}, {0.5, 1.0, 0.0, 2.5});
  const auto value = to_host(model.log_likelihood(z, y));
  const double each = std::log(1 / (0.5 * std::sqrt(2 * std::numbers::pi)));
  CHECK(test::close(value[0], 2 * each - 0.5, 1e-14));
  CHECK(test::close(value[1], 2 * each - 2.5, 1e-14));
  const tensor_d d = test::random_tensor<tensor_d>(z.shape(), 1);
  const double h = 1e-5;
  const auto up = to_host(model.log_likelihood(test::combination(1, z, h, d), y));
  const auto down = to_host(model.log_likelihood(test::combination(1, z, -h, d), y));
  const double difference = (up[0] + up[1] - down[0] - down[1]) / (2 * h);
  CHECK(test::close(test::inner(model.log_likelihood_gradient(z, y), d), difference, 1e-8));
}

TEST_CASE("gaussian weights are the inverse variance, and refuse noise that is none", "[noise][gaussian]") {
  const tensor_d y({1, 1, 1, 2}, 3.0);
  CHECK(noise::gaussian{.sigma = 0.5}.weights(y).data()[1] == 4);
  CHECK_THROWS_WITH(noise::gaussian{.sigma = 0}.weights(y), test::contains("expected a sigma > 0"));
  CHECK_THROWS_WITH(noise::gaussian{.sigma = 0}.log_likelihood(y, y), test::contains("expected a sigma > 0"));
  CHECK_THROWS_WITH(noise::gaussian{.sigma = -1}.sample(y, {1}), test::contains("expected a sigma >= 0"));
  CHECK(noise::gaussian{.sigma = 0}.sample(y, {1}).data()[0] == 3);
}

}  // namespace gaussian_test
