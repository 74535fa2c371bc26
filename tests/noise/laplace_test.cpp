// SPDX-License-Identifier: BSD-3-Clause
#include <support/noise_laws.hpp>

#include <equireg/noise/laplace.hpp>

namespace laplace_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

TEST_CASE("laplace noise has the law that its name says", "[noise][laplace]") {
  const noise::laplace model{.scale = 0.3};
  const auto y = test::draws(model, 0.5);
  test::check_moments(y, 0.5, 2 * 0.09, 24 * 0.0081);
  test::check_distribution(y, [](double v) {
    const double t = (v - 0.5) / 0.3;
    return t < 0 ? 0.5 * std::exp(t) : 1 - 0.5 * std::exp(-t);
  });
  CHECK(test::close(2 * std::pow(noise::laplace{}.scale, 2), 0.0025, 1e-14));  // the default's variance
  test::check_batch_split(model, test::random_tensor<tensor_d>({3, 2, 5, 7}, 1));
}

TEST_CASE("the laplace likelihood is SciPy's density and integrates to one", "[noise][laplace]") {
  const noise::laplace model{.scale = 0.3};
  test::check_golden(model, "laplace");
  CHECK(test::close(test::integral(model, 0.1, -12, 12), 1, 1e-6));
}

TEST_CASE("the laplace gradient is the likelihood's derivative, and zero where y = z", "[noise][laplace]") {
  const noise::laplace model{.scale = 0.3};
  tensor_d z = test::random_tensor<tensor_d>({2, 1, 3, 4}, 1);
  const tensor_d y = test::random_tensor<tensor_d>({2, 1, 3, 4}, 2);
  test::check_likelihood_gradient(model, z, y);
  z.data()[5] = y.data()[5];
  CHECK(model.log_likelihood_gradient(z, y).data()[5] == 0);
}

TEST_CASE("laplace noise refuses a scale that is not positive, and a y of another shape", "[noise][laplace]") {
  const tensor_d z({1, 1, 1, 2}, 0.0);
  for (const double scale : {0.0, -1.0, std::nan("")}) {
    const noise::laplace bad{.scale = scale};
    CHECK_THROWS_WITH(bad.sample(z, test::noise_stream), test::contains("expected a scale > 0, but it is "));
    CHECK_THROWS_AS(bad.log_likelihood(z, z), error);
    CHECK_THROWS_AS(bad.log_likelihood_gradient(z, z), error);
    CHECK_THROWS_AS(bad.weights(z), error);
  }
  CHECK_THROWS_AS(noise::laplace{}.log_likelihood(z, tensor_d({1, 1, 1, 3}, 0.0)), error);
  CHECK(test::close(noise::laplace{.scale = 0.5}.weights(z).data()[1], 2, 1e-15));
}

}  // namespace laplace_test
