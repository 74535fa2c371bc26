// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/blur.hpp>
#include <equireg/measurement/kernels.hpp>
#include <equireg/measurement/strided_blur.hpp>
#include <equireg/measurement/super_resolution.hpp>

namespace strided_blur_test {

using namespace equireg;
using equireg::measurement::strided_blur;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_linear_map<strided_blur, tensor_f>() && check_linear_map<strided_blur, tensor_d>());
static_assert(has_pseudo_inverse<strided_blur, tensor_d> && has_prox<strided_blur, tensor_d>);

constexpr boundary rules[] = {boundary::reflect, boundary::symmetric, boundary::circular};

const filter_kernel turned = measurement::gaussian_kernel({1.5, 0.6, 0.5}), box = measurement::box_kernel(3, 2);

TEST_CASE("a blur with a stride has its exact adjoint for any kernel, stride and border",
          "[measurement][strided_blur]") {
  for (const filter_kernel& kernel : {turned, box}) {
    for (const boundary rule : rules) {
      for (const std::size_t stride : {1U, 2U, 3U, 4U}) {
        const strided_blur a{.kernel = kernel, .stride = stride, .boundary = rule};
        for (const shape& s : {shape{1, 1, stride, stride}, shape{2, 3, 5 * stride, 3 * stride}}) {
          test::check_linear<tensor_d>(a, s);
          test::check_linear<tensor_f>(a, s);
        }
      }
    }
  }
}

TEST_CASE("a blur with a stride keeps pixel 0 of each block of the blurred image", "[measurement][strided_blur]") {
  const tensor_d x = test::random_tensor<tensor_d>({2, 2, 9, 12}, 1);
  for (const filter_kernel& kernel : {turned, box}) {
    for (const boundary rule : rules) {
      const tensor_d blurred = measurement::blur{.kernel = kernel, .boundary = rule}(x);
      const tensor_d y = strided_blur{.kernel = kernel, .stride = 3, .boundary = rule}(x);
      REQUIRE(y.shape() == shape{2, 2, 3, 4});
      for (std::size_t b = 0; b < 2; ++b) {
        for (std::size_t i = 0; i < 3; ++i) {
          for (std::size_t j = 0; j < 4; ++j) CHECK(test::close(y(b, 1, i, j), blurred(b, 1, 3 * i, 3 * j), 1e-13, 1));
        }
      }
    }
  }
}

TEST_CASE("the pseudo-inverse and the proximal point are exact for circular borders and for separable kernels",
          "[measurement][strided_blur]") {
  for (const shape& s : {shape{1, 1, 2, 2}, shape{2, 3, 10, 14}, shape{1, 1, 2, 18}}) {
    const strided_blur circular{.kernel = turned, .stride = 2};
    test::check_pseudo_inverse<tensor_d>(circular, s, 1e-11);
    for (const double rho : {1e-3, 0.1, 10.0}) {
      test::check_prox<tensor_d>(circular, s, rho, 1e-12);
      test::check_prox<tensor_f>(circular, s, rho, 1e-4);
    }
    for (const boundary rule : rules) {
      const strided_blur separable{.kernel = box, .stride = 2, .boundary = rule};
      test::check_pseudo_inverse<tensor_d>(separable, s, 1e-10);
      test::check_prox<tensor_d>(separable, s, 0.1, 1e-12);
    }
  }
}

TEST_CASE("modes of the small image below the cut are left out of the pseudo-inverse", "[measurement][strided_blur]") {
  // Of a kernel this wide, only slow waves are left.
  const strided_blur a{.kernel = measurement::gaussian_kernel({4.0, 3.0, 0.5}), .stride = 2, .cut = 0.05};
  const tensor_d y = test::random_tensor<tensor_d>({1, 1, 16, 16}, 1), u = a.pseudo_inverse(y);
  CHECK(test::relative_error(a.pseudo_inverse(a(u)).values(), u.values()) < 1e-11);
  // The largest singular value is 1/2, that of a constant image.
  CHECK(test::norm(u) <= test::norm(y) / (0.05 * 0.5) * (1 + 1e-12));
  CHECK(test::norm(a(u)) < 0.9 * test::norm(y));
}

TEST_CASE("the taps of the bicubic, centred at a block's middle, are super_resolution", "[measurement][strided_blur]") {
  for (const std::size_t factor : {2U, 3U, 4U}) {
    const measurement::super_resolution bicubic{.factor = factor};
    const auto [taps, first] = bicubic.taps();
    dense_matrix w(taps.size(), taps.size());
    for (std::size_t a = 0; a < w.rows; ++a) {
      for (std::size_t b = 0; b < w.columns; ++b) w(a, b) = taps[a] * taps[b];  // symmetric: flipped is the same
    }
    const std::ptrdiff_t centre = static_cast<std::ptrdiff_t>(taps.size()) - 1 + first;
    const strided_blur a{.kernel = filter_kernel(w, centre, centre), .stride = factor, .boundary = boundary::symmetric};
    const tensor_d x = test::random_tensor<tensor_d>({1, 2, 6 * factor, 5 * factor}, 1);
    CHECK(test::relative_error(a(x).values(), bicubic(x).values()) < 1e-13);
    const tensor_d y = bicubic(x);
    CHECK(test::relative_error(a.prox(x, y, 0.1).values(), bicubic.prox(x, y, 0.1).values()) < 1e-12);
  }
}

TEST_CASE("a blur with a stride refuses what it has no closed form for, and sizes that the stride does not divide",
          "[measurement][strided_blur]") {
  const tensor_d x({1, 1, 8, 8}, 1.0);
  REQUIRE_THROWS_WITH((strided_blur{.kernel = box, .stride = 3}(x)),
                      test::contains("a stride of 3 does not divide an image of 8 x 8"));
  REQUIRE_THROWS_WITH((strided_blur{.kernel = box, .stride = 0}(x)), test::contains("a stride of 0"));
  const strided_blur a{.kernel = turned, .stride = 2, .boundary = boundary::reflect};
  REQUIRE_THROWS_WITH(a.pseudo_inverse(x), test::contains("circular borders only"));
  for (const double rho : {0.01, 1.0}) test::check_prox<tensor_d>(a, {2, 1, 8, 8}, rho, 1e-9);
}

}  // namespace strided_blur_test
