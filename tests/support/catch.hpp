// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Catch2 in either layout: one header in version 2, several in version 3. Test files include only this one.

#include <string>

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#else
#include <catch2/catch.hpp>
#endif

namespace equireg::test {

/// Matches a message that holds `words`: `REQUIRE_THROWS_WITH(f(), contains("shape"))`.
inline auto contains(const std::string& words) {
#if __has_include(<catch2/catch_test_macros.hpp>)
  return Catch::Matchers::ContainsSubstring(words);
#else
  return Catch::Matchers::Contains(words);
#endif
}

}  // namespace equireg::test
