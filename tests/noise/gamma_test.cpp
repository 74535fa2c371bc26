// SPDX-License-Identifier: BSD-3-Clause
#include <support/noise_laws.hpp>

#include <equireg/noise/gamma.hpp>

namespace gamma_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

struct law {
  const char* name;
  double looks;
};
const law laws[] = {{"gamma_third", 0.3}, {"gamma_one", 1.0}, {"gamma_many", 4.5}};

TEST_CASE("gamma noise falls evenly between SciPy's quantiles, also for less than one look", "[noise][gamma]") {
  for (const auto& [name, looks] : laws) {
    INFO("looks " << looks);
    const auto y = test::draws(noise::gamma{.looks = looks}, 0.5);
    const double variance = 2.25 / looks;
    test::check_moments(y, 0.5, variance, variance * variance * (3 + 6 / looks));
    const tensor_d edges = test::golden(std::string("noise_") + name + "_quantiles");  // of mean 1
    std::vector<double> counts(edges.size() + 1, 0.0);
    for (const double v : y) {
      const auto at = std::upper_bound(edges.values().begin(), edges.values().end(), (v + 1) / 1.5);
      counts[static_cast<std::size_t>(at - edges.values().begin())] += 1;
    }
    test::check_cells(counts, std::vector<double>(counts.size(), 1.0 / static_cast<double>(counts.size())));
  }
  test::check_batch_split(noise::gamma{.looks = 0.7}, tensor_d({3, 2, 5, 7}, 0.5));
}

TEST_CASE("one look is exponential, and many looks are nearly normal", "[noise][gamma]") {
  test::check_distribution(test::draws(noise::gamma{.looks = 1, .offset = 0}, 2.0),
                           [](double v) { return 1 - std::exp(-v / 2); });
  // 10^6 looks: the skewness is 0.002.
  test::check_distribution(test::draws(noise::gamma{.looks = 1e6}, 0.0),
                           [](double v) { return test::normal_cdf(1000 * v); });
}

TEST_CASE("entries without light stay dark under gamma noise", "[noise][gamma]") {
  for (const double v : test::draws(noise::gamma{}, -1.2, 100)) CHECK(v == -1);
}

TEST_CASE("the gamma likelihood is SciPy's density and integrates to one", "[noise][gamma]") {
  for (const auto& [name, looks] : laws) {
    INFO("looks " << looks);
    const noise::gamma model{.looks = looks};
    test::check_golden(model, name);
    // t = e^s, so that the pole at 0 of less than one look is flat.
    std::vector<double> y;
    const double h = 1e-3;
    for (double s = -25; s < 5; s += h) y.push_back(std::exp(s) - 1);
    const auto p = test::densities(model, 0.2, y);
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) sum += h * p[i] * (y[i] + 1);
    CHECK(test::close(sum, 1, looks < 1 ? 1e-3 : 1e-6));  // e^(-25 looks) lies below
  }
}

TEST_CASE("the gamma gradient is the likelihood's derivative, down to dark entries", "[noise][gamma]") {
  const tensor_d z({2, 1, 1, 4}, {0.0, 1.0, -0.9, -1.3, 0.4, -0.5, 2.0, -0.9});
  const tensor_d y({2, 1, 1, 4}, {0.5, -0.8, -0.9, -0.8, 0.2, 0.5, 2.4, -0.95});
  for (const double looks : {0.3, 1.0, 4.5}) {
    test::check_likelihood_gradient(noise::gamma{.looks = looks, .least_intensity = 0.2}, z, y);
    test::check_likelihood_gradient(noise::gamma{.looks = looks, .offset = 3, .least_intensity = 0.01}, z, y);
  }
}

TEST_CASE("gamma noise refuses what is no noise", "[noise][gamma]") {
  const tensor_d z({1, 1, 1, 2}, 0.0);
  for (const double looks : {0.0, -1.0, std::nan("")}) {
    const noise::gamma bad{.looks = looks};
    CHECK_THROWS_WITH(bad.sample(z, test::noise_stream), test::contains("expected looks > 0, but it is "));
    CHECK_THROWS_AS(bad.log_likelihood(z, z), error);
    CHECK_THROWS_AS(bad.log_likelihood_gradient(z, z), error);
    CHECK_THROWS_AS(bad.weights(z), error);
  }
  CHECK_THROWS_WITH((noise::gamma{.least_intensity = 0}.log_likelihood(z, z)),
                    test::contains("expected a least_intensity > 0"));
  const tensor_d w = noise::gamma{.looks = 8}.weights(tensor_d({1, 1, 1, 2}, {1.0, -3.0}));
  CHECK(test::close(w.data()[0], 2, 1e-15));
  CHECK(test::close(w.data()[1], 8e6, 1e-12));
}

}  // namespace gamma_test
