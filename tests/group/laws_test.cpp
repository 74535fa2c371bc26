// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief Every group, the library's and foreign ones, against the laws of a group and of its action.

#include <support/catch.hpp>
#include <support/foreign_group.hpp>
#include <support/group_laws.hpp>
#include <support/tolerance.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/group/cyclic_shift.hpp>
#include <equireg/group/dihedral.hpp>
#include <equireg/group/direct_product.hpp>
#include <equireg/group/feature_action.hpp>
#include <equireg/group/half_turn.hpp>
#include <equireg/group/moved_shift.hpp>
#include <equireg/group/published.hpp>
#include <equireg/group/quarter_turns.hpp>
#include <equireg/group/reflection.hpp>
#include <equireg/group/semidirect_product.hpp>
#include <equireg/group/trivial.hpp>

#include <cmath>
#include <vector>

namespace laws_test {

namespace eq = equireg;
using eq::extent;

namespace {

/// Calls visit(group, order, extents of images on which it acts) for every group.
template <class Visit>
void for_every_group(const Visit& visit) {
  using namespace eq::group;
  const std::vector<extent> any{{1, 1}, {4, 4}, {5, 3}, {2, 7}, {1, 6}};
  visit(trivial{}, 1U, any);
  visit(reflection{}, 2U, any);
  visit(reflection{axis::vertical}, 2U, any);
  visit(quarter_turns{}, 4U, any);
  visit(half_turn{}, 2U, any);
  visit(dihedral{}, 8U, any);
  visit(hflip{}, 2U, any);
  visit(rot90{}, 4U, any);
  visit(rot180{}, 2U, any);
  visit(cyclic_shift({3, 5}), 15U, std::vector<extent>{{3, 5}});
  visit(cyclic_shift({4, 8}, 4), 2U, std::vector<extent>{{4, 8}, {2, 4}, {1, 2}});
  visit(cyclic_shift({6, 12}, 2), 18U, std::vector<extent>{{6, 12}, {3, 6}});
  visit(direct_product(reflection{axis::horizontal}, reflection{axis::vertical}), 4U, any);
  visit(direct_product(half_turn{}, quarter_turns{}), 8U, any);
  visit(direct_product(foreign::swapped_halves{}, reflection{axis::vertical}), 4U, std::vector<extent>{{3, 4}, {4, 2}});
  const cyclic_shift square({4, 4}, 2);
  visit(semidirect_product(square, dihedral{}, moved_shift(square, dihedral{})), 32U,
        std::vector<extent>{{4, 4}, {2, 2}});
  const cyclic_shift odd({3, 3});  // where a shift is not its own inverse
  visit(semidirect_product(odd, quarter_turns{}, moved_shift(odd, quarter_turns{})), 36U, std::vector<extent>{{3, 3}});
  visit(semidirect_product(odd, dihedral{}, moved_shift(odd, dihedral{})), 72U, std::vector<extent>{{3, 3}});
  const cyclic_shift wide({3, 4});
  visit(semidirect_product(wide, reflection{}, moved_shift(wide, reflection{})), 24U, std::vector<extent>{{3, 4}});
  visit(with_features(reflection{}, [](auto, extent e) { return eq::pixel_map::identity(e); }), 2U, any);
  visit(drawing_from<cyclic_shift, 1>{cyclic_shift({3, 2})}, 6U, std::vector<extent>{{3, 2}});
  visit(foreign::swapped_halves{}, 2U, std::vector<extent>{{1, 2}, {3, 4}, {4, 6}});
  visit(foreign::transposition{}, 2U, any);
}

/// Twisted on purpose: the product of the shifts and of the reflection along the same axis, as if they commuted.
using wrong_product = eq::group::direct_product<eq::group::cyclic_shift, eq::group::reflection>;

}  // namespace

TEST_CASE("every group keeps the axioms", "[group][laws]") {
  for_every_group([](const auto& group, std::size_t order, const std::vector<extent>&) {
    CHECK(static_cast<std::size_t>(group.order()) == order);
    CHECK(eq::test::names_every_element_once(group));
    CHECK(eq::test::is_closed(group));
    CHECK(eq::test::identity_is_neutral(group));
    CHECK(eq::test::inverses_undo(group));
    CHECK(eq::test::is_associative(group));
  });
}

TEST_CASE("every action is a homomorphism into the permutations of pixels", "[group][laws]") {
  for_every_group([](const auto& group, std::size_t, const std::vector<extent>& extents) {
    for (const extent e : extents) {
      CAPTURE(e.height, e.width, group.order());
      CHECK(eq::test::acts_by_permutations(group, e));
      CHECK(eq::test::acts_as_a_homomorphism(group, e));
    }
  });
}

TEST_CASE("the laws tell a product of groups that do not commute", "[group][laws]") {
  const wrong_product wrong(eq::group::cyclic_shift({3, 4}), eq::group::reflection{});
  CHECK(eq::test::is_associative(wrong));
  CHECK_FALSE(eq::test::acts_as_a_homomorphism(wrong, {3, 4}));
}

TEST_CASE("the adjoint of an action is the action of the inverse", "[group][laws]") {
  for_every_group([](const auto& group, std::size_t, const std::vector<extent>& extents) {
    for (const extent e : extents) {
      for (const auto& g : eq::test::elements_of(group)) {
        eq::cpu::tensor<double> x({2, 3, e.height, e.width});
        fill_normal(x, {1, 0, eq::purpose::user, 0});
        const auto moved = eq::act(group, g, x);
        eq::cpu::tensor<double> y(moved.shape());
        fill_normal(y, {2, 0, eq::purpose::user, 0});
        const auto back = eq::act(group, group.inverse(g), y);
        REQUIRE(back.shape() == x.shape());
        const auto left = to_host(dot(moved, y)), right = to_host(dot(x, back));
        const auto size_x = to_host(squared_norm(x)), size_y = to_host(squared_norm(y));
        for (std::size_t b = 0; b < 2; ++b) {
          CHECK(eq::test::close(left[b], right[b], eq::test::tolerance<double>::adjoint,
                                std::sqrt(size_x[b] * size_y[b])));
        }
      }
    }
  });
}

TEST_CASE("elements are drawn uniformly, the identity only where it was asked for", "[group][laws][draw]") {
  const auto check = [](const auto& group, std::vector<std::size_t> drawn) {
    const std::size_t count = 500 * group.order();
    CHECK(eq::test::is_uniform(
        eq::test::draw_counts(group, count, [&](const eq::noise_address& a) { return group.draw(a); }), drawn));
    std::vector<std::size_t> all(group.order());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    CHECK(eq::test::is_uniform(
        eq::test::draw_counts(group, count, [&](const eq::noise_address& a) { return group.draw_any(a); }), all));
  };
  using namespace eq::group;
  check(trivial{}, {0});
  check(reflection{}, {1});
  check(half_turn{}, {1});
  check(quarter_turns{}, {1, 2, 3});
  check(dihedral{}, {1, 2, 3, 4, 5, 6, 7});
  check(cyclic_shift({2, 4}), {1, 2, 3, 4, 5, 6, 7});
  check(direct_product(reflection{}, quarter_turns{}), {1, 2, 3, 4, 5, 6, 7});
  check(rot90{}, {1, 3});
  check(drawing_from<cyclic_shift, 0, 2, 5>{cyclic_shift({2, 3})}, {0, 2, 5});
}

TEST_CASE("a draw depends on the address alone", "[group][draw]") {
  const eq::group::cyclic_shift shifts({16, 16});
  const eq::noise_address address{3, 5, eq::purpose::group_element, 0}, other{4, 5, eq::purpose::group_element, 0};
  CHECK(shifts.draw(address) == shifts.draw(address));
  CHECK_FALSE(shifts.draw(address) == shifts.draw(other));
}

}  // namespace laws_test
