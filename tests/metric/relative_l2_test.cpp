// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/metric/relative_l2.hpp>

namespace relative_l2_test {

using namespace equireg;

TEMPLATE_TEST_CASE("relative errors are ratios of norms, of samples and of channels", "[metric][relative_l2]", float,
                   double) {
  using X = cpu::tensor<TestType>;
  // Two samples of two channels of 1 x 2 pixels.
  const X truth({2, 2, 1, 2}, {3, 4, 0, 5, 1, 0, 0, 0}), x({2, 2, 1, 2}, {3, 6, 0, 0, 1, 0, 0, 2});
  const auto nmse = metric::nmse(x, truth);
  REQUIRE(nmse.size() == 2);
  CHECK(test::close(nmse[0], 29.0 / 50, 1e-14));
  CHECK(nmse[1] == 4);
  CHECK(test::close(metric::relative_l2(x, truth)[0], std::sqrt(29.0 / 50), 1e-14));
  CHECK(test::close(metric::snr(x, truth)[0], 10 * std::log10(50.0 / 29), 1e-14));

  const auto channels = metric::relative_l2(x, truth, metric::score_of::channel);
  REQUIRE(channels.size() == 4);
  CHECK(test::close(channels[0], 0.4, 1e-14));
  CHECK(channels[1] == 1);
  CHECK(channels[2] == 0);
  CHECK(channels[3] == std::numeric_limits<double>::infinity());  // the truth is zero, x is not
  CHECK(metric::snr(x, truth, metric::score_of::channel)[2] == std::numeric_limits<double>::infinity());
  CHECK(metric::nmse(X({1, 1, 1, 2}, TestType(0)), X({1, 1, 1, 2}, TestType(0)))[0] == 0);
}

TEST_CASE("a relative error of float images is summed in double", "[metric][relative_l2]") {
  using X = cpu::tensor<float>;
  // 10^6 equal elements: the ratio is exact where no digits are lost in the sums.
  CHECK(test::close(metric::relative_l2(X({1, 1, 1000, 1000}, 1.5F), X({1, 1, 1000, 1000}, 1.25F))[0], 0.2, 1e-13));
}

TEST_CASE("relative errors refuse images of different shape", "[metric][relative_l2]") {
  using X = cpu::tensor<double>;
  REQUIRE_THROWS_WITH(metric::relative_l2(X({1, 1, 2, 2}, 0.0), X({1, 1, 2, 3}, 0.0)),
                      test::contains("truth has shape (1, 1, 2, 3)"));
}

}  // namespace relative_l2_test
