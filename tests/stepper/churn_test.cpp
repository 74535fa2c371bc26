// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/churn.hpp>

#include <support/catch.hpp>
#include <support/gaussian_run.hpp>
#include <support/tolerance.hpp>

#include <cmath>
#include <limits>

namespace churn_test {

namespace eq = equireg;
using eq::cpu::tensor;
using eq::stepper::add_churn;
using eq::stepper::raised_level;
using eq::test::close;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("a raised level stays in its process", "[stepper][churn]") {
  const eq::noise_level exploding = raised_level(eq::variance_exploding(2, 2), eq::variance_exploding(1, 1), 2.5);
  CHECK(exploding == eq::variance_exploding(2.5, 2.5));

  const eq::noise_level flow = raised_level(eq::rectified(0.5), eq::rectified(0.4), 1.5);
  CHECK(close(flow.noise, 0.6, 1e-12));
  CHECK(close(flow.signal, 0.4, 1e-12));
  CHECK(close(flow.time, 0.6, 1e-12));

  const auto table = eq::schedule::vp_linear{}.trained();
  const eq::noise_level preserving = raised_level(table.level(500), table.level(495), 1.2 * table.sigma(500));
  CHECK(close(preserving.sigma(), 1.2 * table.sigma(500), 1e-12));
  CHECK(close(std::pow(preserving.signal, 2) + std::pow(preserving.noise, 2), 1, 1e-12));
  CHECK(std::abs(preserving.time - table.index_of(preserving.sigma())) <
        1);  // carried on along the tangent of ln sigma
}

TEST_CASE("churn adds the variance between the two levels", "[stepper][churn]") {
  const eq::shape s = eq::test::gaussian_batch;
  for (const auto& [from, to] : {std::pair{eq::variance_exploding(2, 2), eq::variance_exploding(1, 1)},
                                 std::pair{eq::variance_preserving(0.3, 9), eq::variance_preserving(0.4, 8)},
                                 std::pair{eq::rectified(0.5), eq::rectified(0.4)}}) {
    tensor<double> x(s, from.signal * 0.7);  // x~ = 0.7, without noise
    const eq::noise_level raised = add_churn(x, {2, 0, infinity, 1}, {from, to, 3, 20, 6, 0});
    CHECK(close(raised.sigma(), 1.1 * from.sigma(), 1e-12));
    transform(
        x, [a = raised.signal](double v) { return v / a; }, x);
    const eq::test::moments found(x);
    const double variance = (1.1 * 1.1 - 1) * from.sigma() * from.sigma();
    CHECK(eq::test::within_standard_errors(found.mean, 0.7, found.error_of_mean(variance)));
    CHECK(eq::test::within_standard_errors(found.variance, variance, found.error_of_variance(variance)));
  }
}

TEST_CASE("churn doubles the variance at most", "[stepper][churn]") {
  tensor<double> x({1, 1, 1, 2}, 1.0);
  const eq::noise_level from = eq::variance_exploding(2, 2), to = eq::variance_exploding(1, 1);
  CHECK(close(add_churn(x, {40, 0, infinity, 1}, {from, to, 0, 25, 6, 0}).noise, 2 * std::sqrt(2.0), 1e-12));
}

TEST_CASE("churn draws from its own stream", "[stepper][churn]") {
  const eq::reverse_step step{eq::variance_exploding(2, 2), eq::variance_exploding(1, 1), 3, 10, 6, 5};
  tensor<double> x({2, 1, 1, 3}, 0.0), z({2, 1, 1, 3});
  add_churn(x, {1, 0, infinity, 0.5}, step);
  fill_normal(z, step.noise(eq::purpose::churn));
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(close(x.values()[i], 0.5 * std::sqrt(2.2 * 2.2 - 4) * z.values()[i], 1e-12));
  }
}

TEST_CASE("churn keeps to its window and leaves pure noise alone", "[stepper][churn]") {
  const auto level_after = [](const eq::noise_level& from, const eq::noise_level& to, double min, double max) {
    tensor<double> x({1, 1, 1, 2}, 1.0);
    const eq::noise_level level = add_churn(x, {2, min, max, 1}, {from, to, 0, 20, 6, 0});
    CHECK((x.values()[0] == 1.0) == (level == from));
    return level;
  };
  const eq::noise_level from = eq::variance_exploding(2, 2), to = eq::variance_exploding(1, 1);
  CHECK(level_after(from, to, 0, 1.9) == from);
  CHECK(level_after(from, to, 2.1, infinity) == from);
  CHECK(level_after(from, to, 2, 2).noise > 2.1);
  CHECK(level_after(eq::rectified(1), eq::rectified(0.9), 0, infinity) == eq::rectified(1));
}

TEST_CASE("negative churn is refused", "[stepper][churn]") {
  tensor<double> x({1, 1, 1, 2}, 1.0);
  const eq::reverse_step step{eq::variance_exploding(2, 2), eq::variance_exploding(1, 1), 0, 20, 6, 0};
  REQUIRE_THROWS_WITH(add_churn(x, {-1, 0, infinity, 1}, step), eq::test::contains("got -1 and 1"));
}

}  // namespace churn_test
