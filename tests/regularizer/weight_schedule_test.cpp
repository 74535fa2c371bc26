// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief Weight schedules against the published table of periods and cut-offs.

#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <equireg/regularizer/weight_schedule.hpp>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace weight_schedule_test {

namespace eq = equireg;
using eq::regularizer::weight_schedule;
using eq::test::contains;

namespace {

eq::reverse_step at(std::size_t index, std::size_t total) {
  return {.from = eq::variance_exploding(1), .index = index, .total = total};
}

}  // namespace

TEST_CASE("by default every step counts in full", "[regularizer][weight_schedule]") {
  for (std::size_t index = 0; index < 50; ++index) CHECK(weight_schedule{}.factor(at(index, 50)) == 1);
}

TEST_CASE("a frequency makes the published period", "[regularizer][weight_schedule]") {
  const std::vector<std::pair<double, std::size_t>> table{
      {0.1, 10},  {0.3, 3},  {0.35, 2}, {0.49, 2}, {0.5, 2}, {0.6, 1}, {0.7, 1},
      {0.05, 20}, {0.15, 6}, {1, 1},    {2, 1},    {0, 1},   {-3, 1},  {std::numeric_limits<double>::infinity(), 1}};
  for (const auto& [frequency, period] : table) {
    CAPTURE(frequency);
    const weight_schedule schedule{.frequency = frequency};
    CHECK(schedule.period() == period);
    for (std::size_t index = 0; index < 60; ++index) {
      CHECK(schedule.factor(at(index, 60)) == (index % period == 0 ? 1 : 0));
    }
  }
}

TEST_CASE("a frequency near zero leaves the first step alone", "[regularizer][weight_schedule]") {
  const weight_schedule schedule{.frequency = std::numeric_limits<double>::denorm_min()};
  CHECK(schedule.factor(at(0, 10)) == 1);
  for (std::size_t index = 1; index < 10; ++index) CHECK(schedule.factor(at(index, 10)) == 0);
}

TEST_CASE("a cutoff of a tenth is off after step 900 of 1000, and scales with the run",
          "[regularizer][weight_schedule]") {
  const weight_schedule schedule{.cutoff = 0.1};
  const auto last_active = [&](std::size_t total) {
    std::size_t last = 0;
    for (std::size_t index = 0; index < total; ++index) {
      if (schedule.factor(at(index, total)) > 0) {
        CHECK(index <= last + 1);  // no gap before it
        last = index;
      }
    }
    return last;
  };
  CHECK(last_active(1000) == 900);
  CHECK(last_active(50) == 45);
  CHECK(last_active(20) == 18);
  CHECK(weight_schedule{.cutoff = 1}.factor(at(1, 10)) == 0);
}

TEST_CASE("period and cutoff hold together", "[regularizer][weight_schedule]") {
  const weight_schedule schedule{.frequency = 0.1, .cutoff = 0.1};
  CHECK(schedule.factor(at(890, 1000)) == 1);
  CHECK(schedule.factor(at(891, 1000)) == 0);
  CHECK(schedule.factor(at(900, 1000)) == 1);
  CHECK(schedule.factor(at(910, 1000)) == 0);
}

TEST_CASE("a power of the noise fades from one to zero", "[regularizer][weight_schedule]") {
  const auto factor = [](double power, const eq::noise_level& level) {
    return weight_schedule{.noise_power = power}.factor({.from = level, .index = 0, .total = 1});
  };
  CHECK(factor(2, {0, 1, 0}) == 1);  // pure noise
  CHECK(factor(2, eq::clean) == 0);
  constexpr double rounding = eq::test::tolerance<double>::rounding;
  for (const double sigma : {0.01, 0.5, 3.0, 80.0}) {
    const double expected = std::pow(sigma / (1 + sigma), 1.5);
    CHECK(eq::test::close(factor(1.5, eq::variance_exploding(sigma)), expected, rounding));
    CHECK(eq::test::close(factor(1.5, eq::variance_preserving(1 / (1 + sigma * sigma))), expected, 1e-10));
    CHECK(eq::test::close(factor(1.5, eq::rectified(sigma / (1 + sigma))), expected, rounding));
  }
}

TEST_CASE("a schedule out of range is refused", "[regularizer][weight_schedule]") {
  CHECK_THROWS_WITH((weight_schedule{.frequency = std::nan("")}.check("here")), contains("here: the schedule's freq"));
  CHECK_THROWS_WITH((weight_schedule{.cutoff = -0.1}.check("here")), contains("but is -0.1"));
  CHECK_THROWS_WITH((weight_schedule{.noise_power = std::nan("")}.check("here")), contains("noise_power"));
  CHECK_NOTHROW(weight_schedule{.frequency = 0.1, .cutoff = 0.1, .noise_power = 2}.check("here"));
}

}  // namespace weight_schedule_test
