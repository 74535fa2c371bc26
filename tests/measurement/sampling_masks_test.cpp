// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>

#include <equireg/measurement/sampling_masks.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sampling_masks_test {

using namespace equireg;
using measurement::line_direction;
using measurement::sampling_settings;
using tensor_f = cpu::tensor<float>;

const noise_address masks{0, 0, purpose::mask, 0};

/// Which lines a mask keeps; fails where a line is neither whole nor absent.
std::vector<bool> lines_of(const tensor_f& mask, line_direction direction) {
  const shape s = mask.shape();
  const bool columns = direction == line_direction::columns;
  const std::size_t lines = columns ? s.width : s.height, along = columns ? s.height : s.width;
  std::vector<bool> kept(lines);
  for (std::size_t i = 0; i < lines; ++i) {
    std::size_t ones = 0;
    for (std::size_t k = 0; k < along; ++k) ones += (columns ? mask(0, 0, k, i) : mask(0, 0, i, k)) == 1.0F;
    REQUIRE((ones == 0 || ones == along));
    kept[i] = ones > 0;
  }
  return kept;
}

std::size_t count(const std::vector<bool>& kept, std::size_t first, std::size_t last) {
  std::size_t n = 0;
  for (std::size_t i = first; i < last; ++i) n += kept[i];
  return n;
}

TEST_CASE("random lines have the published counts: 25 and 55 of 320 at R = 4, 12 and 28 at R = 8",
          "[measurement][sampling_masks]") {
  for (const auto direction : {line_direction::columns, line_direction::rows}) {
    const shape image = direction == line_direction::columns ? shape{1, 1, 6, 320} : shape{1, 1, 320, 6};
    const auto at_4 = lines_of(measurement::random_lines_mask(image, {4, 0, direction}, masks), direction);
    CHECK(count(at_4, 147, 172) == 25);  // [(320 - 25) / 2, (320 + 25) / 2)
    CHECK(count(at_4, 0, 320) == 80);
    const auto at_8 = lines_of(measurement::random_lines_mask(image, {8, 0, direction}, masks), direction);
    CHECK(count(at_8, 154, 166) == 12);
    CHECK(count(at_8, 0, 320) == 40);
    CHECK(count(at_8, 0, 154) > 0);
    CHECK(count(at_8, 166, 320) > 0);
  }
}

TEST_CASE("equispaced lines are the centre and every R-th line outside it", "[measurement][sampling_masks]") {
  const auto kept =
      lines_of(measurement::equispaced_lines_mask({1, 1, 2, 320}, {.acceleration = 4}), line_direction::columns);
  CHECK(count(kept, 147, 172) == 25);
  CHECK(count(kept, 0, 147) == 37);    // 0, 4, ..., 144
  CHECK(count(kept, 172, 320) == 37);  // the 148th outer line is 173, and every fourth after it
  CHECK(kept[144]);
  CHECK(!kept[172]);
  CHECK(kept[173]);
  CHECK(kept[177]);
}

TEST_CASE("variable density keeps the same number of lines, more of them near the centre",
          "[measurement][sampling_masks]") {
  std::size_t near = 0, far = 0;
  for (std::uint32_t step = 0; step < 20; ++step) {
    const auto kept = lines_of(
        measurement::variable_density_mask({1, 1, 1, 320}, {.acceleration = 4}, 8.0, {0, step, purpose::mask, 0}),
        line_direction::columns);
    CHECK(count(kept, 0, 320) == 80);
    CHECK(count(kept, 147, 172) == 25);
    near += count(kept, 110, 147) + count(kept, 172, 210);
    far += count(kept, 0, 50) + count(kept, 270, 320);
  }
  CHECK(near > 10 * far);  // weights (1 - r)^8: 0.18 at a third of the way, 0.0006 at 60%
}

TEST_CASE("each outer line is as likely as any other", "[measurement][sampling_masks]") {
  constexpr std::size_t draws = 2000;
  std::vector<std::size_t> kept_times(40);
  for (std::uint32_t step = 0; step < draws; ++step) {
    const auto kept =
        lines_of(measurement::random_lines_mask({1, 1, 1, 40}, {.acceleration = 4}, {7, step, purpose::mask, 0}),
                 line_direction::columns);
    for (std::size_t i = 0; i < 40; ++i) kept_times[i] += kept[i];
  }
  const double p = 7.0 / 37.0, deviation = std::sqrt(static_cast<double>(draws) * p * (1 - p));
  for (std::size_t i = 0; i < 40; ++i) {
    if (i >= 18 && i < 21) {
      CHECK(kept_times[i] == draws);
    } else {
      CHECK(std::abs(static_cast<double>(kept_times[i]) - draws * p) < 5 * deviation);
    }
  }
}

TEST_CASE("masks keep everything at R = 1, and refuse settings out of range", "[measurement][sampling_masks]") {
  CHECK(
      count(lines_of(measurement::random_lines_mask({1, 1, 1, 7}, {.acceleration = 1}, masks), line_direction::columns),
            0, 7) == 7);
  CHECK(count(lines_of(measurement::equispaced_lines_mask({1, 1, 1, 7}, {.acceleration = 1}), line_direction::columns),
              0, 7) == 7);
  REQUIRE_THROWS_WITH(measurement::random_lines_mask({1, 1, 1, 7}, {.acceleration = 0.5}, masks),
                      test::contains("0.5"));
  REQUIRE_THROWS_WITH(measurement::equispaced_lines_mask({1, 1, 1, 7}, {.centre_fraction = 1.5}),
                      test::contains("1.5"));
  REQUIRE_THROWS_WITH(measurement::equispaced_lines_mask({1, 1, 1, 7}, {.acceleration = INFINITY}),
                      test::contains("finite acceleration"));
  CHECK_NOTHROW(measurement::equispaced_lines_mask({1, 1, 1, 7}, {.acceleration = 1e30}));
}

}  // namespace sampling_masks_test
