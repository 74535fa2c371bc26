// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/dense.hpp>
#include <support/random_mixture.hpp>
#include <support/tolerance.hpp>

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/score/gaussian_mixture.hpp>

#include <cmath>
#include <vector>

namespace gaussian_mixture_test {

namespace eq = equireg;
using namespace equireg::test;
using eq::score::gaussian_mixture;
namespace covariance = eq::score::covariance;

namespace {

constexpr double exact = 1e-9;  // dense matrices of condition up to 1e4 lose a few digits

const std::vector<eq::noise_level> levels = {eq::variance_preserving(0.999), eq::variance_preserving(0.5),
                                             eq::variance_preserving(0.01),  eq::variance_exploding(0.05),
                                             eq::variance_exploding(3.0),    eq::rectified(0.4),
                                             eq::noise_level{0, 1, 0},       eq::clean};

// E[x0 | x] is the posterior mean under the "measurement" x = a x0 + b eps.
dense_posterior condition(const dense_mixture& prior, const eq::noise_level& level, const vector& x) {
  const std::size_t d = x.size();
  return {prior, matrix::identity(d, level.signal), matrix::identity(d, level.noise * level.noise), x};
}

static_assert(eq::check_differentiable_score_model<gaussian_mixture<covariance::isotropic<float>>>());
static_assert(eq::check_differentiable_score_model<gaussian_mixture<covariance::low_rank<double>>>());

}  // namespace

TEST_CASE("a mixture in one dimension has the worked values", "[score][gaussian_mixture]") {
  using kind = covariance::isotropic<double>;
  const gaussian_mixture<kind> mixture({0.3, 0.7}, eq::cpu::tensor<double>({2, 1, 1, 1}, {-1.0, 2.0}),
                                       {kind(0.25), kind(1.0)});
  const eq::noise_level level{0.8, 0.6, 0};
  const eq::cpu::tensor<double> x({1, 1, 1, 1}, {0.5});
  CHECK(close(mixture.log_density(x, level).data()[0], -1.6864379770, 1e-9));
  const auto r = mixture.responsibilities(x, level);
  CHECK(close(r.data()[0], 0.1764866352, 1e-9));
  CHECK(close(r.data()[1], 0.8235133648, 1e-9));
  const auto [x0, pullback] = mixture.linearize(x, level);
  CHECK(close(x0.data()[0], 0.8340916510, 1e-9));
  const double s = (0.8 * x0.data()[0] - 0.5) / 0.36;
  CHECK(close(s, 0.4646481134, 1e-9));
  // d x0 / d x = (1 + b^2 H) / a.
  const double derivative = pullback(eq::cpu::tensor<double>({1, 1, 1, 1}, {1.0})).data()[0];
  CHECK(close((0.8 * derivative - 1) / 0.36, 0.7206840318, 1e-8));
}

TEMPLATE_TEST_CASE("a mixture denoises as its dense matrices say, at every level", "[score][gaussian_mixture]",
                   covariance::isotropic<double>, covariance::diagonal<double>, covariance::low_rank<double>,
                   covariance::low_rank_diagonal<double>, covariance::full<double>, covariance::spectrum<double>) {
  const eq::shape s{1, 2, 3, 2};
  const auto mixture = random_mixture<TestType>(4, s, 7);
  const auto dense = to_dense(mixture);
  for (const std::size_t batch : {1U, 3U}) {
    const auto x = normal_tensor<double>(s.with_batch(batch), 21 + batch, 1.3);
    for (const auto& level : levels) {
      INFO("a = " << level.signal << ", b = " << level.noise << ", batch " << batch);
      const auto x0 = mixture.denoise(x, level);
      const auto r = mixture.responsibilities(x, level);
      const auto log_p = mixture.log_density(x, level);
      for (std::size_t b = 0; b < batch; ++b) {
        const auto expected = condition(dense, level, to_vector(x, b));
        CHECK(relative_error(to_vector(x0, b), expected.mean()) < exact);
        CHECK(relative_error(to_vector(r, b), expected.mixture.weights) < exact);
        CHECK(close(log_p.data()[b], expected.log_evidence, exact));
      }
      CHECK(relative_error(mixture.linearize(x, level).value.values(), x0.values()) < 1e-14);
    }
  }
}

TEMPLATE_TEST_CASE("a mixture's pullback is its derivative", "[score][gaussian_mixture]",
                   covariance::isotropic<double>, covariance::diagonal<double>, covariance::low_rank<double>,
                   covariance::low_rank_diagonal<double>, covariance::full<double>, covariance::spectrum<double>) {
  const eq::shape s{1, 1, 2, 5};
  const auto mixture = random_mixture<TestType>(3, s, 11);
  for (const std::size_t batch : {1U, 3U}) {
    const auto x = normal_tensor<double>(s.with_batch(batch), 31 + batch);
    const auto v = normal_tensor<double>(x.shape(), 41), w = normal_tensor<double>(x.shape(), 43);
    for (const auto& level : levels) {
      INFO("a = " << level.signal << ", b = " << level.noise << ", batch " << batch);
      const auto pulled = mixture.linearize(x, level).pullback(v);
      if (level.signal == 0) {  // pure noise says nothing about x0
        for (const double g : pulled.values()) CHECK(std::abs(g) < 1e-12);
        continue;
      }
      const double h = tolerance<double>::step;
      auto up = x, down = x;
      add_scaled(up, h, w);
      add_scaled(down, -h, w);
      auto difference = mixture.denoise(up, level);
      add_scaled(difference, -1, mixture.denoise(down, level));
      const auto expected = dot(difference, v), got = dot(pulled, w);
      for (std::size_t b = 0; b < batch; ++b) {
        CHECK(close(got.data()[b], expected.data()[b] / (2 * h), tolerance<double>::finite_difference, 0.1));
      }
    }
  }
}

TEMPLATE_TEST_CASE("a mixture in float agrees with the same in double", "[score][gaussian_mixture]",
                   covariance::isotropic<float>, covariance::diagonal<float>, covariance::low_rank<float>,
                   covariance::low_rank_diagonal<float>, covariance::full<float>, covariance::spectrum<float>) {
  const eq::shape s{1, 1, 4, 4};
  const auto mixture = random_mixture<TestType>(5, s, 13);
  const auto dense = to_dense(mixture);
  const auto x = normal_tensor<float>(s.with_batch(2), 3);
  for (const auto& level : levels) {
    INFO("a = " << level.signal << ", b = " << level.noise);
    const auto x0 = mixture.denoise(x, level);
    for (std::size_t b = 0; b < 2; ++b) {
      CHECK(relative_error(to_vector(x0, b), condition(dense, level, to_vector(x, b)).mean()) < 2e-4);
    }
  }
}

TEMPLATE_TEST_CASE("a sample's result does not depend on its batch, to the bit where asked",
                   "[score][gaussian_mixture]", covariance::isotropic<float>, covariance::diagonal<float>,
                   covariance::low_rank<float>, covariance::low_rank_diagonal<float>, covariance::full<float>,
                   covariance::spectrum<float>) {
  const eq::shape s{1, 1, 5, 5};
  const auto mixture = random_mixture<TestType>(6, s, 17);
  const auto x = normal_tensor<float>(s.with_batch(20), 5), v = normal_tensor<float>(s.with_batch(20), 6);
  const auto level = eq::variance_preserving(0.7);
  const auto check = [&](auto&& agree) {
    const auto all = mixture.linearize(x, level);
    const auto all_pulled = all.pullback(v);
    for (const std::size_t b : {0U, 7U, 19U}) {
      const eq::cpu::tensor<float> one(s, x.sample(b)), cotangent(s, v.sample(b));
      const auto alone = mixture.linearize(one, level);
      CHECK(agree(to_vector(alone.value), to_vector(all.value, b)));
      CHECK(agree(to_vector(alone.pullback(cotangent)), to_vector(all_pulled, b)));
    }
  };
  check([](const vector& a, const vector& b) { return relative_error(a, b) < 1e-4; });
  const eq::cpu::reproducible_scope reproducible;
  check([](const vector& a, const vector& b) { return a == b; });
}

// At low noise a sample belongs to one component or two: the batch is multiplied with each component's own samples.
TEMPLATE_TEST_CASE("a batch at low noise gives what its samples give alone", "[score][gaussian_mixture]",
                   covariance::isotropic<double>, covariance::diagonal<double>, covariance::low_rank<double>,
                   covariance::low_rank_diagonal<double>, covariance::full<double>, covariance::spectrum<double>) {
  const eq::shape s{1, 1, 12, 12};
  const std::size_t components = 12;
  const auto mixture = random_mixture<TestType>(components, s, 29);
  const auto level = eq::variance_exploding(0.01);
  // Component 0 has nine samples, the others one, two or three; some lie between two components.
  const std::size_t batch = 9 + 2 * (components - 1);
  eq::cpu::tensor<double> x = normal_tensor<double>(s.with_batch(batch), 5, 0.05);
  const auto v = normal_tensor<double>(s.with_batch(batch), 6);
  for (std::size_t b = 0; b < batch; ++b) {
    const std::size_t k = b < 9 ? 0 : 1 + (b * 7) % (components - 1);
    const double share = b % 8 == 7 ? 0.5 : 1;
    for (std::size_t i = 0; i < s.sample_size(); ++i) {
      x.sample(b)[i] += level.signal * (share * mixture.means().sample(k)[i] +
                                        (1 - share) * mixture.means().sample((k + 1) % components)[i]);
    }
  }
  const auto r = mixture.responsibilities(x, level);
  std::size_t active = 0;
  for (const double value : r.values()) active += value != 0 ? 1 : 0;
  REQUIRE(active > batch);
  REQUIRE(active < batch * components / 2);

  const auto all = mixture.linearize(x, level);
  const auto pulled = all.pullback(v);
  for (std::size_t b = 0; b < batch; ++b) {
    const eq::cpu::tensor<double> one(s, x.sample(b)), cotangent(s, v.sample(b));
    const auto alone = mixture.linearize(one, level);
    CHECK(relative_error(to_vector(all.value, b), to_vector(alone.value)) < 1e-12);
    CHECK(relative_error(to_vector(pulled, b), to_vector(alone.pullback(cotangent))) < 1e-12);
  }
}

// In double precision the components that float leaves out take part.
TEST_CASE("a component is left out only where its part rounds away", "[score][gaussian_mixture]") {
  const std::size_t components = 24, batch = 32;
  const eq::shape s{1, 1, 20, 20};
  const auto level = eq::variance_preserving(0.3);
  const auto make = [&]<class T>(T) {
    std::vector<covariance::low_rank<T>> c;
    for (std::size_t k = 0; k < components; ++k) {
      c.emplace_back(normal_tensor<T>(s.with_batch(8), 50 + static_cast<std::uint32_t>(k), 0.3), 0.02);
    }
    return gaussian_mixture(std::vector<double>(components, 1.0), normal_tensor<T>(s.with_batch(components), 1, 0.5),
                            std::move(c));
  };
  const auto rounded = make(float{});
  const auto exact_one = make(double{});
  const auto x = normal_tensor<float>(s.with_batch(batch), 5), v = normal_tensor<float>(s.with_batch(batch), 6);
  const auto x_double = normal_tensor<double>(x.shape(), 5), v_double = normal_tensor<double>(x.shape(), 6);

  const auto r = rounded.responsibilities(x, level);
  const auto r_double = exact_one.responsibilities(x_double, level);
  std::size_t left_out = 0, kept = 0;
  for (std::size_t i = 0; i < r.size(); ++i) {
    if (r.data()[i] != 0) {
      ++kept;
    } else if (r_double.data()[i] > 1e-14) {  // a component, not an underflow
      ++left_out;
    }
  }
  REQUIRE(left_out > batch);
  REQUIRE(kept > 2 * batch);

  const auto got = rounded.linearize(x, level);
  const auto expected = exact_one.linearize(x_double, level);
  const auto pulled = got.pullback(v);
  const auto pulled_double = expected.pullback(v_double);
  for (std::size_t b = 0; b < batch; ++b) {
    // The distances' rounding alone moves the weights, and with them both results, by up to this much.
    CHECK(relative_error(to_vector(got.value, b), to_vector(expected.value, b)) < 2e-5);
    CHECK(relative_error(to_vector(pulled, b), to_vector(pulled_double, b)) < 2e-5);
  }
}

// Each is too light to matter; all together are not.
TEST_CASE("many light components are not left out", "[score][gaussian_mixture]") {
  using kind = covariance::isotropic<float>;
  const std::size_t light = GENERATE(std::size_t{1000}, std::size_t{20000});
  const double weight = 5e-8;
  eq::cpu::tensor<float> means({light + 1, 1, 1, 1}, 1.0F);
  means.data()[0] = 0;
  std::vector<double> weights(light + 1, weight);
  weights[0] = 1;
  const gaussian_mixture<kind> mixture(weights, means, std::vector<kind>(light + 1, kind(0.01)));
  const eq::cpu::tensor<float> x({1, 1, 1, 1}, 0.5F);
  // Both kinds are equally far from x = 1/2 at any level with a = 1: the mean moves by its share of the weight.
  const double share = weight * static_cast<double>(light) / (1 + weight * static_cast<double>(light));
  for (const double b : {1.0, 10.0}) {
    const double slope = 0.01 / (0.01 + b * b), at_zero = slope * 0.5, at_one = 1 - slope * 0.5;
    const auto x0 = mixture.denoise(x, eq::variance_exploding(b));
    INFO(light << " light ones, b = " << b);
    CHECK(close(x0.data()[0], at_zero + share * (at_one - at_zero), 1e-4));
    const auto r = mixture.responsibilities(x, eq::variance_exploding(b));
    double sum = 0;
    for (const float v : r.values()) sum += static_cast<double>(v);
    CHECK(close(sum, 1, 1e-5));
  }
}

TEST_CASE("far from the data a mixture neither overflows nor loses the nearest component",
          "[score][gaussian_mixture]") {
  using kind = covariance::isotropic<float>;
  eq::cpu::tensor<float> means({2, 1, 1, 64}, 0.0F);
  std::fill(means.sample(1).begin(), means.sample(1).end(), 1.0F);
  const gaussian_mixture<kind> mixture({1.0, 1.0}, means, {kind(1e-4), kind(1e-4)});
  const eq::cpu::tensor<float> x({1, 1, 1, 64}, 3.0e3F);
  const auto r = mixture.responsibilities(x, eq::variance_exploding(1e-2));
  CHECK(r.data()[0] == 0.0F);
  CHECK(r.data()[1] == 1.0F);
  const auto x0 = mixture.denoise(x, eq::variance_exploding(1e-2));
  for (const float u : x0.values()) CHECK(close(u, 1500.5, 1e-5));
}

TEMPLATE_TEST_CASE("draws from a mixture have its mean, covariance and weights", "[score][gaussian_mixture]",
                   covariance::isotropic<double>, covariance::diagonal<double>, covariance::low_rank<double>,
                   covariance::low_rank_diagonal<double>, covariance::full<double>, covariance::spectrum<double>) {
  const eq::shape s{1, 1, 2, 3};
  const std::size_t d = 6, count = 40000;
  const auto mixture = random_mixture<TestType>(3, s, 19);
  const auto dense = to_dense(mixture);
  const auto x = mixture.sample(eq::seed{5}, count);
  // Without an observation the posterior is the prior.
  const dense_posterior prior(dense, matrix(1, d), matrix::identity(1), vector(1, 0.0));
  const vector mean = prior.mean();
  const matrix expected = prior.covariance();
  vector sum(d, 0.0);
  matrix second(d, d), fourth(d, d);
  for (std::size_t n = 0; n < count; ++n) {
    const auto row = x.sample(n);
    for (std::size_t i = 0; i < d; ++i) {
      sum[i] += row[i];
      for (std::size_t j = 0; j < d; ++j) {
        const double p = (row[i] - mean[i]) * (row[j] - mean[j]);
        second(i, j) += p;
        fourth(i, j) += p * p;
      }
    }
  }
  for (std::size_t i = 0; i < d; ++i) {
    CHECK(within_standard_errors(sum[i] / count, mean[i], std::sqrt(expected(i, i) / count)));
    for (std::size_t j = 0; j < d; ++j) {
      const double average = second(i, j) / count;
      const double variance = fourth(i, j) / count - average * average;
      CHECK(within_standard_errors(average, expected(i, j), std::sqrt(variance / count)));
    }
  }
}

TEST_CASE("draws from a mixture depend on their index alone", "[score][gaussian_mixture]") {
  const auto mixture = random_mixture<covariance::isotropic<float>>(4, {1, 1, 3, 3}, 23);
  const auto all = mixture.sample(eq::noise_address{9, 0, eq::purpose::prior, 0}, 8);
  const auto tail = mixture.sample(eq::noise_address{9, 0, eq::purpose::prior, 5}, 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(to_vector(all, 5 + i) == to_vector(tail, i));
}

TEST_CASE("a pullback outlives its input and may be called twice", "[score][gaussian_mixture]") {
  const auto mixture = random_mixture<covariance::low_rank<double>>(3, {1, 1, 2, 2}, 29);
  const auto level = eq::variance_preserving(0.6);
  const auto v = normal_tensor<double>({2, 1, 2, 2}, 1);
  const auto make = [&] {
    auto x = normal_tensor<double>({2, 1, 2, 2}, 2);
    auto pullback = mixture.linearize(x, level).pullback;
    std::fill(x.values().begin(), x.values().end(), 1e300);
    return pullback;
  };
  const auto pullback = make();
  CHECK(mixture.denoise(v, eq::variance_preserving(0.1)).shape() == v.shape());  // another level takes the cache
  const auto expected = mixture.linearize(normal_tensor<double>({2, 1, 2, 2}, 2), level).pullback(v);
  CHECK(to_vector(pullback(v)) == to_vector(expected));
  CHECK(to_vector(pullback(v)) == to_vector(expected));
}

TEST_CASE("a mixture says which of its parts is wrong", "[score][gaussian_mixture]") {
  using kind = covariance::isotropic<double>;
  const auto means = normal_tensor<double>({2, 1, 2, 2}, 1);
  const auto make = [&](std::vector<double> w, const eq::cpu::tensor<double>& m, std::vector<kind> c) {
    gaussian_mixture<kind>(std::move(w), m, std::move(c));
  };
  CHECK_THROWS_WITH(make({1.0, -1.0}, means, {kind(1), kind(1)}), contains("weights should be positive, got -1"));
  CHECK_THROWS_WITH(make({1.0}, means, {kind(1)}), contains("1 weights, 2 means and 1 covariances"));
  CHECK_THROWS_WITH(make({}, means, {}), contains("at least one component"));
  CHECK_THROWS_WITH(kind(0), contains("variance should be positive, got 0"));
  CHECK_THROWS_WITH(kind(NAN), contains("variance should be positive"));
  CHECK_THROWS_WITH(covariance::diagonal<double>(eq::cpu::tensor<double>({1, 1, 1, 2}, {1.0, 0.0})),
                    contains("variances should be positive, got 0"));
  CHECK_THROWS_WITH(covariance::full<double>(eq::cpu::tensor<double>({1, 1, 2, 2}, {1.0, 2.0, 2.0, 1.0})),
                    contains("not positive definite: an eigenvalue is -1"));
  CHECK_THROWS_WITH(covariance::full<double>(eq::cpu::tensor<double>({1, 1, 2, 2}, {1.0, 0.5, 0.1, 1.0})),
                    contains("not symmetric"));
  CHECK_THROWS_WITH(covariance::full<double>(eq::cpu::tensor<double>({1, 1, 1, 2}, {1.0, 0.5})),
                    contains("(1, 1, d, d)"));
  using factors = covariance::low_rank<double>;
  CHECK_THROWS_WITH(gaussian_mixture<factors>({1.0, 1.0}, means,
                                              std::vector<factors>(2, factors(normal_tensor<double>({1, 1, 4, 1}, 1), 1))),
                    contains("a factor has shape (1, 1, 4, 1), expected (1, 1, 2, 2)"));
  const gaussian_mixture<kind> good({1.0, 3.0}, means, {kind(1), kind(1)});
  CHECK(good.weights() == std::vector<double>{0.25, 0.75});
  CHECK_THROWS_WITH(good.denoise(normal_tensor<double>({1, 1, 4, 1}, 1), eq::clean),
                    contains("x has shape (1, 1, 4, 1), expected (1, 1, 2, 2)"));
  CHECK_THROWS_WITH(good.linearize(means, eq::clean).pullback(normal_tensor<double>({1, 1, 2, 2}, 1)),
                    contains("the pullback's argument has shape"));
}

}  // namespace gaussian_mixture_test
