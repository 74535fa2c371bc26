// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>

#include <equireg/backend/cpu/complex_pairs.hpp>
#include <equireg/measurement/coil_maps.hpp>

#include <algorithm>
#include <cmath>

namespace coil_maps_test {

using namespace equireg;
using measurement::synthetic_coil_maps;
using tensor_d = cpu::tensor<double>;

TEST_CASE("coil maps are smooth and see each pixel with weight 1", "[measurement][coil_maps]") {
  const tensor_d maps = synthetic_coil_maps<tensor_d>({1, 2, 32, 40}, 5);
  const tensor_d size = root_sum_of_squares(maps, 10);
  for (const double v : size.values()) CHECK(std::abs(v - 1) < 1e-14);
  double step = 0;
  for (std::size_t c = 0; c < 10; ++c) {
    for (std::size_t i = 0; i + 1 < 32; ++i) {
      for (std::size_t j = 0; j + 1 < 40; ++j) {
        step = std::max({step, std::abs(maps(0, c, i + 1, j) - maps(0, c, i, j)),
                         std::abs(maps(0, c, i, j + 1) - maps(0, c, i, j))});
      }
    }
  }
  CHECK(step < 0.2);
  CHECK(step > 0);
  REQUIRE_THROWS_WITH(synthetic_coil_maps<tensor_d>({1, 1, 4, 4}, 0), test::contains("a coil or more"));
}

}  // namespace coil_maps_test
