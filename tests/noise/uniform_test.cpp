// SPDX-License-Identifier: BSD-3-Clause
#include <support/noise_laws.hpp>

#include <equireg/noise/uniform.hpp>

namespace uniform_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

TEST_CASE("uniform noise has the law that its name says", "[noise][uniform]") {
  const noise::uniform model{.half_width = 0.25};
  const auto y = test::draws(model, -0.5);
  test::check_moments(y, -0.5, 0.0625 / 3, 0.25 * 0.25 * 0.25 * 0.25 / 5);
  test::check_distribution(y, [](double v) { return (v + 0.75) / 0.5; });
  test::check_batch_split(model, test::random_tensor<tensor_d>({3, 2, 5, 7}, 1));
}

TEST_CASE("the uniform likelihood is SciPy's density, integrates to one, and holds what was drawn",
          "[noise][uniform]") {
  const noise::uniform model{.half_width = 0.25};
  test::check_golden(model, "uniform");
  CHECK(test::close(test::integral(model, 0.1, -0.9, 1.1), 1, 1e-4));  // at each edge, half a step of 1e-5 at density 2
  cpu::tensor<float> z({1, 1, 256, 256});
  fill_normal(z, test::noise_stream);
  const auto value = to_host(model.log_likelihood(z, model.sample(z, test::noise_stream)));
  CHECK(test::close(value[0], 65536 * std::log(2), 1e-5));
}

TEST_CASE("the uniform likelihood has no direction", "[noise][uniform]") {
  const noise::uniform model;
  const tensor_d z = test::random_tensor<tensor_d>({2, 1, 3, 4}, 1);
  const tensor_d gradient = model.log_likelihood_gradient(z, z);
  for (const double v : gradient.values()) CHECK(v == 0);
  static_assert(is_flat<noise::uniform>);
}

TEST_CASE("uniform noise refuses a half_width that is not positive, and a y of another shape", "[noise][uniform]") {
  const tensor_d z({1, 1, 1, 2}, 0.0);
  for (const double width : {0.0, -1.0, std::nan("")}) {
    const noise::uniform bad{.half_width = width};
    CHECK_THROWS_WITH(bad.sample(z, test::noise_stream), test::contains("expected a half_width > 0, but it is "));
    CHECK_THROWS_AS(bad.log_likelihood(z, z), error);
    CHECK_THROWS_AS(bad.log_likelihood_gradient(z, z), error);
    CHECK_THROWS_AS(bad.weights(z), error);
  }
  CHECK_THROWS_AS(noise::uniform{}.log_likelihood_gradient(z, tensor_d({1, 1, 1, 3}, 0.0)), error);
  CHECK(test::close(noise::uniform{.half_width = 0.5}.weights(z).data()[1], 12, 1e-15));
}

}  // namespace uniform_test
