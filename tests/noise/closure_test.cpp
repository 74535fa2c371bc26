// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/noise/closure.hpp>

#include <numbers>

namespace closure_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;
using std::numbers::pi;

const noise::closure<tensor_d> model(tensor_d({1, 1, 1, 3}, {0.5, 0.2, 2.0}), tensor_d({1, 1, 1, 3}, {1.0, 0.0, 0.0}));

TEST_CASE("the likelihood of closures is half of chi^2, and its gradient its derivative", "[noise][closure]") {
  const tensor_d z({2, 1, 1, 3}, {3.0, 1.0, -1.0, 0.1, 0.0, 0.0}), y({2, 1, 1, 3}, {-3.0, 1.3, 1.0, 0.1, 0.0, 4.0});
  const auto value = to_host(model.log_likelihood(z, y));
  CHECK(test::close(value[0], -(1 - std::cos(6.0)) / 0.25 - 0.5 * 2.25 - 0.5, 1e-13));
  CHECK(test::close(value[1], -2, 1e-13));
  const tensor_d d = test::random_tensor<tensor_d>(z.shape(), 1);
  const double h = 1e-5;
  const auto up = to_host(model.log_likelihood(test::combination(1, z, h, d), y));
  const auto down = to_host(model.log_likelihood(test::combination(1, z, -h, d), y));
  const double difference = (up[0] + up[1] - down[0] - down[1]) / (2 * h);
  CHECK(test::close(test::inner(model.log_likelihood_gradient(z, y), d), difference, 1e-8));
}

TEST_CASE("whole turns of an angle change nothing, and of other entries they do", "[noise][closure]") {
  const tensor_d z({1, 1, 1, 3}, {0.3, 0.3, 0.3});
  const auto at = [&](double first, double second) {
    return to_host(model.log_likelihood(z, tensor_d({1, 1, 1, 3}, {first, second, 0.3})))[0];
  };
  CHECK(test::close(at(0.8, 0.3), at(0.8 - 2 * pi, 0.3), 1e-13));
  CHECK(at(0.3, 0.3 + 2 * pi) < -100);
}

TEST_CASE("noise of closures has each entry's sigma, and angles stay within half a turn", "[noise][closure]") {
  const std::size_t n = 20000;
  tensor_d z({n, 1, 1, 3});
  transform(
      z, [](double v) { return v; }, broadcast{tensor_d({1, 1, 1, 3}, {3.0, 1.0, -1.0})});
  const tensor_d y = model.sample(z, {11, 0, purpose::measurement, 0});
  const double sigma[] = {0.5, 0.2, 2.0};
  for (std::size_t k = 0; k < 3; ++k) {
    double sum = 0, squares = 0;
    bool within = true;
    for (std::size_t b = 0; b < n; ++b) {
      double d = y(b, 0, 0, k) - z(b, 0, 0, k);
      within = within && std::abs(y(b, 0, 0, k)) <= pi + 1e-12;
      if (k == 0) d = std::remainder(d, 2 * pi);
      sum += d;
      squares += d * d;
    }
    const double count = static_cast<double>(n), variance = sigma[k] * sigma[k];
    CHECK(test::within_standard_errors(sum / count, 0, sigma[k] / std::sqrt(count)));
    CHECK(test::within_standard_errors(squares / count, variance, variance * std::sqrt(2 / count)));
    CHECK((k != 0 || within));
  }
  // chi^2 per entry of the truth: sigma 0.5 is no small angle, where 1 - cos falls short of half the square by 6% of it.
  double mean = 0;
  for (const double each : to_host(model.chi_squared(z, y))) mean += each / static_cast<double>(n);
  const double angle = 2 * (1 - std::exp(-0.5 * 0.25)) / 0.25;  // the mean of 2 (1 - cos d) / sigma^2
  CHECK(test::within_standard_errors(mean, (angle + 2) / 3, std::sqrt(2.0 / 3 / static_cast<double>(n))));
  CHECK(model.weights(z)(7, 0, 0, 1) == 1 / (0.2 * 0.2));
}

TEST_CASE("noise of closures refuses sigmas that are not positive", "[noise][closure]") {
  REQUIRE_THROWS_WITH(noise::closure<tensor_d>(tensor_d({1, 1, 1, 2}, {0.1, 0.0}), tensor_d({1, 1, 1, 2}, 0.0)),
                      test::contains("1 are not"));
  REQUIRE_THROWS_WITH(noise::closure<tensor_d>(tensor_d({1, 1, 1, 2}, 0.1), tensor_d({1, 1, 1, 3}, 0.0)),
                      test::contains("(1, 1, 1, 3)"));
}

}  // namespace closure_test
