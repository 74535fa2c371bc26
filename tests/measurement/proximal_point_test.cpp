// SPDX-License-Identifier: BSD-3-Clause
#include "support/catch.hpp"
#include "support/counting.hpp"
#include "support/foreign.hpp"
#include "support/random_mixture.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/measurement/clipping.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/proximal_point.hpp>

#include <memory>

namespace proximal_point_test {

namespace eq = equireg;
using namespace equireg::test;
using X = eq::cpu::tensor<double>;

namespace {

const eq::shape batch_shape{3, 2, 4, 5};

static_assert(eq::measurement::has_proximal_point<amplifier, X>);
static_assert(eq::measurement::has_proximal_point<eq::measurement::clipping, X>);
static_assert(!eq::measurement::has_proximal_point<squarer, X>);

}  // namespace

TEST_CASE("a proximal point is the operator's own where it has one, and otherwise that of conjugate gradients",
          "[measurement][proximal_point]") {
  const X x = normal_tensor<double>(batch_shape, 1), y = normal_tensor<double>(batch_shape, 2);
  const auto count = std::make_shared<calls>();
  X mask(batch_shape.with_batch(1), 1.0);
  mask(0, 1, 2, 3) = 0;
  const counting_operator<eq::measurement::inpainting<X>> own{eq::measurement::inpainting{mask}, count};
  const X u = eq::measurement::proximal_point(own, x, y, 0.3);
  CHECK(*count == calls{.proxes = 1});
  CHECK(relative_error(u.values(), own.a.prox(x, y, 0.3).values()) == 0);
  // (4 + rho) u = 2 y + rho x.
  X expected(batch_shape);
  transform(
      expected, [](double v, double w) { return (2 * w + 0.3 * v) / 4.3; }, x, y);
  CHECK(relative_error(eq::measurement::proximal_point(amplifier{2}, x, y, 0.3).values(), expected.values()) < 1e-10);
}

}  // namespace proximal_point_test
