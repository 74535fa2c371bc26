// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/vp_scaled_linear.hpp>

#include <support/catch.hpp>
#include <support/schedule_laws.hpp>
#include <support/tolerance.hpp>

#include <cmath>

namespace vp_scaled_linear_test {

namespace eq = equireg;
using eq::schedule::vp_scaled_linear;
using eq::test::close;

TEST_CASE("the scaled linear tables of latent diffusion have the known sigmas", "[schedule][vp_scaled_linear]") {
  const auto ldm = vp_scaled_linear{}.trained();
  CHECK(close(ldm.sigma(0), 0.0387589, 2e-6));
  CHECK(close(ldm.sigma(499), 2.762655, 2e-7));
  CHECK(close(ldm.sigma(999), 83.8225, 1e-6));
  const auto stable_diffusion = vp_scaled_linear{.beta_first = 0.00085, .beta_last = 0.012}.trained();
  CHECK(close(stable_diffusion.sigma(0), 0.0291672, 2e-6));
  CHECK(close(stable_diffusion.sigma(499), 1.612886, 4e-7));
  CHECK(close(stable_diffusion.sigma(999), 14.61464, 4e-7));
}

TEST_CASE("the latent table gives other indices than the linear process", "[schedule][vp_scaled_linear]") {
  const auto table = vp_scaled_linear{}.trained();
  CHECK(std::abs(table.index_of(0.05) - 0.73) <= 0.01);
  CHECK(std::abs(table.index_of(1) - 254.0) <= 0.05);
  CHECK(std::abs(table.index_of(3) - 517.0) <= 0.05);
  CHECK(std::abs(table.index_of(10) - 736.8) <= 0.05);
}

TEST_CASE("scaled linear levels walk down to clean, and wrong betas are refused", "[schedule][vp_scaled_linear]") {
  CHECK(eq::test::walks_down_to_clean(vp_scaled_linear{.steps = 50}.levels(), 50));
  REQUIRE_THROWS_WITH((vp_scaled_linear{.beta_last = 1.5}.levels()), eq::test::contains("betas in (0, 1)"));
}

}  // namespace vp_scaled_linear_test
