// SPDX-License-Identifier: BSD-3-Clause
#include "support/catch.hpp"
#include "support/guidance.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/core/error.hpp>
#include <equireg/group/reflection.hpp>
#include <equireg/inner/adam.hpp>
#include <equireg/inner/equivariance_phase.hpp>
#include <equireg/regularizer/equivariance.hpp>
#include <equireg/regularizer/none.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace equivariance_phase_test {

namespace eq = equireg;
using namespace equireg::test;
using X = eq::cpu::tensor<double>;
using eq::inner::equivariance_phase;

namespace {

const eq::shape batch_shape{3, 1, 4, 4};
const eq::reverse_step outer{eq::variance_preserving(0.4), eq::variance_preserving(0.6), 3, 10, 17, 0};

X normal(const eq::shape& s, std::uint32_t which) {
  X x(s);
  fill_normal(x, eq::noise_address{31, which, eq::purpose::user, 0});
  return x;
}

/// R(x) = weight |x|^2 / 2, where nothing ever rests; remembers the steps that it was told.
struct bowl {
  double weight = 1;
  std::shared_ptr<std::vector<eq::reverse_step>> seen = std::make_shared<std::vector<eq::reverse_step>>();

  bool active(const eq::reverse_step&) const { return true; }
  X value(const X& x, const eq::reverse_step&) const { return squared_norm(x); }
  void accumulate(X& q, const X& x, const eq::reverse_step& step, const X& factor) const {
    seen->push_back(step);
    transform(
        q, [w = weight](double u, double v, double f) { return u + w * f * v; }, q, x, eq::per_sample{factor});
  }
};

/// A penalty that rests whenever it is asked.
struct resting : bowl {
  bool active(const eq::reverse_step&) const { return false; }
};

/// f(x)_i = c_i x_i with weights that no reflection keeps, or with equal ones, which every reflection keeps.
struct weigher {
  double slope = 0.1;
  X operator()(const X& x) const {
    X y(x.shape());
    for (std::size_t b = 0; b < x.shape().batch; ++b) {
      for (std::size_t i = 0; i < x.sample(b).size(); ++i) {
        y.sample(b)[i] = (1 + slope * static_cast<double>(i)) * x.sample(b)[i];
      }
    }
    return y;
  }
  X adjoint(const X& y) const { return (*this)(y); }
};

bool same(const X& a, const X& b) { return std::ranges::equal(a.values(), b.values()); }

}  // namespace

TEST_CASE("the phase is Adam on the penalty alone, and iterations at rest make no step",
          "[inner][equivariance_phase]") {
  X x = normal(batch_shape, 1), expected = x;
  equivariance_phase(ridge{}, x, outer, {.iterations = 5, .rate = 0.1});
  // `ridge` is active in iterations 0, 2 and 4, whichever step of the run this is, and its gradient is 0.7 x.
  eq::inner::adam<X> adam{{.rate = 0.1}, batch_shape};
  for (int k = 0; k < 3; ++k) {
    X gradient(batch_shape);
    transform(
        gradient, [](double v) { return 0.7 * v; }, expected);
    adam.step(expected, gradient);
  }
  CHECK(relative_error(x.values(), expected.values()) < 1e-14);
}

TEST_CASE("a phase at rest leaves x0 as it is, even outside the range", "[inner][equivariance_phase]") {
  const X start = normal(batch_shape, 1);
  X x = start;
  equivariance_phase(resting{}, x, outer, {.range = {-0.1, 0.1}});
  CHECK(same(x, start));
  equivariance_phase(eq::regularizer::none{}, x, outer, {.range = {-0.1, 0.1}});
  CHECK(same(x, start));
  equivariance_phase(bowl{}, x, outer, {.iterations = 0, .range = {-0.1, 0.1}});
  CHECK(same(x, start));
}

TEST_CASE("the phase counts for itself, and draws anew in every iteration of every step",
          "[inner][equivariance_phase]") {
  const bowl penalty;
  std::vector<double> draws;
  for (std::size_t k = 0; k < 4; ++k) {
    eq::reverse_step step = outer;
    step.index = k;
    X x = normal(batch_shape, 1);
    penalty.seen->clear();
    equivariance_phase(penalty, x, step, {.iterations = 6});
    REQUIRE(penalty.seen->size() == 6);
    for (std::size_t i = 0; i < 6; ++i) {
      const eq::reverse_step& told = (*penalty.seen)[i];
      CHECK(told.index == i);
      CHECK(told.total == 6);
      CHECK(told.from == outer.from);  // a weight may follow the noise of the run
      draws.push_back(eq::uniform(told.shared(eq::purpose::group_element)));
    }
    draws.push_back(eq::uniform(step.shared(eq::purpose::group_element)));  // nor is it what the run itself draws
  }
  std::ranges::sort(draws);
  CHECK(std::ranges::adjacent_find(draws) == draws.end());
}

TEST_CASE("the weight of the penalty does not say how far the phase goes", "[inner][equivariance_phase]") {
  X light = normal(batch_shape, 1), heavy = light;
  equivariance_phase(bowl{1.0}, light, outer, {.iterations = 20});
  equivariance_phase(bowl{1000.0}, heavy, outer, {.iterations = 20});
  // Adam's epsilon of 1e-8 is all that knows: an element moves by at most rate n = 0.4, gradients are about 0.1 to 1.
  CHECK(relative_error(light.values(), heavy.values()) < 1e-5);
}

TEST_CASE("after the phase x0 is cut to its range, and a NaN stays one", "[inner][equivariance_phase]") {
  X x({1, 1, 1, 4}, {5.0, -5.0, 0.25, std::nan("")});
  equivariance_phase(bowl{}, x, outer, {.iterations = 2, .rate = 0.01, .range = {-1, 1}});
  CHECK(x(0, 0, 0, 0) == 1.0);
  CHECK(x(0, 0, 0, 1) == -1.0);
  CHECK(close(x(0, 0, 0, 2), 0.23, 1e-3));
  CHECK(std::isnan(x(0, 0, 0, 3)));
}

TEST_CASE("the phase lowers the equivariance error, and finds nothing to do where there is none",
          "[inner][equivariance_phase]") {
  const eq::regularizer::penalty_settings settings{.reduction = eq::regularizer::reduction::squared_norm};
  const eq::regularizer::equivariance uneven{weigher{}, eq::group::reflection{}, settings};
  const X start = normal(batch_shape, 2);
  X x = start;
  equivariance_phase(uneven, x, outer);
  const auto before = to_host(uneven.value(start, outer)), after = to_host(uneven.value(x, outer));
  for (std::size_t b = 0; b < 3; ++b) CHECK(after[b] < 0.5 * before[b]);
  // An element is moved by the rate at most, up to Adam's bias.
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(std::abs(x.data()[i] - start.data()[i]) < 30 * 0.02 * 1.1);

  const eq::regularizer::equivariance even{weigher{0.0}, eq::group::reflection{}, settings};
  X still = start;
  equivariance_phase(even, still, outer);
  CHECK(same(still, start));
}

TEST_CASE("a batch in the phase is as many phases of one", "[inner][equivariance_phase]") {
  const eq::regularizer::equivariance penalty{weigher{}, eq::group::reflection{}, {}};
  const X start = normal(batch_shape, 2);
  X x = start;
  equivariance_phase(penalty, x, outer, {.iterations = 7});
  for (std::size_t b = 0; b < 3; ++b) {
    eq::reverse_step step = outer;
    step.first_sample = b;
    X alone = only(start, b);
    equivariance_phase(penalty, alone, step, {.iterations = 7});
    CHECK(same(alone, only(x, b)));
  }
}

TEST_CASE("the phase refuses an empty range and a negative rate", "[inner][equivariance_phase]") {
  using settings = eq::inner::equivariance_phase_settings;
  CHECK_THROWS_WITH((settings{.range = {1, -1}}.check("here")), "here: the range [1, -1] is empty");
  CHECK_THROWS_WITH((settings{.range = {0, std::nan("")}}.check("here")), contains("is empty"));
  CHECK_THROWS_WITH((settings{.rate = -1}.check("here")), contains("expected an Adam rate >= 0, but it is -1"));
}

}  // namespace equivariance_phase_test
