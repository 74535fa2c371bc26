// SPDX-License-Identifier: BSD-3-Clause
#include <support/calibration_run.hpp>
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/metric/crps.hpp>
#include <equireg/metric/energy_score.hpp>
#include <equireg/metric/summary.hpp>

namespace energy_score_test {

using namespace equireg;
using metric::ensemble_rule;

TEST_CASE("the energy score is the mean over all pairs, for each measurement", "[metric][energy_score]") {
  const auto samples = test::golden("metrics_ensemble"), truth = test::golden("metrics_ensemble_truth");
  const auto expected = test::golden("metrics_ensemble_scores");
  const auto plain = metric::energy_score(samples, truth),
             fair = metric::energy_score(samples, truth, ensemble_rule::fair);
  REQUIRE(plain.size() == 2);
  for (std::size_t b = 0; b < 2; ++b) {
    CHECK(test::close(plain[b], expected.values()[4 + b], 1e-13));
    CHECK(test::close(fair[b], expected.values()[6 + b], 1e-13));
  }
}

TEMPLATE_TEST_CASE("the energy score of single elements is their crps", "[metric][energy_score]", float, double) {
  using X = cpu::tensor<TestType>;
  const X samples = test::random_tensor<X>({21, 1, 1, 1}, 1), truth = test::random_tensor<X>({3, 1, 1, 1}, 2);
  for (const auto rule : {ensemble_rule::plain, ensemble_rule::fair}) {
    CHECK(test::relative_error(metric::energy_score(samples, truth, rule), metric::crps(samples, truth, rule)) <
          test::tolerance<TestType>::rounding);
  }
}

TEST_CASE("the energy score sees what one pixel does not: samples without their dependences",
          "[metric][energy_score]") {
  constexpr std::size_t n = 1500, count = 16, d = test::calibration_run::d;
  const test::calibration_run run(n, count, 1.0, 5);
  // Element k of every sample comes from the sample k places on: the same laws of elements, but independent ones.
  auto shuffled = run.samples;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t l = 0; l < count; ++l) {
      for (std::size_t k = 0; k < d; ++k) {
        shuffled.sample(i * count + l)[k] = run.samples.sample(i * count + (l + k) % count)[k];
      }
    }
  }
  const auto score = metric::paired_difference(metric::energy_score(shuffled, run.truth, ensemble_rule::fair),
                                               metric::energy_score(run.samples, run.truth, ensemble_rule::fair));
  CHECK(score.mean > 3 * score.standard_error);
  CHECK(test::relative_error(metric::crps(shuffled, run.truth), metric::crps(run.samples, run.truth)) < 1e-12);
}

TEST_CASE("the energy score refuses ensembles that do not fit", "[metric][energy_score]") {
  using X = cpu::tensor<double>;
  const X truth({2, 1, 1, 3}, 0.0);
  REQUIRE_THROWS_WITH(metric::energy_score(X({3, 1, 1, 3}, 0.0), truth), test::contains("cannot be shared equally"));
  REQUIRE_THROWS_WITH(metric::energy_score(truth, truth, ensemble_rule::fair), test::contains("at least 2 samples"));
}

}  // namespace energy_score_test
