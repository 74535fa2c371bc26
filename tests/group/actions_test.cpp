// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief What the groups do to a small image, number for number, and what they refuse.

#include <support/catch.hpp>
#include <support/group_laws.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/group/cyclic_shift.hpp>
#include <equireg/group/dihedral.hpp>
#include <equireg/group/feature_action.hpp>
#include <equireg/group/moved_shift.hpp>
#include <equireg/group/published.hpp>
#include <equireg/group/semidirect_product.hpp>

#include <vector>

namespace actions_test {

namespace eq = equireg;
using eq::test::contains;
using tensor = eq::cpu::tensor<float>;

namespace {

std::vector<float> values(const tensor& x) { return {x.values().begin(), x.values().end()}; }

const tensor square({1, 1, 2, 2}, {0, 1, 2, 3});
const tensor wide({1, 1, 2, 3}, {0, 1, 2, 3, 4, 5});

}  // namespace

TEST_CASE("the published groups have the published index maps", "[group][published]") {
  const eq::group::rot90 turns;
  CHECK(values(eq::act(turns, turns.at(1), square)) == std::vector<float>{1, 3, 0, 2});
  CHECK(values(eq::act(turns, turns.at(2), square)) == std::vector<float>{3, 2, 1, 0});
  CHECK(values(eq::act(turns, turns.at(3), square)) == std::vector<float>{2, 0, 3, 1});
  const eq::group::hflip flip;
  CHECK(values(eq::act(flip, flip.at(1), square)) == std::vector<float>{1, 0, 3, 2});
  const eq::group::rot180 half;
  CHECK(values(eq::act(half, half.at(1), square)) == std::vector<float>{3, 2, 1, 0});
  // out[i][j] = in[j][W - 1 - i], in[H - 1 - i][W - 1 - j], in[H - 1 - j][i], also off the square.
  const eq::extent e{3, 5};
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      CHECK(turns.action({1}, e)({i, j}) == eq::pixel{j, 5 - 1 - i});
      CHECK(turns.action({2}, e)({j, i}) == eq::pixel{3 - 1 - j, 5 - 1 - i});
      CHECK(turns.action({3}, e)({i, j}) == eq::pixel{3 - 1 - j, i});
    }
  }
}

TEST_CASE("the published groups have the published inverses", "[group][published]") {
  const eq::group::rot90 turns;
  for (const auto& [index, inverse] :
       std::vector<std::pair<std::size_t, std::size_t>>{{0, 0}, {1, 3}, {2, 2}, {3, 1}}) {
    CHECK(eq::test::index_of(turns, turns.inverse(turns.at(index))) == inverse);
  }
}

TEST_CASE("a quarter turn of an image that is not square exchanges height and width", "[group][quarter_turns]") {
  const auto turned = eq::act(eq::group::quarter_turns{}, {1}, wide);
  CHECK(turned.shape() == eq::shape{1, 1, 3, 2});
  CHECK(values(turned) == std::vector<float>{2, 5, 1, 4, 0, 3});
}

TEST_CASE("the dihedral group reflects, then turns", "[group][dihedral]") {
  CHECK(values(eq::act(eq::group::dihedral{}, {{0}, {true}}, wide)) == std::vector<float>{2, 1, 0, 5, 4, 3});
  CHECK(values(eq::act(eq::group::dihedral{}, {{1}, {true}}, wide)) == std::vector<float>{0, 3, 1, 4, 2, 5});
}

TEST_CASE("a shift moves down and to the right, and features by its share", "[group][cyclic_shift]") {
  const eq::group::cyclic_shift shifts({2, 3});
  CHECK(values(eq::act(shifts, {1, 0}, wide)) == std::vector<float>{3, 4, 5, 0, 1, 2});
  CHECK(values(eq::act(shifts, {0, 1}, wide)) == std::vector<float>{2, 0, 1, 5, 3, 4});
  const eq::group::cyclic_shift coarse({16, 24}, 8);
  CHECK(coarse.order() == 6);
  CHECK(coarse.action({8, 16}, {16, 24}) == eq::pixel_map::shift({16, 24}, 8, 16));
  CHECK(coarse.action({8, 16}, {4, 6}) == eq::pixel_map::shift({4, 6}, 2, 4));
  CHECK(coarse.action({8, 16}, {2, 3}) == eq::pixel_map::shift({2, 3}, 1, 2));
}

TEST_CASE("shifts refuse a stride that does not divide, and extents that are not theirs", "[group][cyclic_shift]") {
  CHECK_THROWS_WITH(eq::group::cyclic_shift({16, 20}, 8), contains("the period is 16 x 20 and the stride 8"));
  CHECK_THROWS_WITH(eq::group::cyclic_shift({16, 16}, 0), contains("the stride must divide the period"));
  const eq::group::cyclic_shift shifts({16, 16}, 2);
  CHECK_THROWS_WITH(shifts.action({2, 2}, {15, 16}), contains("but 15 x 16 came"));
  CHECK_THROWS_WITH(shifts.action({2, 2}, {4, 4}), contains("divided by a divisor of 2"));
  CHECK_THROWS_WITH(shifts.action({2, 2}, {32, 32}), contains("but 32 x 32 came"));
  CHECK_THROWS_WITH(shifts.action({2, 2}, {0, 0}), contains("but 0 x 0 came"));
}

TEST_CASE("quarter turns move no shifts of a period that is not square", "[group][semidirect_product]") {
  const eq::group::cyclic_shift shifts({2, 3});
  const eq::group::semidirect_product both(shifts, eq::group::quarter_turns{},
                                           eq::group::moved_shift(shifts, eq::group::quarter_turns{}));
  CHECK_THROWS_WITH(both.compose({{0, 0}, {1}}, {{1, 1}, {0}}), contains("the period is 2 x 3"));
}

TEST_CASE("features may turn another way than images", "[group][feature_action]") {
  using eq::group::quarter_turns;
  const eq::group::with_features turns(quarter_turns{}, [](quarter_turns::element a, eq::extent e) {
    return quarter_turns::action(quarter_turns::inverse(a), e);
  });
  CHECK(turns.action({1}, {3, 3}) == quarter_turns::action({1}, {3, 3}));
  CHECK(eq::feature_action(turns, {1}, {3, 3}) == quarter_turns::action({3}, {3, 3}));
  CHECK(eq::feature_action(quarter_turns{}, {1}, {3, 3}) == quarter_turns::action({1}, {3, 3}));
}

TEST_CASE("actions are known at compile time", "[group]") {
  static_assert(eq::group::reflection{}.action({true}, {2, 3}) == eq::pixel_map::flip_columns({2, 3}));
  static_assert(eq::group::quarter_turns::action({2}, {2, 3}) == eq::group::half_turn::action({true}, {2, 3}));
  static_assert(eq::group::cyclic_shift({4, 4}, 2).action({2, 0}, {2, 2}) == eq::pixel_map::shift({2, 2}, 1, 0));
  static_assert(eq::group::dihedral{}.action({{3}, {true}}, {2, 3}).output == eq::extent{3, 2});
  SUCCEED();
}

}  // namespace actions_test
