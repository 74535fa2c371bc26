// SPDX-License-Identifier: BSD-3-Clause
#include "support/catch.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/core/error.hpp>
#include <equireg/inner/adam.hpp>

#include <cmath>
#include <vector>

namespace adam_test {

namespace eq = equireg;
using X = eq::cpu::tensor<double>;

namespace {

/// Adam by the book, of one number.
struct scalar_adam {
  eq::inner::adam_settings s;
  double m = 0, v = 0;
  int k = 0;
  double step(double theta, double g) {
    ++k;
    if (s.decay == eq::inner::decay_rule::decoupled) {
      theta *= 1 - s.rate * s.weight_decay;
    } else {
      g += s.weight_decay * theta;
    }
    m = s.beta_1 * m + (1 - s.beta_1) * g;
    v = s.beta_2 * v + (1 - s.beta_2) * g * g;
    const double m_hat = m / (1 - std::pow(s.beta_1, k)), v_hat = v / (1 - std::pow(s.beta_2, k));
    return theta - s.rate * m_hat / (std::sqrt(v_hat) + s.epsilon);
  }
};

X gradient_of_quartic(const X& x) {
  X g(x.shape());
  transform(
      g, [](double v) { return 4 * v * v * v - v; }, x);
  return g;
}

}  // namespace

TEST_CASE("adam makes the steps of its definition, coupled and decoupled", "[inner][adam]") {
  for (const auto decay : {eq::inner::decay_rule::coupled, eq::inner::decay_rule::decoupled}) {
    const eq::inner::adam_settings settings{
        .rate = 0.03, .beta_1 = 0.8, .beta_2 = 0.95, .weight_decay = 0.2, .decay = decay};
    X x({2, 1, 1, 3}, {1.5, -0.3, 0.02, -2.0, 0.7, 0.0});
    std::vector<double> expected(x.values().begin(), x.values().end());
    std::vector<scalar_adam> references(x.size(), scalar_adam{settings});
    eq::inner::adam<X> adam{settings, x.shape()};
    for (int k = 0; k < 12; ++k) {
      const X g = gradient_of_quartic(x);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        expected[i] = references[i].step(expected[i], 4 * std::pow(expected[i], 3) - expected[i]);
      }
      adam.step(x, g);
      CHECK(eq::test::relative_error(x.values(), expected) < 1e-12);
    }
    CHECK(adam.count() == 12);
  }
}

TEST_CASE("a sample that is not active stays where it is, and the others go on as without it", "[inner][adam]") {
  const eq::inner::adam_settings settings{.rate = 0.1};
  X both({2, 1, 1, 2}, {1.0, -2.0, 0.5, 3.0}), alone({1, 1, 1, 2}, {1.0, -2.0});
  eq::inner::adam<X> adam{settings, both.shape()}, adam_alone{settings, alone.shape()};
  const X active({2, 1, 1, 1}, {1.0, 0.0});
  for (int k = 0; k < 5; ++k) {
    X g = gradient_of_quartic(both);
    g(1, 0, 0, 0) = std::nan("");  // nor does what it holds matter
    adam.step(both, g, active);
    adam_alone.step(alone, gradient_of_quartic(alone));
  }
  CHECK(both(1, 0, 0, 0) == 0.5);
  CHECK(both(1, 0, 0, 1) == 3.0);
  CHECK(both(0, 0, 0, 0) == alone(0, 0, 0, 0));
  CHECK(both(0, 0, 0, 1) == alone(0, 0, 0, 1));
}

TEST_CASE("adam's first step has the length of the rate, whatever the objective's scale", "[inner][adam]") {
  for (const double scale : {1e-3, 1.0, 1e6}) {
    X x({1, 1, 1, 1}, 0.25);
    eq::inner::adam<X>{{.rate = 0.01}, x.shape()}.step(x, X({1, 1, 1, 1}, scale));
    CHECK(eq::test::close(x(0, 0, 0, 0), 0.24, 1e-6, 1.0));
  }
}

TEST_CASE("adam refuses settings out of range", "[inner][adam]") {
  CHECK_THROWS_WITH((eq::inner::adam<X>{{.rate = -1}, {1, 1, 1, 1}}),
                    eq::test::contains("expected an Adam rate >= 0, but it is -1"));
  CHECK_THROWS_AS((eq::inner::adam<X>{{.beta_1 = 1}, {1, 1, 1, 1}}), eq::error);
  CHECK_THROWS_AS((eq::inner::adam<X>{{.epsilon = 0}, {1, 1, 1, 1}}), eq::error);
}

}  // namespace adam_test
