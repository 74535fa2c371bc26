// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>

#include <equireg/noise/stream.hpp>

#include <set>

namespace stream_test {

using namespace equireg;

TEST_CASE("substreams differ from each other and from their own substreams", "[noise][stream]") {
  const noise_address address{7, 3, purpose::measurement, 2};
  CHECK(noise::substream(address, 0).seed == 7);
  std::set<std::uint64_t> seeds = {7};
  for (std::uint64_t i = 1; i < 20; ++i) {
    const noise_address one = noise::substream(address, i);
    CHECK(one.step == 3);
    CHECK(one.first_sample == 2);
    seeds.insert(one.seed);
    for (std::uint64_t j = 1; j < 20; ++j) seeds.insert(noise::substream(one, j).seed);
  }
  CHECK(seeds.size() == 1 + 19 + 19 * 19);
}

TEST_CASE("open numbers keep off 0 and 1 and are symmetric about a half", "[noise][stream]") {
  CHECK(noise::open_unit(0, 0) == 0x1p-53);
  CHECK(noise::open_unit(~0U, ~0U) == 1 - 0x1p-53);
  CHECK(noise::open_unit(1, 2) + noise::open_unit(~1U, ~2U) == 1);
  const noise_address address{7, 3, purpose::measurement, 2};
  CHECK(noise::open_uniform(address, 0, 5) != noise::open_uniform(address, 0, 6));
  CHECK(noise::open_uniform(address, 1, 5) != noise::open_uniform(address, 0, 5));
}

}  // namespace stream_test
