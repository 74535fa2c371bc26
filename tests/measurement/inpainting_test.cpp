// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/masks.hpp>
#include <equireg/measurement/residual.hpp>

#include <limits>

namespace inpainting_test {

using namespace equireg;
using equireg::measurement::inpainting;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_linear_map<inpainting<tensor_f>, tensor_f>());
static_assert(has_pseudo_inverse<inpainting<tensor_d>, tensor_d> && has_prox<inpainting<tensor_d>, tensor_d>);
static_assert(measurement::has_residual<inpainting<tensor_d>, tensor_d>);

const noise_address masks{5, 0, purpose::mask, 0};

template <class X>
X mask_per_channel() {
  X mask({1, 3, 5, 7});
  for (std::size_t i = 0; i < mask.size(); ++i) mask.data()[i] = static_cast<typename X::value_type>(i % 3 != 0);
  return mask;
}

TEST_CASE("inpainting is its own adjoint and pseudo-inverse, whatever shares the mask", "[measurement][inpainting]") {
  for (const shape s : {shape{2, 3, 5, 7}, shape{1, 3, 5, 7}, shape{3, 3, 5, 7}}) {
    const inpainting shared{measurement::random_mask<tensor_d>(s, 0.4, masks)};
    const inpainting own{mask_per_channel<tensor_d>()};
    for (const auto& a : {shared, own}) {
      test::check_linear<tensor_d>(a, s);
      test::check_pseudo_inverse<tensor_d>(a, s, 0);
      for (const double rho : {1e-3, 1.0, 50.0}) test::check_prox<tensor_d>(a, s, rho, 1e-14);
    }
  }
  const inpainting one_pixel{tensor_d({1, 1, 1, 1}, 1.0)};
  test::check_linear<tensor_d>(one_pixel, {1, 1, 1, 1});
}

TEST_CASE("inpainting with a camera's colour filter and with random entries obeys the same laws",
          "[measurement][inpainting]") {
  for (const shape s : {shape{1, 3, 1, 1}, shape{2, 3, 5, 7}, shape{1, 3, 8, 4}}) {
    const inpainting camera{measurement::bayer_mask<tensor_d>(s)};
    const inpainting entries{measurement::random_entry_mask<tensor_d>(s, 0.6, masks)};
    for (const auto& a : {camera, entries}) {
      test::check_linear<tensor_d>(a, s);
      test::check_pseudo_inverse<tensor_d>(a, s, 0);
      test::check_prox<tensor_d>(a, s, 0.3, 1e-14);
    }
    CHECK(camera.observed_count(3) == s.height * s.width);
  }
}

TEST_CASE("inpainting keeps observed pixels and clears the others", "[measurement][inpainting]") {
  const inpainting a{tensor_f({1, 1, 1, 4}, {1, 0, 1, 0})};
  const tensor_f y = a(tensor_f({1, 2, 1, 4}, {1, 2, 3, 4, 5, 6, 7, 8}));
  CHECK(std::vector<float>(y.values().begin(), y.values().end()) == std::vector<float>{1, 0, 3, 0, 5, 0, 7, 0});
  CHECK(a.observed_count(2) == 4);
  CHECK(inpainting{mask_per_channel<tensor_f>()}.observed_count(3) == 70);
}

TEST_CASE("the proximal point of inpainting at rho 0 replaces the observed pixels", "[measurement][inpainting]") {
  const inpainting a{tensor_d({1, 1, 1, 2}, {1, 0})};
  const tensor_d u = a.prox(tensor_d({1, 1, 1, 2}, {3.0, 4.0}), tensor_d({1, 1, 1, 2}, {7.0, 99.0}), 0);
  CHECK(u.data()[0] == 7);
  CHECK(u.data()[1] == 4);
}

TEST_CASE("inpainting's residual in one pass is the generic one, and ignores unobserved entries of y",
          "[measurement][inpainting][residual]") {
  const shape s{2, 3, 9, 8};
  const inpainting a{measurement::random_mask<tensor_d>(s, 0.5, masks)};
  const tensor_d x = test::random_tensor<tensor_d>(s, 1), y = test::random_tensor<tensor_d>(s, 2);
  const auto fused = measurement::residual(a, y, x);
  const auto by_hand = test::combination(1, a(y), -1, a(x));
  CHECK(test::relative_error(fused.value.values(), by_hand.values()) == 0);
  const auto again = a.residual(a(y), x);
  CHECK(test::relative_error(again.value.values(), by_hand.values()) == 0);
  REQUIRE(fused.squared_norm.shape() == shape{2, 1, 1, 1});
  for (std::size_t b = 0; b < 2; ++b) {
    double sum = 0;
    for (const double r : by_hand.sample(b)) sum += r * r;
    CHECK(test::close(fused.squared_norm.data()[b], sum, 1e-13));
  }
}

TEST_CASE("observed entries survive and what stood elsewhere does not, NaN included", "[measurement][inpainting]") {
  const inpainting a{tensor_f({1, 1, 1, 2}, {1, 0})};
  const tensor_f y = a.observed(tensor_f({1, 1, 1, 2}, {2, std::numeric_limits<float>::quiet_NaN()}));
  CHECK(y.data()[0] == 2);
  CHECK(y.data()[1] == 0);
  const tensor_f spoilt({1, 1, 1, 2}, {2, std::numeric_limits<float>::quiet_NaN()}), x({1, 1, 1, 2}, 1.0F);
  CHECK(a.adjoint(spoilt).data()[1] == 0);
  CHECK(a.residual(spoilt, x).squared_norm.data()[0] == 1);
}

TEST_CASE("inpainting refuses masks and images that do not fit", "[measurement][inpainting]") {
  REQUIRE_THROWS_WITH(inpainting{tensor_f({1, 1, 2, 2}, 0.5F)}, test::contains("4 values are neither"));
  REQUIRE_THROWS_WITH(inpainting{tensor_f({2, 1, 2, 2}, 1.0F)}, test::contains("(2, 1, 2, 2)"));
  const inpainting a{tensor_f({1, 3, 4, 4}, 1.0F)};
  REQUIRE_THROWS_WITH(a(tensor_f({1, 3, 4, 5}, 1.0F)), test::contains("the mask has shape (1, 3, 4, 4)"));
  REQUIRE_THROWS_WITH(a(tensor_f({1, 1, 4, 4}, 1.0F)), test::contains("x has shape (1, 1, 4, 4)"));
}

}  // namespace inpainting_test
