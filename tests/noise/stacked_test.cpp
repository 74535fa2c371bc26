// SPDX-License-Identifier: BSD-3-Clause
#include <support/noise_laws.hpp>

#include <equireg/noise/laplace.hpp>
#include <equireg/noise/poisson.hpp>
#include <equireg/noise/stacked.hpp>
#include <equireg/noise/uniform.hpp>

namespace stacked_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

const noise::gaussian first{.sigma = 0.1};
const noise::poisson second{.gain = 0.1};
const noise::laplace third{.scale = 0.2};
const noise::stacked model{{6, 4, 10}, first, second, third};

const tensor_d z = [] {
  tensor_d values = test::random_tensor<tensor_d>({3, 1, 1, 20}, 1);
  transform(values, [](double v) { return 0.3 * v; }, values);
  return values;
}();

tensor_d part_of(const tensor_d& x, std::size_t begin, std::size_t count) { return slice(x, begin, {1, 1, 1, count}); }

TEST_CASE("each block of a stack has the noise of its own model, and numbers of its own", "[noise][stacked]") {
  const tensor_d y = model.sample(z, test::noise_stream);
  const tensor_d alone = first.sample(part_of(z, 0, 6), test::noise_stream);
  CHECK(test::relative_error(part_of(y, 0, 6).values(), alone.values()) == 0);
  const noise_address other = noise::substream(test::noise_stream, 1);
  CHECK(test::relative_error(part_of(y, 6, 4).values(), second.sample(part_of(z, 6, 4), other).values()) == 0);
  test::check_batch_split(model, z);
  const noise::stacked twins{{10000, 10000}, noise::gaussian{1}, noise::gaussian{1}};
  const tensor_d eps = twins.sample(tensor_d({1, 1, 1, 20000}, 0.0), test::noise_stream);
  const double inner = test::inner(part_of(eps, 0, 10000), part_of(eps, 10000, 10000));
  CHECK(test::within_standard_errors(inner, 0, 100));
}

TEST_CASE("the log-likelihoods of blocks add, and their gradients and weights stand side by side", "[noise][stacked]") {
  const tensor_d y = model.sample(z, test::noise_stream);
  const auto block = [](const tensor_d& x, int j) {
    return part_of(x, j == 0 ? 0 : j == 1 ? 6 : 10, j == 0 ? 6 : j == 1 ? 4 : 10);
  };
  const auto value = to_host(model.log_likelihood(z, y));
  const auto one = to_host(first.log_likelihood(block(z, 0), block(y, 0)));
  const auto two = to_host(second.log_likelihood(block(z, 1), block(y, 1)));
  const auto three = to_host(third.log_likelihood(block(z, 2), block(y, 2)));
  for (std::size_t b = 0; b < 3; ++b) CHECK(test::close(value[b], one[b] + two[b] + three[b], 1e-13));
  test::check_likelihood_gradient(model, z, y);
  const tensor_d w = model.weights(y);
  CHECK(test::relative_error(block(w, 0).values(), first.weights(block(y, 0)).values()) == 0);
  CHECK(test::relative_error(block(w, 1).values(), second.weights(block(y, 1)).values()) == 0);
  CHECK(test::relative_error(block(w, 2).values(), third.weights(block(y, 2)).values()) == 0);
}

TEST_CASE("blocks are runs of a sample's elements, whatever the shape of y", "[noise][stacked]") {
  const tensor_d image(shape{3, 2, 2, 5}, z.values());
  const tensor_d y = model.sample(image, test::noise_stream);
  CHECK(y.shape() == image.shape());
  CHECK(test::relative_error(y.values(), model.sample(z, test::noise_stream).values()) == 0);
}

TEST_CASE("a stack is flat where all its blocks are, and refuses a y that its blocks do not fill", "[noise][stacked]") {
  static_assert(is_flat<noise::stacked<noise::uniform, noise::uniform>>);
  static_assert(!is_flat<noise::stacked<noise::uniform, noise::gaussian>>);
  const tensor_d long_z({1, 1, 1, 21}, 0.0);
  CHECK_THROWS_WITH(model.sample(long_z, test::noise_stream),
                    test::contains("expected blocks of 21 elements together, but they have 20"));
  CHECK_THROWS_AS(model.log_likelihood(long_z, long_z), error);
  CHECK_THROWS_AS(model.log_likelihood(z, long_z), error);
  CHECK_THROWS_AS(model.log_likelihood_gradient(z, long_z), error);
  CHECK_THROWS_AS(model.weights(long_z), error);
}

}  // namespace stacked_test
