// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/core/noise_level.hpp>

#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <cmath>

namespace noise_level_test {

namespace eq = equireg;
using eq::prediction;
using eq::test::close;

namespace {

constexpr prediction all_kinds[] = {prediction::eps, prediction::x0, prediction::v, prediction::score,
                                    prediction::flow};

// What a perfect model of the given kind says where x_t = a x0 + b eps.
double perfect(prediction kind, const eq::noise_level& level, double x0, double eps) {
  switch (kind) {
    case prediction::eps: return eps;
    case prediction::x0: return x0;
    case prediction::v: return level.signal * eps - level.noise * x0;
    case prediction::score: return -eps / level.noise;
    case prediction::flow: return eps - x0;
  }
  return 0;
}

double apply(const eq::affine_conversion& c, double state, double other) {
  return c.state * state + c.prediction * other;
}

}  // namespace

TEST_CASE("every prediction converts to x0, to eps and back, for every process", "[core][noise_level]") {
  const double x0 = 0.7, eps = -1.3;
  for (const eq::noise_level level : {eq::variance_preserving(0.9), eq::variance_preserving(0.01), eq::rectified(0.2),
                                      eq::rectified(0.95), eq::variance_exploding(3), eq::variance_exploding(0.02)}) {
    const double x = level.signal * x0 + level.noise * eps;
    for (const prediction kind : all_kinds) {
      const double p = perfect(kind, level, x0, eps);
      CAPTURE(static_cast<int>(kind), level.signal, level.noise);
      CHECK(close(apply(eq::to_x0(kind, level), x, p), x0, 1e-12));
      CHECK(close(apply(eq::to_eps(kind, level), x, p), eps, 1e-12));
      CHECK(close(apply(eq::from_x0(kind, level), x, x0), p, 1e-11));
    }
  }
}

TEST_CASE("pure noise still tells x0 by a velocity or by x0 itself", "[core][noise_level]") {
  const eq::noise_level level = eq::rectified(1);
  const double x0 = 0.7, eps = -1.3;
  for (const prediction kind : {prediction::x0, prediction::v, prediction::flow}) {
    CHECK(close(apply(eq::to_x0(kind, level), eps, perfect(kind, level, x0, eps)), x0, 1e-12));
  }
  CHECK(std::isinf(eq::to_x0(prediction::eps, level).state));
  CHECK(std::isinf(eq::to_x0(prediction::score, level).state));
}

TEST_CASE("levels know sigma and alpha-bar at both ends and between", "[core][noise_level]") {
  CHECK(close(eq::variance_preserving(0.2).sigma(), 2, 1e-12));
  CHECK(close(eq::variance_preserving(0.2).alpha_bar(), 0.2, 1e-12));
  CHECK(close(eq::variance_exploding(2).alpha_bar(), 0.2, 1e-12));
  CHECK(close(eq::rectified(0.75).sigma(), 3, 1e-12));
  CHECK(eq::rectified(0.75).time == 0.75);
  CHECK(std::isinf(eq::rectified(1).sigma()));
  CHECK(eq::rectified(1).alpha_bar() == 0);
  CHECK(eq::clean.sigma() == 0);
  CHECK(eq::clean.alpha_bar() == 1);
}

}  // namespace noise_level_test
