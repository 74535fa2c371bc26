// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/core/error.hpp>

#include <support/catch.hpp>

#include <string>
#include <type_traits>

namespace error_test {

namespace eq = equireg;

static_assert(std::is_base_of_v<std::runtime_error, eq::error>);

TEST_CASE("an error says where, and puts numbers, shapes and words together", "[core][error]") {
  REQUIRE_THROWS_AS(eq::fail("here"), eq::error);
  try {
    eq::fail("equireg::f", "got ", 3, ", ", 0.25, ", ", 1.5F, ", ", true, ", ", std::string("text"), ", ",
             eq::shape{1, 2, 3, 4}, " and ", eq::extent{5, 6}, ", not ", std::size_t{7});
  } catch (const eq::error& e) {
    CHECK(std::string(e.what()) == "equireg::f: got 3, 0.25, 1.5, true, text, (1, 2, 3, 4) and 5 x 6, not 7");
  }
}

TEST_CASE("require throws only where the condition fails", "[core][error]") {
  REQUIRE_NOTHROW(eq::require(true, "equireg::f", "never seen"));
  REQUIRE_THROWS_WITH(eq::require(false, "equireg::f", "expected ", 1, ", got ", 2), "equireg::f: expected 1, got 2");
}

TEST_CASE("require_shape names the argument and both shapes", "[core][error]") {
  REQUIRE_NOTHROW(eq::require_shape({1, 3, 8, 8}, {1, 3, 8, 8}, "equireg::f", "y"));
  REQUIRE_THROWS_WITH(eq::require_shape({1, 3, 8, 8}, {1, 3, 4, 4}, "equireg::f", "y"),
                      "equireg::f: y has shape (1, 3, 8, 8), expected (1, 3, 4, 4)");
}

}  // namespace error_test
