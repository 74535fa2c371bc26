// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/schedule/respacing.hpp>
#include <equireg/schedule/vp_linear.hpp>

#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace respacing_test {

namespace eq = equireg;
using eq::schedule::respaced_indices;
using eq::schedule::respacing;
using indices = std::vector<std::size_t>;

namespace {

// The first entries of `kept` are `head` and its last ones `tail`.
bool begins_and_ends(const indices& kept, const indices& head, const indices& tail) {
  return kept.size() >= head.size() + tail.size() && std::equal(head.begin(), head.end(), kept.begin()) &&
         std::equal(tail.rbegin(), tail.rend(), kept.rbegin());
}

}  // namespace

TEST_CASE("sections keep the indices of guided-diffusion", "[schedule][respacing]") {
  const auto kept = [](std::size_t count) { return respaced_indices(1000, count, respacing::sections); };
  CHECK(kept(10) == indices{0, 111, 222, 333, 444, 555, 666, 777, 888, 999});
  CHECK(begins_and_ends(kept(20), {0, 53, 105, 158, 210}, {841, 894, 946, 999}));
  CHECK(begins_and_ends(kept(50), {0, 20, 41, 61, 82}, {958, 979, 999}));
  CHECK(begins_and_ends(kept(100), {0, 10, 20, 30, 40}, {969, 979, 989, 999}));
  CHECK(begins_and_ends(kept(250), {0, 4, 8, 12, 16}, {987, 991, 995, 999}));
  for (const std::size_t count : {1, 10, 20, 50, 100, 250, 1000}) CHECK(kept(count).size() == count);
  CHECK(begins_and_ends(eq::schedule::section_indices(300, {10, 15, 20}), {0, 11, 22, 33, 44}, {283, 289, 294, 299}));
  CHECK(eq::schedule::section_indices(300, {10, 15, 20}).size() == 45);
}

TEST_CASE("the first sections are longer where the steps do not divide", "[schedule][respacing]") {
  // 0 1 2 3 | 4 5 6 | 7 8 9
  CHECK(eq::schedule::section_indices(10, {2, 2, 1}) == indices{0, 3, 4, 6, 7});
}

TEST_CASE("ddim keeps the multiples of the smallest fitting stride", "[schedule][respacing]") {
  const indices kept_25 = respaced_indices(1000, 25, respacing::ddim);
  const indices kept_50 = respaced_indices(1000, 50, respacing::ddim);
  CHECK(kept_25.size() == 25);
  CHECK(begins_and_ends(kept_25, {0, 40, 80}, {920, 960}));
  CHECK(kept_50.size() == 50);
  CHECK(begins_and_ends(kept_50, {0, 20, 40}, {960, 980}));
  CHECK(respaced_indices(10, 4, respacing::ddim) == indices{0, 3, 6, 9});
  REQUIRE_THROWS_WITH(respaced_indices(1000, 999, respacing::ddim), eq::test::contains("no stride through 1000"));
}

TEST_CASE("the strided and the quadratic rule keep what SITCOM and DiffPIR visit", "[schedule][respacing]") {
  CHECK(begins_and_ends(respaced_indices(1000, 20, respacing::stride), {0, 50, 100}, {900, 950}));
  CHECK(respaced_indices(10, 3, respacing::stride) == indices{0, 3, 6});
  CHECK(respaced_indices(1000, 20, respacing::quadratic) ==
        indices{0, 26, 54, 82, 111, 141, 172, 205, 239, 274, 311, 351, 393, 438, 487, 541, 602, 675, 770, 999});
}

TEST_CASE("the respaced chain has the betas of the shorter process", "[schedule][respacing]") {
  const double expected[] = {1.0e-4,   0.126308, 0.316844, 0.466119, 0.583005,
                             0.674481, 0.746030, 0.801963, 0.845663, 0.879788};
  const auto levels = eq::schedule::vp_linear{.steps = 10}.levels();
  REQUIRE(levels.size() == 11);
  for (std::size_t j = 0; j < 10; ++j) {
    const double before = levels[10 - j].alpha_bar();  // the cleaner neighbour; `clean` for j = 0
    const double beta = 1 - levels[9 - j].alpha_bar() / before;
    CHECK(std::abs(beta - expected[j]) <= 5.1e-7);
    CHECK(levels[9 - j].time == 111.0 * static_cast<double>(j));  // the network is told the original index
  }
}

TEST_CASE("numbers of steps that no chain has are refused", "[schedule][respacing]") {
  REQUIRE_THROWS_WITH(respaced_indices(100, 0, respacing::sections), eq::test::contains("cannot keep 0 of 100"));
  REQUIRE_THROWS_WITH(respaced_indices(100, 101, respacing::stride), eq::test::contains("cannot keep 101 of 100"));
  REQUIRE_THROWS_WITH(eq::schedule::section_indices(10, {5, 6}),
                      eq::test::contains("section 1 has 5 of 10 trained steps; cannot keep 6"));
  REQUIRE_THROWS_WITH(eq::schedule::section_indices(10, {}), eq::test::contains("at least one section"));
  REQUIRE_THROWS_WITH(respaced_indices(20, 20, respacing::quadratic), eq::test::contains("twice"));
}

}  // namespace respacing_test
