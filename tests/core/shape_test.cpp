// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/core/shape.hpp>

#include <support/catch.hpp>

namespace shape_test {

namespace eq = equireg;

TEST_CASE("a shape counts its elements", "[core][shape]") {
  constexpr eq::shape s{2, 3, 4, 5};
  static_assert(s.sample_size() == 60 && s.size() == 120);
  static_assert(s.plane() == eq::extent{4, 5});
  static_assert(s.with_batch(7) == eq::shape{7, 3, 4, 5});
  static_assert(s.with_plane({6, 1}) == eq::shape{2, 3, 6, 1});
  CHECK(eq::shape{}.size() == 0);
  CHECK(eq::shape{4}.size() == 4);  // one number for each sample
}

TEST_CASE("shapes and extents read as in error messages", "[core][shape]") {
  CHECK(eq::to_text(eq::shape{2, 3, 64, 48}) == "(2, 3, 64, 48)");
  CHECK(eq::to_text(eq::extent{64, 48}) == "64 x 48");
}

}  // namespace shape_test
