// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/ramp_filter.hpp>

#include <numbers>

namespace ramp_filter_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

TEST_CASE("the ramp filter is twice the convolution with its taps, for any number of rows", "[backend][ramp_filter]") {
  for (const shape s : {shape{1, 1, 1, 1}, shape{1, 1, 3, 5}, shape{2, 3, 4, 32}, shape{1, 1, 1, 91}}) {
    const tensor_d y = test::random_tensor<tensor_d>(s, 1), filtered = ramp_filter(y);
    tensor_d expected(s);
    for (std::size_t row = 0; row < s.size() / s.width; ++row) {
      for (std::size_t i = 0; i < s.width; ++i) {
        double sum = 0;
        for (std::size_t j = 0; j < s.width; ++j) {
          const double n = static_cast<double>(i) - static_cast<double>(j);
          const double tap = i == j ? 0.25 : (i + j) % 2 == 1 ? -1 / (std::numbers::pi * std::numbers::pi * n * n) : 0;
          sum += 2 * tap * y.data()[row * s.width + j];
        }
        expected.data()[row * s.width + i] = sum;
      }
    }
    CHECK(test::relative_error(filtered.values(), expected.values()) < 1e-13);
  }
}

TEST_CASE("the ramp filter in float is that in double to rounding", "[backend][ramp_filter]") {
  const shape s{1, 2, 5, 40};
  const auto f = ramp_filter(test::random_tensor<cpu::tensor<float>>(s, 1));
  CHECK(test::relative_error(f.values(), ramp_filter(test::random_tensor<tensor_d>(s, 1)).values()) < 1e-5);
}

}  // namespace ramp_filter_test
