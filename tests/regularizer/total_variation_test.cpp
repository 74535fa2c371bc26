// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief Total variation against a plain loop and central differences.

#include <support/catch.hpp>
#include <support/penalty_laws.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/regularizer/total_variation.hpp>

#include <cmath>
#include <vector>

namespace total_variation_test {

namespace eq = equireg;
using eq::regularizer::total_variation;
using eq::test::contains;
using tensor = eq::cpu::tensor<double>;

namespace {

const eq::reverse_step step{.from = eq::variance_exploding(0.5), .to = eq::clean, .index = 2, .total = 10, .seed = 8};

double by_hand(const tensor& x, std::size_t b, double epsilon) {
  const eq::shape s = x.shape();
  double sum = 0;
  for (std::size_t c = 0; c < s.channels; ++c) {
    for (std::size_t i = 0; i < s.height; ++i) {
      for (std::size_t j = 0; j < s.width; ++j) {
        const double dx = j + 1 < s.width ? x(b, c, i, j + 1) - x(b, c, i, j) : 0;
        const double dy = i + 1 < s.height ? x(b, c, i + 1, j) - x(b, c, i, j) : 0;
        sum += std::sqrt(dx * dx + dy * dy + epsilon * epsilon);
      }
    }
  }
  return sum;
}

static_assert(eq::check_penalty<total_variation, eq::cpu::tensor<float>>());
static_assert(eq::check_penalty<total_variation, tensor>());

}  // namespace

TEST_CASE("total variation is the sum of smoothed slopes", "[regularizer][total_variation]") {
  for (const eq::extent e : std::vector<eq::extent>{{4, 5}, {1, 6}, {5, 1}, {1, 1}}) {
    const tensor x = eq::test::random_image<double>({2, 3, e.height, e.width}, 3);
    const auto value = to_host(total_variation{.weight = 0.3, .epsilon = 0.05}.value(x, step));
    for (std::size_t b = 0; b < 2; ++b) {
      CHECK(eq::test::close(value[b], 0.3 * by_hand(x, b, 0.05), eq::test::tolerance<double>::rounding));
    }
  }
}

TEST_CASE("total variation has an exact gradient, borders included", "[regularizer][total_variation]") {
  for (const eq::extent e : std::vector<eq::extent>{{4, 5}, {1, 6}, {5, 1}, {2, 2}}) {
    const tensor x = eq::test::random_image<double>({2, 2, e.height, e.width}, 4);
    CHECK(eq::test::gradient_is_exact(total_variation{.weight = 0.3, .schedule = {.noise_power = 1}, .epsilon = 0.05},
                                      x, step));
  }
}

TEST_CASE("a flat image has no slope to walk down", "[regularizer][total_variation]") {
  const tensor flat({1, 2, 4, 5}, 0.7);
  const total_variation penalty{.weight = 2, .epsilon = 1e-2};
  CHECK(eq::test::close(penalty.value(flat, step).data()[0], 2 * 40 * 1e-2, eq::test::tolerance<double>::rounding));
  CHECK(eq::test::is_zero(eq::test::gradient_of(penalty, flat, step)));
}

TEST_CASE("total variation of a batch is that of its samples, bit for bit", "[regularizer][total_variation]") {
  CHECK(eq::test::batch_is_its_samples(total_variation{}, eq::test::random_image<float>({3, 2, 5, 4}, 5), step));
}

TEST_CASE("total variation follows its schedule", "[regularizer][total_variation]") {
  const tensor x = eq::test::random_image<double>({1, 1, 4, 4}, 6);
  const total_variation penalty{.schedule = {.frequency = 0.1}};
  CHECK_FALSE(penalty.active(step));
  CHECK(eq::test::is_zero(penalty.value(x, step)));
  CHECK(eq::test::is_zero(eq::test::gradient_of(penalty, x, step)));
  const double full = total_variation{}.value(x, step).data()[0];
  const double faded = total_variation{.schedule = {.noise_power = 1}}.value(x, step).data()[0];
  CHECK(eq::test::close(faded, full / 3, eq::test::tolerance<double>::rounding));  // sigma / (1 + sigma) = 1 / 3
}

TEST_CASE("total variation refuses settings out of range", "[regularizer][total_variation]") {
  const tensor x = eq::test::random_image<double>({1, 1, 4, 4}, 6);
  CHECK_THROWS_WITH((total_variation{.epsilon = 0}.value(x, step)), contains("epsilon must be above 0"));
  CHECK_THROWS_WITH((total_variation{.weight = std::nan("")}.value(x, step)), contains("the weight must be finite"));
  CHECK_THROWS_WITH(eq::test::gradient_of(total_variation{.schedule = {.cutoff = 2}}, x, step), contains("cutoff"));
}

}  // namespace total_variation_test
