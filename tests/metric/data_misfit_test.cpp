// SPDX-License-Identifier: BSD-3-Clause
#include <support/calibration_run.hpp>
#include <support/map_laws.hpp>

#include <equireg/measurement/identity.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/metric/data_misfit.hpp>
#include <equireg/metric/summary.hpp>

namespace data_misfit_test {

using namespace equireg;

TEMPLATE_TEST_CASE("the data misfit counts squared residuals in units of the noise", "[metric][data_misfit]", float,
                   double) {
  using X = cpu::tensor<TestType>;
  const X x({2, 1, 1, 2}, {1, 2, 0, 0}), y({2, 1, 1, 2}, {1.5, 2, 0, 1});
  const auto misfit = metric::data_misfit(measurement::identity{}, y, x, 0.5);
  REQUIRE(misfit.size() == 2);
  CHECK(test::close(misfit[0], 0.5, 1e-6));
  CHECK(test::close(misfit[1], 2, 1e-6));

  // One of two pixels is observed: n is 1.
  const measurement::inpainting<X> first_pixel(X({1, 1, 1, 2}, {1, 0}));
  const auto observed = metric::data_misfit(first_pixel, first_pixel(y), x, 0.5, first_pixel.observed_count(1));
  CHECK(test::close(observed[0], 1, 1e-6));
  CHECK(observed[1] == 0);
}

TEST_CASE("the data misfit of exact posterior samples is 1 on average, of shrunk ones less", "[metric][data_misfit]") {
  for (const double shrink : {1.0, 0.7}) {
    const test::calibration_run run(4000, 1, shrink, 11);
    const auto s =
        metric::summarize(metric::data_misfit(test::calibration_run::forward{run.a}, run.y, run.samples, run.sigma));
    CAPTURE(shrink, s.mean, s.standard_error);
    CHECK(test::within_standard_errors(s.mean, 1, s.standard_error) == (shrink == 1.0));
  }
}

TEST_CASE("the data misfit refuses what has no meaning", "[metric][data_misfit]") {
  using X = cpu::tensor<double>;
  const X x({1, 1, 1, 2}, 0.0);
  REQUIRE_THROWS_WITH(metric::data_misfit(measurement::identity{}, x, x, 0.0), test::contains("> 0, but got 0"));
  REQUIRE_THROWS_WITH(metric::data_misfit(measurement::identity{}, x, x, 1.0, 3),
                      test::contains("has 2 entries, but got 3"));
  REQUIRE_THROWS_WITH(metric::data_misfit(measurement::identity{}, X({1, 1, 1, 3}, 0.0), x, 1.0),
                      test::contains("(1, 1, 1, 3)"));
}

}  // namespace data_misfit_test
