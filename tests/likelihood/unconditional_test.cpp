// SPDX-License-Identifier: BSD-3-Clause
#include "support/catch.hpp"
#include "support/foreign.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/likelihood/unconditional.hpp>
#include <equireg/regularizer/none.hpp>

#include <type_traits>

namespace unconditional_test {

namespace eq = equireg;
using X = eq::cpu::tensor<double>;

namespace {

/// R(x0) = x0 . x0 / 2 at even steps.
struct ridge {
  bool active(const eq::reverse_step& step) const { return step.index % 2 == 0; }
  X value(const X& x0, const eq::reverse_step&) const { return squared_norm(x0); }
  void accumulate(X& q, const X& x0, const eq::reverse_step&, const X& factor) const {
    transform(q, [](double u, double v, double f) { return u + f * v; }, q, x0, eq::per_sample{factor});
  }
};

}  // namespace

TEST_CASE("without a penalty the unconditional estimate is the denoiser's and has no shift", "[likelihood]") {
  const eq::test::white_prior<X> prior{{1, 1, 2, 2}, 0.3, 2.0};
  const eq::noise_level level = eq::variance_exploding(0.7);
  const X x({2, 1, 2, 2}, 0.5);
  const auto estimate =
      eq::likelihood::unconditional{2}.estimate(prior, eq::regularizer::none{}, x, level, eq::reverse_step{});
  static_assert(std::is_same_v<decltype(estimate.shift), eq::absent>);
  const X expected = prior.denoise(x, level);
  CHECK(eq::test::relative_error(estimate.x0.values(), expected.values()) == 0.0);
}

TEST_CASE("a penalty pulls the unconditional state down its gradient, at its active steps only", "[likelihood]") {
  const eq::test::white_prior<X> prior{{1, 1, 2, 2}, 0.3, 2.0};
  const eq::noise_level level = eq::variance_exploding(0.7);
  const X x({2, 1, 2, 2}, 0.5);
  const eq::likelihood::unconditional likelihood{2};
  const auto active = likelihood.estimate(prior, ridge{}, x, level, eq::reverse_step{.index = 4});
  const auto resting = likelihood.estimate(prior, ridge{}, x, level, eq::reverse_step{.index = 5});
  for (std::size_t i = 0; i < x.size(); ++i) {
    CHECK(eq::test::close(active.shift.data()[i], -prior.gain(level) * active.x0.data()[i], 1e-12));
    CHECK(resting.shift.data()[i] == 0.0);
  }
}

}  // namespace unconditional_test
