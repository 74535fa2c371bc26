// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/backend/cpu/sources.hpp>

#include <support/catch.hpp>

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

namespace sources_test {

namespace eq = equireg;
using eq::cpu::block_size;
using eq::cpu::make_source;
using eq::cpu::tensor;

namespace {

constexpr eq::shape counted{2, 3, 41, 53};

tensor<float> counting(const eq::shape& s) {
  tensor<float> x(s);
  std::iota(x.values().begin(), x.values().end(), 0.0F);
  return x;
}

// Element by element, the sample as `source` makes it in blocks that begin anywhere.
template <class Source>
std::vector<float> read(Source source, const eq::shape& s, std::size_t b, std::size_t length) {
  source.check(s, "test");
  const auto buffer = std::make_unique<eq::cpu::scratch<float, true>>();
  std::vector<float> result;
  for (std::size_t first = 0; first < s.sample_size(); first += length) {
    const std::size_t count = std::min(length, s.sample_size() - first);
    const auto cursor = source.block(b, first, count, buffer->values);
    for (std::size_t i = 0; i < count; ++i) result.push_back(cursor[i]);
  }
  return result;
}

constexpr std::size_t lengths[] = {1, 7, 53, 1000, block_size};

}  // namespace

TEST_CASE("noise is the same in blocks that begin anywhere", "[backend][sources]") {
  const eq::normal_noise noise{{3, 1, eq::purpose::step, 8}};
  std::vector<float> expected(counted.sample_size());
  eq::fill_normal(expected.data(), 0, expected.size(), noise.address, 1);
  for (const std::size_t length : lengths) {
    CHECK(read(make_source<float>(noise), counted, 1, length) == expected);
  }
}

TEST_CASE("a broadcast image repeats over channels and samples, in any blocks", "[backend][sources]") {
  for (const eq::shape& from : {eq::shape{1, 1, 41, 53}, eq::shape{1, 3, 41, 53}, eq::shape{2, 1, 41, 53}, counted}) {
    const tensor<float> x = counting(from);
    std::vector<float> expected;
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t i = 0; i < 41 * 53; ++i) {
        expected.push_back(x(from.batch == 1 ? 0 : 1, from.channels == 1 ? 0 : c, i / 53, i % 53));
      }
    }
    for (const std::size_t length : lengths) {
      CHECK(read(make_source<float>(eq::broadcast{x}), counted, 1, length) == expected);
    }
  }
}

TEST_CASE("a permuted tensor reads through its map, in any blocks", "[backend][sources]") {
  const tensor<float> x = counting(counted);
  const eq::pixel_map map =
      compose(eq::pixel_map::shift(counted.plane(), 9, -20), eq::pixel_map::quarter_turn(counted.plane()));
  const eq::shape out = counted.with_plane(map.output);
  std::vector<float> expected;
  for (std::size_t i = 0; i < out.sample_size(); ++i) {
    const std::size_t plane = 41 * 53, within = i % plane;
    const eq::pixel from = map({within / map.output.width, within % map.output.width});
    expected.push_back(x(1, i / plane, from.row, from.column));
  }
  for (const std::size_t length : lengths) {
    CHECK(read(make_source<float>(eq::permuted{x, map}), out, 1, length) == expected);
  }
}

TEST_CASE("tensors, numbers of samples and nothing read as they are", "[backend][sources]") {
  const tensor<float> x = counting(counted), numbers({2, 1, 1, 1}, {4.0F, -2.0F});
  CHECK(read(make_source<float>(x), counted, 1, 100) == std::vector<float>(x.sample(1).begin(), x.sample(1).end()));
  CHECK(read(make_source<float>(eq::per_sample{numbers}), counted, 1, 100) ==
        std::vector<float>(counted.sample_size(), -2.0F));
  CHECK(read(make_source<float>(eq::absent{}), counted, 1, 100) == std::vector<float>(counted.sample_size(), 0.0F));
}

}  // namespace sources_test
