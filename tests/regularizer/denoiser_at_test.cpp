// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief A denoiser at a fixed level, held against what it does by hand and inside penalties.

#include <support/catch.hpp>
#include <support/penalty_laws.hpp>
#include <support/test_maps.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/group/reflection.hpp>
#include <equireg/regularizer/denoiser_at.hpp>
#include <equireg/regularizer/equivariance.hpp>
#include <equireg/regularizer/equivariance_consistency.hpp>

#include <functional>

namespace denoiser_at_test {

namespace eq = equireg;
using eq::regularizer::denoiser_at;
using eq::test::contains;
using tensor = eq::cpu::tensor<double>;

namespace {

const eq::reverse_step step{.from = eq::variance_exploding(0.5), .to = eq::clean, .index = 2, .total = 10, .seed = 8};

/// D(x; level) = x / a + b f(x): it tells which level and which scale it was asked at.
struct foreign_score {
  using tensor_type = tensor;
  eq::test::small_network f{.outputs = 2};

  eq::shape sample_shape() const { return {1, 2, 3, 4}; }
  auto linearize(const tensor& x, const eq::noise_level& level) const {
    auto network = f.linearize(x);
    tensor y = network.value;
    transform(
        y, [level](double n, double v) { return v / level.signal + level.noise * n; }, y, x);
    return eq::linearization{y, [pull = network.pullback, level](const tensor& v) {
                               tensor g = pull(v);
                               transform(
                                   g, [level](double n, double u) { return u / level.signal + level.noise * n; }, g, v);
                               return g;
                             }};
  }
  tensor denoise(const tensor& x, const eq::noise_level& level) const { return linearize(x, level).value; }
};

static_assert(eq::differentiable_map<denoiser_at<foreign_score>, tensor>);
static_assert(eq::differentiable_map<denoiser_at<std::reference_wrapper<const foreign_score>>, tensor>);

}  // namespace

TEST_CASE("a denoiser at a level takes an image, scales it to the level, and returns an image",
          "[regularizer][denoiser_at]") {
  const foreign_score score;
  const tensor x = eq::test::random_image<double>({2, 2, 3, 4}, 3);
  for (const eq::noise_level level : {eq::variance_exploding(0.3), eq::variance_preserving(0.8)}) {
    const denoiser_at f{score, level};
    tensor scaled = x;
    for (double& v : scaled.values()) v *= level.signal;
    const tensor expected = score.denoise(scaled, level);
    CHECK(eq::test::relative_error(f(x).values(), expected.values()) <= eq::test::tolerance<double>::rounding);
    CHECK(eq::test::relative_error(f.linearize(x).value.values(), expected.values()) <=
          eq::test::tolerance<double>::rounding);
  }
}

TEST_CASE("penalties of a denoiser at a level have exact gradients", "[regularizer][denoiser_at]") {
  const foreign_score score;
  const tensor x = eq::test::random_image<double>({2, 2, 3, 4}, 4);
  for (const eq::noise_level level : {eq::variance_exploding(0.3), eq::variance_preserving(0.8)}) {
    const denoiser_at held{score, level};
    const denoiser_at referred{std::cref(score), level};
    CHECK(eq::test::gradient_is_exact(eq::regularizer::equivariance{held, eq::group::reflection{}}, x, step));
    CHECK(
        eq::test::gradient_is_exact(eq::regularizer::equivariance_consistency{held, eq::group::reflection{}}, x, step));
    CHECK(eq::test::gradient_is_exact(eq::regularizer::equivariance_consistency{referred, eq::group::reflection{}}, x,
                                      step));
  }
}

TEST_CASE("a denoiser at pure noise is refused", "[regularizer][denoiser_at]") {
  CHECK_THROWS_WITH((denoiser_at{foreign_score{}, eq::noise_level{0, 1, 0}}),
                    contains("a signal above 0, but it is 0"));
}

}  // namespace denoiser_at_test
