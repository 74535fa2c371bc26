// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/channels.hpp>

namespace channels_test {

using namespace equireg;

template <class T>
void check_mix(const shape& s, std::size_t outputs) {
  INFO("input " << to_text(s) << ", outputs " << outputs);
  const auto x = test::random_tensor<cpu::tensor<T>>(s, 1);
  dense_matrix m(outputs, s.channels);
  for (std::size_t i = 0; i < m.values.size(); ++i) m.values[i] = 0.3 * static_cast<double>(i % 7) - 0.8;
  const auto y = mix_channels(x, m);
  REQUIRE(y.shape() == shape{s.batch, outputs, s.height, s.width});
  double worst = 0;
  for (std::size_t b = 0; b < s.batch; ++b) {
    for (std::size_t k = 0; k < outputs; ++k) {
      for (std::size_t i = 0; i < s.height; ++i) {
        for (std::size_t j = 0; j < s.width; ++j) {
          double sum = 0;
          for (std::size_t c = 0; c < s.channels; ++c) sum += m(k, c) * static_cast<double>(x(b, c, i, j));
          worst = std::max(worst, std::abs(sum - static_cast<double>(y(b, k, i, j))));
        }
      }
    }
  }
  CHECK(worst <= 20 * test::tolerance<T>::rounding);
}

TEST_CASE("mixed channels are weighted sums of channels", "[backend][channels]") {
  for (const shape s : {shape{1, 1, 1, 1}, shape{2, 2, 5, 7}, shape{1, 3, 61, 73}, shape{2, 5, 3, 4}}) {
    for (const std::size_t outputs : {1U, 2U, 4U}) {
      check_mix<float>(s, outputs);
      check_mix<double>(s, outputs);
    }
  }
}

TEST_CASE("a matrix for another number of channels is refused", "[backend][channels]") {
  const cpu::tensor<float> x({1, 2, 3, 4}, 1.0F);
  REQUIRE_THROWS_WITH(mix_channels(x, dense_matrix(1, 3)), test::contains("1 x 3"));
}

}  // namespace channels_test
