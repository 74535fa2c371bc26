// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/filter_modes.hpp>

#include <numbers>

namespace filter_modes_test {

using namespace equireg;

TEMPLATE_TEST_CASE("filter_modes shifts planes by the spectrum of a shift, any number of planes and any size",
                   "[backend][filter_modes]", float, double) {
  using X = cpu::tensor<TestType>;
  for (const shape& s : {shape{1, 1, 1, 1}, shape{1, 2, 5, 4}, shape{1, 3, 6, 7}, shape{2, 2, 1, 11}}) {
    INFO(to_text(s));
    // Of a shift by one pixel to the right.
    X spectrum({1, 2, s.height, s.width});
    for (std::size_t k = 0; k < s.height * s.width; ++k) {
      const double angle = -2 * std::numbers::pi * static_cast<double>(k % s.width) / static_cast<double>(s.width);
      spectrum.data()[k] = static_cast<TestType>(std::cos(angle));
      spectrum.data()[s.height * s.width + k] = static_cast<TestType>(std::sin(angle));
    }
    const X x = test::random_tensor<X>(s, 1);
    X right(s), left(s);
    for (std::size_t i = 0; i < x.size(); i += s.width) {
      for (std::size_t j = 0; j < s.width; ++j) {
        right.data()[i + (j + 1) % s.width] = x.data()[i + j];
        left.data()[i + j] = x.data()[i + (j + 1) % s.width];
      }
    }
    using complex = std::complex<TestType>;
    const double rounding = test::tolerance<TestType>::rounding;
    const X shifted = filter_modes(x, spectrum, [](complex h) { return h; });
    CHECK(test::relative_error(shifted.values(), right.values()) < rounding);
    const X back = filter_modes(x, spectrum, [](complex h) { return std::conj(h); });
    CHECK(test::relative_error(back.values(), left.values()) < rounding);
  }
}

TEST_CASE("filter_modes refuses a spectrum of another size", "[backend][filter_modes]") {
  const cpu::tensor<double> x({1, 1, 4, 6}, 1.0), spectrum({1, 2, 6, 4}, 1.0);
  REQUIRE_THROWS_WITH(filter_modes(x, spectrum, [](std::complex<double> h) { return h; }),
                      test::contains("cannot filter planes of 4 x 6"));
}

}  // namespace filter_modes_test
