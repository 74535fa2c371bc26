// SPDX-License-Identifier: BSD-3-Clause
#include "support/catch.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/core/error.hpp>
#include <equireg/inner/line_search.hpp>

#include <cmath>
#include <vector>

namespace line_search_test {

namespace eq = equireg;
using X = eq::cpu::tensor<double>;
using eq::inner::line_search;

namespace {

X numbers(std::vector<double> values) {
  const eq::shape s{values.size(), 1, 1, 1};
  return X(s, values);
}

/// F_b(x) = c_b x^2 / 2 from x = 1, along the gradient c_b: F(1 - alpha c) = c (1 - alpha c)^2 / 2.
struct parabola {
  X curvature;
  mutable std::vector<std::vector<double>> asked = {};

  X operator()(const X& alpha) const {
    asked.push_back(to_host(alpha));
    X f(alpha.shape());
    transform(
        f, [](double a, double c) { return c * (1 - a * c) * (1 - a * c) / 2; }, alpha, curvature);
    return f;
  }
  X here() const {
    X f(curvature.shape());
    transform(
        f, [](double c) { return c / 2; }, curvature);
    return f;
  }
  X slope() const {
    X g(curvature.shape());
    transform(
        g, [](double c) { return c * c; }, curvature);
    return g;
  }
};

}  // namespace

TEST_CASE("a line search halves each sample's step until F falls enough, and keeps what a sample accepted",
          "[inner][line_search]") {
  // F falls by c alpha ||g||^2 where alpha curvature <= 2 (1 - c): with alpha = 1 after 0, 1 and 3 halvings.
  const parabola f{numbers({1.5, 3.0, 15.0})};
  const auto found = line_search(f, f.here(), f.slope(), numbers({1, 1, 1}));
  CHECK(to_host(found.step) == std::vector<double>{1, 0.5, 0.125});
  CHECK(found.evaluations == 4);
  CHECK(f.asked.back() == std::vector<double>{1, 0.5, 0.125});
  CHECK(to_host(found.value) == to_host(f(found.step)));
  for (std::size_t b = 0; b < 3; ++b) {
    CHECK(to_host(found.value)[b] <= to_host(f.here())[b] - 1e-4 * to_host(found.step)[b] * to_host(f.slope())[b]);
  }
}

TEST_CASE("a line search of a batch is as many searches of one", "[inner][line_search]") {
  const std::vector<double> curvatures{1.5, 3.0, 15.0, 1e4};
  const parabola f{numbers(curvatures)};
  const auto found = line_search(f, f.here(), f.slope(), numbers({1, 1, 1, 1}));
  for (std::size_t b = 0; b < curvatures.size(); ++b) {
    const parabola one{numbers({curvatures[b]})};
    const auto alone = line_search(one, one.here(), one.slope(), numbers({1}));
    CHECK(to_host(alone.step)[0] == to_host(found.step)[b]);
    CHECK(to_host(alone.value)[0] == to_host(found.value)[b]);
  }
}

TEST_CASE("a sample that accepts no try, or meets a NaN, stays where it is", "[inner][line_search]") {
  const parabola f{numbers({1.0, 1e4, 1.0})};
  const auto poisoned = [&](const X& alpha) {
    X value = f(alpha);
    value(2, 0, 0, 0) = std::nan("");
    return value;
  };
  const auto found = line_search(poisoned, f.here(), f.slope(), numbers({1, 1, 1}), {.tries = 3});
  CHECK(to_host(found.step) == std::vector<double>{1, 0, 0});
  CHECK(to_host(found.value) == std::vector<double>{0, 5e3, 0.5});
  CHECK(found.evaluations == 3);
}

TEST_CASE("the decrease that is asked for decides, and without tries the first step is taken unseen",
          "[inner][line_search]") {
  // alpha = 1, curvature 1.5: F falls from 0.75 to 0.1875, a quarter of alpha ||g||^2 = 2.25.
  const parabola f{numbers({1.5})};
  const auto accepted = [&](double decrease) {
    return to_host(line_search(f, f.here(), f.slope(), numbers({1}), {.decrease = decrease}).step)[0];
  };
  CHECK(accepted(0.24) == 1);
  CHECK(accepted(0.26) == 0.5);
  const parabola steep{numbers({1e4})};
  const auto unseen = line_search(steep, steep.here(), steep.slope(), numbers({1}), {.tries = 0});
  CHECK(to_host(unseen.step)[0] == 1);
  CHECK(to_host(unseen.value)[0] == 5e3);
  CHECK(unseen.evaluations == 0);
  CHECK(steep.asked.empty());
}

TEST_CASE("a line search refuses settings out of range", "[inner][line_search]") {
  CHECK_THROWS_WITH((eq::inner::line_search_settings{.decrease = 1}.check("here")),
                    "here: expected decrease of a line search in [0, 1), but it is 1");
  CHECK_THROWS_AS((eq::inner::line_search_settings{.shrink = 1}.check("here")), eq::error);
  CHECK_THROWS_AS((eq::inner::line_search_settings{.shrink = 0}.check("here")), eq::error);
}

TEST_CASE("the step along a model is where its quadratic is least, and 0 without curvature", "[inner][line_search]") {
  const X slope({3, 1, 1, 1}, {4.0, 1.0, 0.0}), image({3, 1, 1, 1}, {2.0, 0.0, 0.0});
  const X alpha = eq::inner::model_step(slope, image, 0.5, 3.0);
  CHECK(alpha.data()[0] == 4.0 / (0.5 * 4 + 3 * 2));
  CHECK(alpha.data()[1] == 2.0);
  CHECK(alpha.data()[2] == 0.0);
}

}  // namespace line_search_test
