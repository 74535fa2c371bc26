// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>

#include <equireg/io/float16.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

namespace float16_test {

using namespace equireg::io;

TEST_CASE("every binary16 has the value of the standard's formula", "[io][float16]") {
  std::size_t wrong = 0;
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const int sign = bits >= 0x8000U ? -1 : 1, exponent = static_cast<int>(bits / 1024 % 32);
    const int mantissa = static_cast<int>(bits % 1024);
    const float value = from_half(static_cast<std::uint16_t>(bits));
    if (exponent == 31) {
      if (mantissa == 0 ? value != static_cast<float>(sign) * INFINITY : !std::isnan(value)) ++wrong;
      continue;
    }
    const double expected =
        exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1 + mantissa / 1024.0, exponent - 15);
    if (static_cast<double>(value) != sign * expected || std::signbit(value) != (sign < 0)) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("every bfloat16 has the value of its eight exponent and seven mantissa bits", "[io][float16]") {
  std::size_t wrong = 0;
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const int sign = bits >= 0x8000U ? -1 : 1, exponent = static_cast<int>(bits / 128 % 256);
    const int mantissa = static_cast<int>(bits % 128);
    const float value = from_bfloat16(static_cast<std::uint16_t>(bits));
    if (exponent == 255) {
      if (mantissa == 0 ? value != static_cast<float>(sign) * INFINITY : !std::isnan(value)) ++wrong;
      continue;
    }
    const double expected =
        exponent == 0 ? std::ldexp(mantissa, -133) : std::ldexp(1 + mantissa / 128.0, exponent - 127);
    if (static_cast<double>(value) != sign * expected || std::signbit(value) != (sign < 0)) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("every binary16 survives the way to float and back", "[io][float16]") {
  std::size_t wrong = 0;
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = from_half(half);
    const bool nan = (bits & 0x7c00U) == 0x7c00U && (bits & 0x3ffU) != 0;
    if (nan ? !std::isnan(value) || !std::isnan(from_half(to_half(value))) : to_half(value) != half) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("every bfloat16 survives the way to float and back", "[io][float16]") {
  std::size_t wrong = 0;
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = from_bfloat16(half);
    if (std::isnan(value) ? !std::isnan(from_bfloat16(to_bfloat16(value))) : to_bfloat16(value) != half) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("binary16 has its known values", "[io][float16]") {
  CHECK(from_half(0x3c00) == 1.0F);
  CHECK(from_half(0xc000) == -2.0F);
  CHECK(from_half(0x7bff) == 65504.0F);
  CHECK(from_half(0x0001) == 0x1p-24F);
  CHECK(from_half(0x8400) == -0x1p-14F);
  CHECK(from_half(0x3555) == 0.333251953125F);
  CHECK(from_half(0x7c00) == std::numeric_limits<float>::infinity());
  CHECK(std::signbit(from_half(0x8000)));
}

TEST_CASE("numbers between two binary16 go to the nearer, ties to the even", "[io][float16]") {
  std::size_t wrong = 0;
  for (std::uint32_t bits = 0; bits < 0x7bff; ++bits) {
    const float low = from_half(static_cast<std::uint16_t>(bits));
    const float high = from_half(static_cast<std::uint16_t>(bits + 1));
    const float middle = 0.5F * (low + high);  // exact in float
    const auto even = static_cast<std::uint16_t>(bits % 2 == 0 ? bits : bits + 1);
    if (to_half(middle) != even || to_half(-middle) != (even | 0x8000U)) ++wrong;
    if (to_half(std::nextafter(middle, 0.0F)) != bits || to_half(std::nextafter(middle, high)) != bits + 1) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(to_half(65519.0F) == 0x7bff);
  CHECK(to_half(65520.0F) == 0x7c00);
  CHECK(to_half(-1e30F) == 0xfc00);
  CHECK(to_bfloat16(1.00390625F) == 0x3f80);          // a tie: 1 is even
  CHECK(to_bfloat16(1.01171875F) == 0x3f82);          // a tie: up to the even
  CHECK(to_bfloat16(std::numeric_limits<float>::max()) == 0x7f80);
}

}  // namespace float16_test
