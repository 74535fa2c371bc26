// SPDX-License-Identifier: BSD-3-Clause
#include <support/foreign_group.hpp>
#include <support/map_laws.hpp>
#include <support/test_maps.hpp>

#include <equireg/group/dihedral.hpp>
#include <equireg/group/moved_shift.hpp>
#include <equireg/group/published.hpp>
#include <equireg/measurement/clipping.hpp>
#include <equireg/measurement/colourisation.hpp>
#include <equireg/measurement/compressed_sensing.hpp>
#include <equireg/measurement/gamma_blur.hpp>
#include <equireg/measurement/gaussian_blur.hpp>
#include <equireg/measurement/high_dynamic_range.hpp>
#include <equireg/measurement/identity.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/masks.hpp>
#include <equireg/measurement/nonlinear_blur.hpp>
#include <equireg/measurement/quantisation.hpp>
#include <equireg/measurement/scaled.hpp>
#include <equireg/measurement/super_resolution.hpp>
#include <equireg/measurement/symmetries.hpp>

#include <algorithm>

namespace symmetries_test {

using namespace equireg;
using namespace equireg::measurement;
using tensor_d = cpu::tensor<double>;

using shifts_and_turns =
    group::semidirect_product<group::cyclic_shift, group::dihedral, group::moved_shift<group::dihedral>>;
using flips = group::direct_product<group::reflection, group::reflection>;
using blurred_brightness = composition<gaussian_blur, colourisation>;

// ---- what groups need -----------------------------------------------------------------------------------------------

static_assert(symmetries_needed<group::trivial> == symmetry::none);
static_assert(symmetries_needed<group::dihedral> == symmetry::square);
static_assert(symmetries_needed<flips> == (symmetry::left_right | symmetry::top_bottom));
static_assert(symmetries_needed<group::rot90> == symmetries_needed<group::quarter_turns>);
static_assert(symmetries_needed<shifts_and_turns> == (symmetry::square | symmetry::translations));

// ---- claims ---------------------------------------------------------------------------------------------------------

template <class A>
constexpr bool square_but_not_shifts = commutes_with<A, group::dihedral> && commutes_with<A, group::reflection> &&
                                       commutes_with<A, group::rot90> && commutes_with<A, group::rot180> &&
                                       commutes_with<A, flips> && commutes_with<A, group::trivial> &&
                                       !commutes_with<A, group::cyclic_shift> && !commutes_with<A, shifts_and_turns>;
static_assert(square_but_not_shifts<gaussian_blur> && square_but_not_shifts<super_resolution>);
static_assert(square_but_not_shifts<blurred_brightness> && square_but_not_shifts<scaled<gaussian_blur>>);
static_assert(square_but_not_shifts<gamma_blur<gaussian_blur>>);

template <class A>
constexpr bool everything = commutes_with<A, shifts_and_turns> && commutes_with<A, flips> &&
                            commutes_with<A, group::trivial>;
static_assert(everything<measurement::identity> && everything<colourisation> && everything<high_dynamic_range>);
static_assert(everything<quantisation> && everything<clipping> && everything<composition<quantisation, colourisation>>);

template <class A>
constexpr bool nothing = commutes_with<A, group::trivial> && !commutes_with<A, group::reflection> &&
                         !commutes_with<A, group::half_turn> && !commutes_with<A, group::quarter_turns> &&
                         !commutes_with<A, group::cyclic_shift>;
static_assert(nothing<inpainting<tensor_d>> && nothing<compressed_sensing> && nothing<separable_map>);
static_assert(nothing<nonlinear_blur<test::small_network>>);
static_assert(nothing<composition<inpainting<tensor_d>, colourisation>>);

// Of a group of the user's we know that it permutes pixels; where features move otherwise, T_g is not S_g.
static_assert(commutes_with<colourisation, foreign::swapped_halves>);
static_assert(!commutes_with<gaussian_blur, foreign::swapped_halves>);
struct still_features {
  constexpr pixel_map operator()(group::reflection::element, extent e) const { return pixel_map::identity(e); }
};
using other_features = group::with_features<group::reflection, still_features>;
static_assert(!commutes_with<measurement::identity, other_features>);

static_assert(includes(symmetries_of<super_resolution>, symmetry::channel_permutations));
static_assert(!includes(symmetries_of<colourisation>, symmetry::channel_permutations));
static_assert(includes(symmetries_of<compressed_sensing>, symmetry::channel_permutations));
static_assert(!includes(symmetries_of<inpainting<tensor_d>>, symmetry::channel_permutations));

// ---- the claims by numbers ------------------------------------------------------------------------------------------

/// The largest relative difference of A S_g x and S_g A x over the group.
template <class A, class Group>
double defect(const A& a, const Group& group, const tensor_d& x) {
  const tensor_d y = a(x);
  double worst = 0;
  for (std::size_t i = 0; i < group.order(); ++i) {
    const auto g = group.at(i);
    const tensor_d moved = a(act(group, g, x)), expected = act(group, g, y);
    REQUIRE(moved.shape() == expected.shape());
    worst = std::max(worst, test::relative_error(moved.values(), expected.values()));
  }
  return worst;
}

/// Everything that the type of A claims holds for this A.
template <class A>
void check_claims(const A& a, const tensor_d& x) {
  INFO("image " << to_text(x.shape()));
  const auto check = [&](const auto& group) {
    using Group = std::remove_cvref_t<decltype(group)>;
    if constexpr (commutes_with<A, Group>) CHECK(defect(a, group, x) <= 1e-13);
  };
  check(group::trivial{});
  check(group::reflection{group::axis::horizontal});
  check(group::reflection{group::axis::vertical});
  check(flips(group::reflection{group::axis::horizontal}, group::reflection{group::axis::vertical}));
  check(group::half_turn{});
  check(group::dihedral{});
  check(group::rot90{});
  const group::cyclic_shift shifts(x.shape().plane());
  check(shifts);
  if (x.shape().width % 2 == 0) check(foreign::swapped_halves{});
  if (x.shape().height == x.shape().width) {
    check(shifts_and_turns(shifts, group::dihedral{}, group::moved_shift(shifts, group::dihedral{})));
  }
}

tensor_d with_channels_turned(const tensor_d& x) {
  const shape s = x.shape();
  tensor_d out(s);
  for (std::size_t b = 0; b < s.batch; ++b) {
    for (std::size_t c = 0; c < s.channels; ++c) {
      for (std::size_t i = 0; i < s.height; ++i) {
        for (std::size_t j = 0; j < s.width; ++j) out(b, c, i, j) = x(b, (c + 1) % s.channels, i, j);
      }
    }
  }
  return out;
}

TEST_CASE("what an operator says it commutes with, it commutes with", "[measurement][symmetries]") {
  for (const shape s : {shape{1, 3, 8, 8}, shape{2, 3, 4, 12}, shape{1, 3, 12, 12}}) {
    const auto x = test::random_tensor<tensor_d>(s, 1);
    check_claims(measurement::identity{}, x);
    for (const auto rule : {boundary::reflect, boundary::symmetric, boundary::circular}) {
      check_claims(gaussian_blur{.size = 7, .sigma = 1.2, .boundary = rule}, x);
      check_claims(scaled{gaussian_blur{.size = 7, .sigma = 1.2, .boundary = rule}, 3.0}, x);
      check_claims(compose(gaussian_blur{.size = 7, .sigma = 1.2, .boundary = rule}, colourisation{}), x);
      check_claims(gamma_blur{gaussian_blur{.size = 7, .sigma = 1.2, .boundary = rule}}, x);
    }
    for (const std::size_t factor : {1U, 2U, 4U}) {
      check_claims(super_resolution{.factor = factor}, x);
      check_claims(super_resolution{.factor = factor, .filter = downsampling::average}, x);
    }
    check_claims(colourisation{}, x);
    check_claims(clipping{.factor = 0.7, .low = -0.3, .high = 0.5}, x);
    check_claims(high_dynamic_range{}, x);
    check_claims(quantisation{.levels = 7}, x);
  }
  for (const shape s : {shape{1, 3, 5, 5}, shape{1, 3, 1, 1}}) {
    const auto x = test::random_tensor<tensor_d>(s, 1);
    check_claims(gaussian_blur{.size = 7, .sigma = 1.2}, x);
    check_claims(colourisation{}, x);
    check_claims(high_dynamic_range{}, x);
  }
}

TEST_CASE("what acts on each channel alike commutes with exchanging channels", "[measurement][symmetries]") {
  const auto x = test::random_tensor<tensor_d>({2, 3, 8, 8}, 1);
  const auto difference = [&](const auto& a) {
    return test::relative_error(a(with_channels_turned(x)).values(), with_channels_turned(a(x)).values());
  };
  CHECK(difference(gaussian_blur{.size = 7, .sigma = 1.2}) == 0);
  CHECK(difference(super_resolution{}) == 0);
  CHECK(difference(compressed_sensing({8, 8})) == 0);
  CHECK(difference(high_dynamic_range{}) == 0);
  CHECK(difference(quantisation{}) == 0);
  CHECK(difference(colourisation{}) > 0.1);
  CHECK(difference(inpainting{bayer_mask<tensor_d>(x.shape())}) > 0.1);
}

TEST_CASE("what an operator does not claim, some of its settings break", "[measurement][symmetries]") {
  const auto x = test::random_tensor<tensor_d>({1, 3, 8, 8}, 1);
  const group::cyclic_shift shifts({8, 8});
  CHECK(defect(gaussian_blur{.size = 7, .sigma = 1.2}, shifts, x) > 1e-3);
  const gaussian_blur circular{.size = 7, .sigma = 1.2, .boundary = boundary::circular};
  CHECK(defect(circular, shifts, x) <= 1e-13);  // this one could
  CHECK(defect(super_resolution{.factor = 2}, group::cyclic_shift({8, 8}, 2), x) > 1e-3);
  const inpainting corner{box_mask<tensor_d>(x.shape(), 0, 0, 2, 3)};
  CHECK(defect(corner, group::reflection{}, x) > 0.1);
  CHECK(defect(corner, group::reflection{group::axis::vertical}, x) > 0.1);
  CHECK(defect(corner, group::half_turn{}, x) > 0.1);
  CHECK(defect(corner, group::quarter_turns{}, x) > 0.1);
  CHECK(defect(corner, shifts, x) > 0.1);
  CHECK(defect(inpainting{bayer_mask<tensor_d>(x.shape())}, group::half_turn{}, x) > 0.1);
  CHECK(defect(gaussian_blur{.size = 7, .sigma = 1.2}, foreign::swapped_halves{}, x) > 1e-3);
  CHECK(defect(nonlinear_blur{test::small_network{}}, group::reflection{}, x) > 1e-3);
  CHECK(defect(separable_map(gaussian_blur{}.on({8, 8})), group::half_turn{}, x) <= 1e-13);  // this one could
}

}  // namespace symmetries_test
