// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/core/map.hpp>

#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <array>
#include <cmath>

namespace map_test {

namespace eq = equireg;
using eq::test::close;

namespace {

using vector = std::array<double, 2>;

// (x, y) -> (x y, sin x), written as a user would.
struct bend {
  vector operator()(const vector& x) const { return {x[0] * x[1], std::sin(x[0])}; }
  auto linearize(const vector& x) const {
    return eq::linearization{(*this)(x), [x](const vector& v) -> vector {
                               return {x[1] * v[0] + std::cos(x[0]) * v[1], x[0] * v[0]};
                             }};
  }
};

// A 2 x 2 matrix, by its adjoint alone.
struct matrix {
  double a, b, c, d;
  vector operator()(const vector& x) const { return {a * x[0] + b * x[1], c * x[0] + d * x[1]}; }
  vector adjoint(const vector& y) const { return {a * y[0] + c * y[1], b * y[0] + d * y[1]}; }
};

struct opaque {
  vector operator()(const vector& x) const { return x; }
};

static_assert(eq::differentiable_map<bend, vector> && !eq::linear_map<bend, vector>);
static_assert(eq::linear_map<matrix, vector> && eq::differentiable_map<matrix, vector>);
static_assert(eq::map<opaque, vector> && !eq::differentiable_map<opaque, vector>);
static_assert(eq::linear_map<eq::composition<matrix, matrix>, vector>);
static_assert(!eq::linear_map<eq::composition<matrix, bend>, vector>);
static_assert(eq::differentiable_map<eq::composition<matrix, bend>, vector>);
static_assert(!eq::differentiable_map<eq::composition<opaque, bend>, vector>);
static_assert(eq::has_pseudo_inverse<eq::identity_map, vector> && !eq::has_pseudo_inverse<matrix, vector>);
static_assert(!eq::has_prox<matrix, vector>);

// A map that observes the first number alone.
struct first_only {
  vector operator()(const vector& x) const { return {x[0], 0}; }
  vector observed(const vector& y) const { return {y[0], 0}; }
  vector residual(const vector& y, const vector& x) const { return {y[0] - x[0], 0}; }
};

double dot(const vector& x, const vector& y) { return x[0] * y[0] + x[1] * y[1]; }

// <v, f(x + t d) - f(x - t d)> / (2 t) against <J^T v, d>.
template <class F>
void check_pullback(const F& f, const vector& x) {
  const vector v{0.3, -1.1}, d{0.8, 0.5};
  const double t = eq::test::tolerance<double>::step;
  const vector above = f(vector{x[0] + t * d[0], x[1] + t * d[1]}), below = f(vector{x[0] - t * d[0], x[1] - t * d[1]});
  const double difference = (dot(v, above) - dot(v, below)) / (2 * t);
  const auto [value, pullback] = eq::linearize(f, x);
  CHECK(value == f(x));
  CHECK(close(dot(pullback(v), d), difference, eq::test::tolerance<double>::finite_difference));
  CHECK(pullback(v) == pullback(v));
}

constexpr matrix shear{1, 2, -0.5, 3};
constexpr matrix turn{0, -1, 1, 0};

}  // namespace

TEST_CASE("a pullback is the transposed derivative, of maps and of their compositions", "[core][map]") {
  const vector x{0.4, -0.9};
  check_pullback(bend{}, x);
  check_pullback(shear, x);
  check_pullback(eq::compose(shear, bend{}), x);
  check_pullback(eq::compose(bend{}, shear), x);
  check_pullback(eq::compose(bend{}, turn, bend{}, shear), x);
}

TEST_CASE("compose applies its last map first", "[core][map]") {
  const vector x{0.4, -0.9};
  CHECK(eq::compose(bend{}, shear)(x) == bend{}(shear(x)));
  CHECK(eq::compose(shear, turn, bend{})(x) == shear(turn(bend{}(x))));
}

TEST_CASE("the adjoint of a composition applies the adjoints in reverse", "[core][map]") {
  const vector x{0.4, -0.9}, y{1.5, 0.2};
  const auto both = eq::compose(shear, turn);
  CHECK(both.adjoint(y) == turn.adjoint(shear.adjoint(y)));
  CHECK(close(dot(both(x), y), dot(x, both.adjoint(y)), 1e-12));
}

TEST_CASE("a composition observes what its outer map observes", "[core][map]") {
  const vector x{0.4, -0.9}, y{1.5, 0.2};
  const auto both = eq::compose(first_only{}, shear);
  CHECK(both.observed(y) == vector{1.5, 0});
  CHECK(both.residual(y, x) == vector{1.5 - shear(x)[0], 0});
}

TEST_CASE("the identity is its own adjoint and pseudo-inverse", "[core][map]") {
  const vector x{0.4, -0.9};
  CHECK(eq::identity_map{}(x) == x);
  CHECK(eq::identity_map{}.adjoint(x) == x);
  CHECK(eq::identity_map{}.pseudo_inverse(x) == x);
  CHECK(eq::linearize(eq::identity_map{}, x).pullback(x) == x);
}

}  // namespace map_test
