// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/channel_distance.hpp>

namespace channel_distance_test {

using namespace equireg;

TEMPLATE_TEST_CASE("the channel distance compares directions, pixel by pixel", "[backend][channel_distance]", float,
                   double) {
  using X = cpu::tensor<TestType>;
  for (const shape& s : {shape{1, 1, 1, 1}, shape{3, 5, 7, 9}, shape{2, 3, 20, 33}}) {
    const X x = test::random_tensor<X>(s, 1), y = test::random_tensor<X>(s, 2);
    std::vector<double> weights(s.channels), expected(s.batch);
    for (std::size_t c = 0; c < s.channels; ++c) weights[c] = 0.5 + static_cast<double>(c);
    for (std::size_t b = 0; b < s.batch; ++b) {
      for (std::size_t i = 0; i < s.height; ++i) {
        for (std::size_t j = 0; j < s.width; ++j) {
          double u = 0, v = 0;
          for (std::size_t c = 0; c < s.channels; ++c) {
            u += std::pow(static_cast<double>(x(b, c, i, j)), 2);
            v += std::pow(static_cast<double>(y(b, c, i, j)), 2);
          }
          for (std::size_t c = 0; c < s.channels; ++c) {
            const double difference = static_cast<double>(x(b, c, i, j)) / (std::sqrt(u) + 0.1) -
                                      static_cast<double>(y(b, c, i, j)) / (std::sqrt(v) + 0.1);
            expected[b] += weights[c] * difference * difference / static_cast<double>(s.height * s.width);
          }
        }
      }
    }
    CHECK(test::relative_error(channel_distance(x, y, weights, 0.1), expected) < 1e-12);
  }
}

TEST_CASE("pixels without features are at no distance, and shapes must fit", "[backend][channel_distance]") {
  using X = cpu::tensor<float>;
  const std::vector<double> weights{1, 2};
  const X zero({1, 2, 3, 3}, 0.0F);
  CHECK(channel_distance(zero, zero, weights, 1e-10)[0] == 0);
  REQUIRE_THROWS_WITH(channel_distance(zero, X({1, 2, 3, 4}, 0.0F), weights, 0.1), test::contains("(1, 2, 3, 4)"));
  REQUIRE_THROWS_WITH(channel_distance(X({1, 3, 1, 1}, 0.0F), X({1, 3, 1, 1}, 0.0F), weights, 0.1),
                      test::contains("each of 3 channels, but got 2"));
}

}  // namespace channel_distance_test
