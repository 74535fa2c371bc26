// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/identity.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/masks.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/noise/gaussian.hpp>

namespace measure_test {

using namespace equireg;
using X = cpu::tensor<double>;

const noise_address address{3, 0, purpose::measurement, 0};

TEST_CASE("simulated data are A(x) plus the noise of their address", "[measurement][measure]") {
  const X x = test::random_tensor<X>({2, 1, 5, 6}, 1);
  const noise::gaussian noise{.sigma = 0.1};
  const X y = measurement::measure(measurement::identity{}, x, noise, address);
  CHECK(test::relative_error(y.values(), noise.sample(x, address).values()) == 0);
}

TEST_CASE("simulated data of inpainting hold neither signal nor noise where nothing is observed",
          "[measurement][measure]") {
  const X x = test::random_tensor<X>({2, 3, 8, 8}, 1);
  const measurement::inpainting a{measurement::box_mask<X>(x.shape(), 2, 2, 4, 4)};
  const X y = measurement::measure(a, x, noise::gaussian{.sigma = 0.1}, address);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const bool observed = a.mask().data()[i % 64] != 0;
    CHECK((y.data()[i] == 0) == !observed);
    CHECK((y.data()[i] == x.data()[i]) == false);
  }
}

}  // namespace measure_test
