// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/core/pixel_map.hpp>

#include <support/catch.hpp>

#include <cstddef>
#include <vector>

namespace pixel_map_test {

namespace eq = equireg;
using eq::compose;
using eq::pixel_map;

namespace {

struct image {
  eq::extent size;
  std::vector<int> values;
  bool operator==(const image&) const = default;
};

image gathered(const image& in, const pixel_map& map) {
  REQUIRE(map.input == in.size);
  image out{map.output, {}};
  for (std::size_t i = 0; i < out.size.height; ++i) {
    for (std::size_t j = 0; j < out.size.width; ++j) {
      const eq::pixel from = map({i, j});
      out.values.push_back(in.values[from.row * in.size.width + from.column]);
    }
  }
  return out;
}

image counting(eq::extent e) {
  image result{e, {}};
  for (std::size_t i = 0; i < e.height * e.width; ++i) result.values.push_back(static_cast<int>(i));
  return result;
}

// Generators of all pixel symmetries of an image of the given extent.
std::vector<pixel_map> generators(eq::extent e) {
  return {pixel_map::identity(e),     pixel_map::flip_columns(e), pixel_map::flip_rows(e),
          pixel_map::quarter_turn(e), pixel_map::shift(e, 1, -2), pixel_map::shift(e, -7, 12)};
}

}  // namespace

TEST_CASE("quarter turns and flips move pixels as numpy does", "[core][pixel_map]") {
  const eq::extent e{2, 2};
  const image in{e, {0, 1, 2, 3}};
  const pixel_map once = pixel_map::quarter_turn(e), twice = compose(once, once), thrice = compose(twice, once);
  CHECK(gathered(in, once).values == std::vector{1, 3, 0, 2});
  CHECK(gathered(in, twice).values == std::vector{3, 2, 1, 0});
  CHECK(gathered(in, thrice).values == std::vector{2, 0, 3, 1});
  CHECK(compose(thrice, once).is_identity());
  CHECK(gathered(in, pixel_map::flip_columns(e)).values == std::vector{1, 0, 3, 2});
  CHECK(gathered(in, pixel_map::flip_rows(e)).values == std::vector{2, 3, 0, 1});

  const image wide = gathered(counting({2, 3}), pixel_map::quarter_turn({2, 3}));  // 0 1 2 / 3 4 5
  CHECK(wide.size == eq::extent{3, 2});
  CHECK(wide.values == std::vector{2, 5, 1, 4, 0, 3});
}

TEST_CASE("a shift moves pixels down and to the right, around the borders", "[core][pixel_map]") {
  const image in = counting({2, 3});
  CHECK(gathered(in, pixel_map::shift({2, 3}, 1, 0)).values == std::vector{3, 4, 5, 0, 1, 2});
  CHECK(gathered(in, pixel_map::shift({2, 3}, 0, 1)).values == std::vector{2, 0, 1, 5, 3, 4});
  CHECK(gathered(in, pixel_map::shift({2, 3}, -1, -2)).values == std::vector{5, 3, 4, 2, 0, 1});
  CHECK(pixel_map::shift({2, 3}, 4, -9).is_identity());
}

TEST_CASE("a composition reads the second from the first", "[core][pixel_map]") {
  for (const eq::extent e : {eq::extent{3, 3}, eq::extent{3, 5}, eq::extent{1, 4}}) {
    const image in = counting(e);
    for (const pixel_map& first : generators(e)) {
      for (const pixel_map& second : generators(first.output)) {
        const pixel_map both = compose(first, second);
        CHECK(gathered(in, both) == gathered(gathered(in, first), second));
        for (const pixel_map& third : generators(second.output)) {
          CHECK(compose(both, third) == compose(first, compose(second, third)));
        }
      }
    }
  }
}

TEST_CASE("an inverse puts every pixel back", "[core][pixel_map]") {
  for (const eq::extent e : {eq::extent{4, 4}, eq::extent{3, 5}}) {
    const image in = counting(e);
    for (const pixel_map& first : generators(e)) {
      for (const pixel_map& second : generators(first.output)) {
        const pixel_map map = compose(first, second);
        CHECK(compose(map, map.inverse()).is_identity());
        CHECK(compose(map.inverse(), map).is_identity());
        CHECK(gathered(gathered(in, map), map.inverse()) == in);
      }
    }
  }
}

TEST_CASE("only maps that turn by a quarter read down columns", "[core][pixel_map]") {
  const eq::extent e{4, 4};
  CHECK(pixel_map::quarter_turn(e).transposes());
  CHECK_FALSE(compose(pixel_map::quarter_turn(e), pixel_map::quarter_turn(e)).transposes());
  CHECK_FALSE(pixel_map::flip_rows(e).is_identity());
  CHECK(pixel_map::identity(e).is_identity());
}

}  // namespace pixel_map_test
