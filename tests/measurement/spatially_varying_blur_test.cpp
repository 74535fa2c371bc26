// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/blur.hpp>
#include <equireg/measurement/kernels.hpp>
#include <equireg/measurement/motion_kernel.hpp>
#include <equireg/measurement/spatially_varying_blur.hpp>

namespace spatially_varying_blur_test {

using namespace equireg;
using namespace equireg::measurement;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_linear_map<spatially_varying_blur<tensor_f>, tensor_f>());
static_assert(check_linear_map<spatially_varying_blur<tensor_d>, tensor_d>());

constexpr boundary rules[] = {boundary::reflect, boundary::symmetric, boundary::circular};

// One for each place of a grid of 2 x 3, no two equal.
std::vector<filter_kernel> six_kernels() {
  std::vector<filter_kernel> kernels = {box_kernel(3, 2), gaussian_kernel(1.0), gaussian_kernel({2.0, 0.5, 0.7})};
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    kernels.push_back(motion_kernel({.size = 15}, {seed, 0, purpose::mask, 0}));
  }
  return kernels;
}

TEST_CASE("bilinear weights sum to one everywhere, and each is one at its place of the grid",
          "[measurement][spatially_varying_blur]") {
  for (const extent image : {extent{7, 9}, extent{16, 5}}) {
    for (const extent grid : {extent{1, 1}, extent{2, 3}, extent{4, 1}}) {
      const auto weights = bilinear_weights<tensor_d>(image, grid);
      REQUIRE(weights.size() == grid.height * grid.width);
      for (std::size_t k = 0; k < image.height * image.width; ++k) {
        double sum = 0;
        for (const auto& m : weights) sum += m.data()[k];
        CHECK(test::close(sum, 1, 1e-14));
      }
      CHECK(weights.front()(0, 0, 0, 0) == 1);
      CHECK(weights.back()(0, 0, image.height - 1, image.width - 1) == 1);
    }
  }
}

TEST_CASE("a spatially varying blur has its exact adjoint, in both orders and for every border",
          "[measurement][spatially_varying_blur]") {
  for (const weighing order : {weighing::after, weighing::before}) {
    for (const boundary rule : rules) {
      for (const shape& s : {shape{2, 3, 17, 12}, shape{1, 1, 2, 9}}) {
        const spatially_varying_blur<tensor_d> a(six_kernels(), bilinear_weights<tensor_d>(s.plane(), {2, 3}), rule,
                                                 order);
        test::check_linear<tensor_d>(a, s);
        const spatially_varying_blur<tensor_f> b(six_kernels(), bilinear_weights<tensor_f>(s.plane(), {2, 3}), rule,
                                                 order);
        test::check_linear<tensor_f>(b, s);
      }
      const spatially_varying_blur<tensor_d> one({box_kernel(2, 2)}, bilinear_weights<tensor_d>({1, 1}, {1, 1}), rule,
                                                 order);
      test::check_linear<tensor_d>(one, {1, 2, 1, 1});
    }
  }
}

TEST_CASE("a spatially varying blur is its definition, whatever the border and where kernels have their centres",
          "[measurement][spatially_varying_blur]") {
  const auto rule = GENERATE(boundary::reflect, boundary::symmetric, boundary::circular);
  const auto s = GENERATE(shape{1, 2, 9, 12}, shape{1, 2, 40, 51});
  const tensor_d x = test::random_tensor<tensor_d>(s, 1);
  auto kernels = six_kernels();
  kernels[0] = filter_kernel(kernels[0].weights(), 0, -4);
  kernels[1] = filter_kernel(kernels[1].weights(), 8, 8);
  const auto weights = bilinear_weights<tensor_d>(s.plane(), {2, 3});
  tensor_d after(s, 0.0), before(s, 0.0);
  for (std::size_t l = 0; l < 6; ++l) {
    const blur k{.kernel = kernels[l], .boundary = rule};
    const tensor_d blurred = k(x);
    tensor_d weighed(s);
    for (std::size_t n = 0; n < x.size(); ++n) {
      const double m = weights[l].data()[n % (s.height * s.width)];
      after.data()[n] += m * blurred.data()[n];
      weighed.data()[n] = m * x.data()[n];
    }
    add_scaled(before, 1, k(weighed));
  }
  const spatially_varying_blur<tensor_d> a(kernels, weights, rule);
  const spatially_varying_blur<tensor_d> b(kernels, weights, rule, weighing::before);
  CHECK(test::relative_error(a(x).values(), after.values()) < test::tolerance<double>::rounding);
  CHECK(test::relative_error(b(x).values(), before.values()) < test::tolerance<double>::rounding);
}

TEST_CASE("the adjoint of one order is the other order with flipped kernels, where borders are circular",
          "[measurement][spatially_varying_blur]") {
  const shape s{1, 1, 10, 14};
  auto flipped = six_kernels();
  for (auto& k : flipped) k = k.flipped();
  const auto weights = bilinear_weights<tensor_d>(s.plane(), {2, 3});
  const spatially_varying_blur<tensor_d> a(six_kernels(), weights, boundary::circular, weighing::after);
  const spatially_varying_blur<tensor_d> b(flipped, weights, boundary::circular, weighing::before);
  const tensor_d x = test::random_tensor<tensor_d>(s, 1);
  CHECK(test::relative_error(a.adjoint(x).values(), b(x).values()) < 1e-14);
}

TEST_CASE("equal kernels blur as one does", "[measurement][spatially_varying_blur]") {
  const tensor_d x = test::random_tensor<tensor_d>({1, 3, 11, 8}, 1);
  const filter_kernel k = gaussian_kernel({2.0, 0.5, 0.7});
  const spatially_varying_blur<tensor_d> a(std::vector<filter_kernel>(4, k),
                                           bilinear_weights<tensor_d>({11, 8}, {2, 2}));
  CHECK(test::relative_error(a(x).values(), blur{.kernel = k}(x).values()) < 1e-14);
}

TEST_CASE("a spatially varying blur refuses kernels and weights that do not go together",
          "[measurement][spatially_varying_blur]") {
  const auto weights = bilinear_weights<tensor_d>({8, 8}, {1, 2});
  using varying = spatially_varying_blur<tensor_d>;
  REQUIRE_THROWS_WITH(varying({box_kernel(1, 1)}, weights), test::contains("there are 1 and 2"));
  const varying a({box_kernel(1, 1), box_kernel(2, 2)}, weights);
  REQUIRE_THROWS_WITH(a(tensor_d({1, 1, 8, 9}, 1.0)), test::contains("images of 8 x 8"));
  REQUIRE_THROWS_WITH(bilinear_weights<tensor_d>({2, 8}, {3, 1}), test::contains("a grid of 3 x 1"));
}

}  // namespace spatially_varying_blur_test
