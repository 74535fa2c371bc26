// SPDX-License-Identifier: BSD-3-Clause
#include "support/catch.hpp"
#include "support/foreign.hpp"

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/observed_entries.hpp>

namespace observed_entries_test {

namespace eq = equireg;
using namespace equireg::test;
using X = eq::cpu::tensor<double>;

namespace {

const eq::shape batch_shape{3, 2, 4, 5};

}  // namespace

TEST_CASE("observed entries are those that a mask leaves, or all", "[measurement][observed_entries]") {
  X mask({1, 1, 4, 5}, 1.0);
  mask(0, 0, 2, 3) = mask(0, 0, 0, 0) = 0;
  CHECK(eq::measurement::observed_entries<X>(eq::measurement::inpainting{mask}, batch_shape) == 36);
  CHECK(eq::measurement::observed_entries<X>(amplifier{}, batch_shape) == 40);
}

}  // namespace observed_entries_test
