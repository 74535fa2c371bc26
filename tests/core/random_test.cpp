// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/core/random.hpp>

#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <set>
#include <vector>

namespace random_test {

namespace eq = equireg;

namespace {

template <class Real>
std::vector<Real> stream(std::size_t first, std::size_t count, const eq::noise_address& address,
                         std::uint64_t sample = 0) {
  std::vector<Real> out(count);
  eq::fill_normal(out.data(), first, count, address, sample);
  return out;
}

constexpr eq::noise_address here{0x0123456789abcdef, 7, eq::purpose::step, 5};

}  // namespace

TEST_CASE("a word is Philox4x32-10 of its address", "[core][random]") {
  // Known answers that Random123 ships; the counter is (block, step, sample, sample's high bits and purpose), the key
  // the seed.
  const auto zero = eq::random_bits::words({0, 0, eq::purpose{0}, 0}, 0, 0);
  CHECK(zero == eq::random_bits::quad<std::uint32_t>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const eq::noise_address pi{0x299f31d0a4093822, 0x85a308d3, eq::purpose{0x7344}, 0x037013198a2e - 3};
  const auto digits = eq::random_bits::words(pi, 3, 0x243f6a88);
  CHECK(digits == eq::random_bits::quad<std::uint32_t>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
  const eq::noise_address ones{~std::uint64_t{0}, 0xffffffff, eq::purpose{0xffff}, 0xffffffffffff};
  const auto last = eq::random_bits::words(ones, 0, 0xffffffff);
  CHECK(last == eq::random_bits::quad<std::uint32_t>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
}

TEST_CASE("normal numbers are Box-Muller of those words", "[core][random]") {
  for (const std::uint64_t sample : {std::uint64_t{0}, std::uint64_t{9}, std::uint64_t{0x123456789}}) {
    const auto z = stream<double>(0, 4000, here, sample);
    double worst = 0;
    for (std::uint32_t block = 0; block < 1000; ++block) {
      const auto word = eq::random_bits::words(here, sample, block);
      for (std::size_t pair = 0; pair < 2; ++pair) {
        const double u = (static_cast<double>(word[2 * pair] >> 1) + 0.5) * 0x1p-31;
        const double radius = std::sqrt(-2 * std::log(u));
        const std::uint32_t bits = word[2 * pair + 1];
        const double angle = std::numbers::pi * (static_cast<double>(bits >> 30) / 2 +
                                                 static_cast<double>(static_cast<std::int32_t>(bits << 2)) * 0x1p-33);
        worst = std::max(worst, std::abs(z[4 * block + 2 * pair] - radius * std::cos(angle)));
        worst = std::max(worst, std::abs(z[4 * block + 2 * pair + 1] - radius * std::sin(angle)));
      }
    }
    CHECK(worst < 2e-6);
  }
}

TEST_CASE("four normal numbers made where they are used have the bits of the stream", "[core][random]") {
  for (const std::uint64_t sample : {std::uint64_t{0}, std::uint64_t{9}, std::uint64_t{0x123456789}}) {
    const auto z = stream<float>(0, 40000, here, sample);
    std::size_t wrong = 0;
    for (std::uint32_t block = 0; block < 10000; ++block) {
      const auto four = eq::four_normals(here, sample, block);
      for (std::size_t j = 0; j < 4; ++j) {
        wrong += std::bit_cast<std::uint32_t>(four[j]) == std::bit_cast<std::uint32_t>(z[4 * block + j]) ? 0 : 1;
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("the stream has the same bits under every compiler and for every processor", "[core][random]") {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, here.seed}) {
    for (const float z : stream<float>(0, 100000, {seed, 3, eq::purpose::step, 2}, 1)) {
      hash = (hash ^ std::bit_cast<std::uint32_t>(z)) * 0x100000001b3;
    }
  }
  CHECK(hash == 0x2f17adab177ebbec);
}

TEST_CASE("float and double streams hold the same numbers", "[core][random]") {
  const auto single = stream<float>(0, 1003, here);
  const auto twice = stream<double>(0, 1003, here);
  for (std::size_t i = 0; i < single.size(); ++i) REQUIRE(static_cast<double>(single[i]) == twice[i]);
}

TEST_CASE("any part of a stream is that part of the whole", "[core][random]") {
  const auto whole = stream<float>(0, 2000, here);
  for (const std::size_t first : {0, 4, 64, 252, 256, 260, 1024}) {
    for (const std::size_t count : {1, 2, 3, 4, 5, 255, 256, 257, 700}) {
      CHECK(stream<float>(first, count, here) ==
            std::vector<float>(whole.begin() + static_cast<std::ptrdiff_t>(first),
                               whole.begin() + static_cast<std::ptrdiff_t>(first + count)));
    }
  }
}

TEST_CASE("a sample's stream does not depend on the batch it came in", "[core][random]") {
  for (const std::uint64_t sample : {0, 3, 70}) {
    eq::noise_address alone = here;
    alone.first_sample += sample;
    CHECK(stream<float>(0, 300, here, sample) == stream<float>(0, 300, alone, 0));
  }
}

TEST_CASE("each part of an address gives another stream", "[core][random]") {
  std::set<std::vector<float>> streams;
  std::size_t count = 0;
  const auto add = [&](const eq::noise_address& address) {
    streams.insert(stream<float>(0, 8, address));
    CHECK(streams.size() == ++count);
  };
  add({0, 0, eq::purpose::step, 0});
  add({1, 0, eq::purpose::step, 0});
  add({std::uint64_t{1} << 32, 0, eq::purpose::step, 0});
  add({0, 1, eq::purpose::step, 0});
  add({0, 0, eq::purpose::churn, 0});
  add({0, 0, eq::purpose::user, 0});
  add({0, 0, eq::purpose::step, 1});
  add({0, 0, eq::purpose::step, std::uint64_t{1} << 32});
}

TEST_CASE("normal numbers have the moments of a normal law, and no memory", "[core][random]") {
  constexpr std::size_t n = 1000000;
  const auto z = stream<double>(0, n, here);
  double moment[7] = {}, neighbours = 0, quadruples = 0;
  for (std::size_t i = 0; i < n; ++i) {
    double power = 1;
    for (double& m : moment) {
      m += power / n;
      power *= z[i];
    }
    if (i >= 1) neighbours += z[i] * z[i - 1] / (n - 1);
    if (i >= 4) quadruples += z[i] * z[i - 4] / (n - 4);
  }
  // E z^k = 1, 0, 1, 0, 3, 0, 15 with variances of z^k 0, 1, 2, 15, 96, 945, 10170.
  const double expected[] = {1, 0, 1, 0, 3, 0, 15}, variance[] = {0, 1, 2, 15, 96, 945, 10170};
  for (std::size_t k = 1; k < 7; ++k) {
    CAPTURE(k);
    CHECK(eq::test::within_standard_errors(moment[k], expected[k], std::sqrt(variance[k] / n)));
  }
  CHECK(eq::test::within_standard_errors(neighbours, 0, std::sqrt(1.0 / n)));
  CHECK(eq::test::within_standard_errors(quadruples, 0, std::sqrt(1.0 / n)));
}

TEST_CASE("normal numbers fill the quantiles of a normal law", "[core][random]") {
  constexpr std::size_t n = 400000;
  const auto z = stream<double>(0, n, {17, 0, eq::purpose::prior, 0});
  for (const double x : {-3.0, -2.0, -1.0, -0.25, 0.0, 0.5, 1.5, 2.5, 3.5}) {
    std::size_t below = 0;
    for (const double v : z) below += v < x ? 1 : 0;
    const double p = std::erfc(-x / std::numbers::sqrt2) / 2;
    CHECK(eq::test::within_standard_errors(static_cast<double>(below) / n, p, std::sqrt(p * (1 - p) / n)));
  }
}

TEST_CASE("uniform numbers lie in [0, 1) and are uniform", "[core][random]") {
  constexpr std::uint32_t n = 200000;
  double mean = 0, square = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    const double u = eq::uniform(here, 0, i);
    REQUIRE((u >= 0 && u < 1));
    mean += u / n;
    square += u * u / n;
  }
  CHECK(eq::test::within_standard_errors(mean, 0.5, std::sqrt(1.0 / 12 / n)));
  CHECK(eq::test::within_standard_errors(square, 1.0 / 3, std::sqrt(4.0 / 45 / n)));
}

TEST_CASE("uniform indices reach all of their range alike", "[core][random]") {
  constexpr std::uint32_t n = 70000;
  std::vector<double> counts(7);
  for (std::uint32_t i = 0; i < n; ++i) counts.at(eq::uniform_index(7, here, 1, i)) += 1;
  for (const double c : counts) {
    CHECK(eq::test::within_standard_errors(c / n, 1.0 / 7, std::sqrt(6.0 / 49 / n)));
  }
  CHECK(eq::uniform_index(1, here) == 0);
}

TEST_CASE("a draw without replacement is the first steps of a shuffle, and leaves all items there", "[core][random]") {
  const equireg::noise_address address{11, 3, equireg::purpose::mask, 0};
  std::vector<int> items = {10, 11, 12, 13, 14, 15};
  equireg::draw_to_front(items, 4, address, 2);
  std::vector<int> expected = {10, 11, 12, 13, 14, 15};
  for (std::size_t i = 0; i < 4; ++i) {
    std::swap(expected[i], expected[i + equireg::uniform_index(6 - i, address, 2, static_cast<std::uint32_t>(i))]);
  }
  CHECK(items == expected);
  std::sort(items.begin(), items.end());
  CHECK(items == std::vector<int>{10, 11, 12, 13, 14, 15});
}

TEST_CASE("each item is as likely to be drawn first", "[core][random]") {
  std::vector<int> drawn(5);
  for (std::uint64_t sample = 0; sample < 5000; ++sample) {
    std::vector<std::size_t> items = {0, 1, 2, 3, 4};
    equireg::draw_to_front(items, 1, {7, 0, equireg::purpose::user, 0}, sample);
    ++drawn[items[0]];
  }
  for (const int count : drawn) CHECK(std::abs(count - 1000) < 5 * std::sqrt(5000 * 0.2 * 0.8));
}

}  // namespace random_test
