// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>

#include <equireg/io/safetensors_header.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace safetensors_header_test {

namespace io = equireg::io;
using namespace equireg::test;

namespace {

io::safetensors_header parse(const std::string& text, std::uint64_t data_bytes = 0) {
  return io::parse_safetensors_header(text, data_bytes, "here");
}

std::string entry(const std::string& dtype, const std::string& shape, std::uint64_t begin, std::uint64_t end) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":[)" + std::to_string(begin) + "," +
         std::to_string(end) + "]}";
}

const std::string empty_tensor = entry("U8", "[0]", 0, 0);

}  // namespace

TEST_CASE("a header is given back as it stands, whatever its order", "[io][safetensors_header]") {
  const auto header = parse(" {\"b\":" + entry("F16", "[3,1]", 8, 14) +
                                ",\"__metadata__\":{\"k\":\"v\",\"\":\"\"},\"a\":" + entry("C64", "[]", 0, 8) +
                                ",\"e\\\"\\u00e9\":" + entry("F32", "[2,0]", 8, 8) + "}\r\n\t ",
                            14);
  REQUIRE(header.tensors.size() == 3);
  CHECK(header.metadata == std::map<std::string, std::string>{{"k", "v"}, {"", ""}});
  const auto& b = header.tensors.at("b");
  CHECK(b.dtype == "F16");
  CHECK(b.shape == std::vector<std::uint64_t>{3, 1});
  CHECK((b.begin == 8 && b.end == 14 && b.count() == 3));
  CHECK(header.tensors.at("a").shape.empty());
  CHECK(header.tensors.at("a").count() == 1);
  CHECK(header.tensors.at("e\"\xC3\xA9").count() == 0);
}

TEST_CASE("every dtype of the format has its size", "[io][safetensors_header]") {
  const std::vector<std::pair<std::string, unsigned>> bits = {
      {"BOOL", 8},        {"F4", 4},          {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},   {"I8", 8},
      {"F8_E5M2", 8},     {"F8_E4M3", 8},     {"F8_E8M0", 8}, {"I16", 16},    {"U16", 16}, {"F16", 16},
      {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"BF16", 16},   {"I32", 32},    {"U32", 32}, {"F32", 32},
      {"C64", 64},        {"F64", 64},        {"I64", 64},    {"U64", 64}};
  for (const auto& [dtype, expected] : bits) {
    CAPTURE(dtype);
    CHECK(io::bits_of_dtype(dtype) == expected);
    // Four elements are a whole number of bytes of each.
    CHECK(parse("{\"a\":" + entry(dtype, "[4]", 0, expected / 2) + "}", expected / 2).tensors.size() == 1);
  }
  for (const auto* const unknown : {"", "F31", "f32", "F32 ", "FLOAT"}) CHECK_FALSE(io::bits_of_dtype(unknown));
  CHECK_THROWS_WITH(parse("{\"a\":" + entry("F6_E2M3", "[2]", 0, 2) + "}", 2), contains("no whole number of bytes"));
}

TEST_CASE("an extent of zero saves only the extents after it from overflow", "[io][safetensors_header]") {
  CHECK(parse("{\"a\":" + entry("F32", "[0,1099511627776,1099511627776]", 0, 0) + "}").tensors.size() == 1);
  CHECK_THROWS_WITH(parse("{\"a\":" + entry("F32", "[1099511627776,1099511627776,0]", 0, 0) + "}"),
                    contains("more than 2^64 elements"));
  // 2^63 - 1 is a legal extent by itself, the largest that the parser takes, but nothing that a machine holds.
  const std::uint64_t most = ~std::uint64_t{0} >> 1;
  CHECK_THROWS_WITH(parse("{\"a\":" + entry("F32", "[9223372036854775807]", 0, most) + "}", most),
                    contains("no whole number of bytes"));
  CHECK_THROWS_WITH(parse("{\"a\":" + entry("F32", "[9223372036854775808]", 0, 0) + "}"), contains("too big integer"));
  CHECK_THROWS_WITH(parse("{\"a\":" + entry("U8", "[2305843009213693951]", 0, most >> 2) + "}", most >> 2),
                    contains("too large for this machine"));
}

TEST_CASE("tensors of no length may lie between others, never within", "[io][safetensors_header]") {
  const auto with_empty_at = [](std::uint64_t at) {
    return parse("{\"a\":" + entry("U8", "[2]", 0, 2) + ",\"b\":" + entry("U8", "[2]", 2, 4) +
                     ",\"e\":" + entry("U8", "[0]", at, at) + "}",
                 4);
  };
  for (const std::uint64_t at : {0, 2, 4}) CHECK(with_empty_at(at).tensors.size() == 3);
  for (const std::uint64_t at : {1, 3}) CHECK_THROWS_WITH(with_empty_at(at), contains("but the tensor before it ends"));
  CHECK_THROWS_WITH(with_empty_at(5), contains("ends at byte 5 of 4"));
}

TEST_CASE("a key that repeats is seen even where the copy leaves no gap", "[io][safetensors_header]") {
  CHECK(parse("{\"a\":" + empty_tensor + ",\"b\":" + empty_tensor + "}").tensors.size() == 2);
  CHECK_THROWS_WITH(parse("{\"a\":" + empty_tensor + ",\"\\u0061\":" + empty_tensor + "}"),
                    contains("duplicate object key"));
  CHECK_THROWS_WITH(parse("{\"__metadata__\":{},\"\\u005f_metadata__\":{}}"), contains("duplicate object key"));
  CHECK_THROWS_WITH(parse("{\"__metadata__\":{\"k\":\"1\",\"\\u006b\":\"1\"}}"), contains("duplicate object key"));
  // The same words under different tensors are no repetition.
  CHECK(parse("{\"__metadata__\":{\"dtype\":\"x\"},\"dtype\":" + empty_tensor + "}").tensors.contains("dtype"));
}

TEST_CASE("names, ranks and metadata have limits, which are met exactly", "[io][safetensors_header]") {
  const auto named = [](std::size_t length) {
    return parse("{\"" + std::string(length, 'n') + "\":" + empty_tensor + "}").tensors.size();
  };
  CHECK(named(4096) == 1);
  CHECK_THROWS_WITH(named(4097), contains("a name is longer than 4096 bytes"));

  CHECK(parse("{\"a\":" + entry("U8", "[1,1,1,1,1,1,1,0]", 0, 0) + "}").tensors.size() == 1);
  CHECK_THROWS_WITH(parse("{\"a\":" + entry("U8", "[1,1,1,1,1,1,1,1,0]", 0, 0) + "}"),
                    contains("more than 8 elements"));

  const auto metadata = [](std::size_t length) {
    return parse("{\"__metadata__\":{\"k\":\"" + std::string(length, 'v') + "\"}}").metadata.at("k").size();
  };
  CHECK(metadata(9'999'999) == 9'999'999);
  CHECK_THROWS_WITH(metadata(10'000'000), contains("the metadata are longer than 10000000 bytes"));
}

TEST_CASE("a million tensors are read, one more is not", "[io][safetensors_header][slow]") {
  std::string text = "{";
  for (int i = 0; i < 1'000'000; ++i) {
    text += (i > 0 ? ",\"" : "\"") + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  }
  CHECK(parse(text + ",\"__metadata__\":{}}").tensors.size() == 1'000'000);
  CHECK_THROWS_WITH(parse(text + ",\"a\":" + empty_tensor + "}"), contains("more than 1000000 tensors"));
}

TEST_CASE("a header that ends in the middle of a long text is refused in few words", "[io][safetensors_header]") {
  std::string said;
  try {
    parse("{\"" + std::string(1'000'000, 'n'));
  } catch (const equireg::error& e) {
    said = e.what();
  }
  CHECK(said.find("here: the header is not valid JSON") == 0);
  CHECK(said.size() < 300);
}

TEST_CASE("a header cut off anywhere is refused", "[io][safetensors_header]") {
  const std::string text = "{\"__metadata__\":{\"k\":\"v\"},\"a\":" + entry("F32", "[2,3]", 0, 24) + "}";
  REQUIRE(parse(text, 24).tensors.size() == 1);
  for (std::size_t length = 0; length < text.size(); ++length) {
    CAPTURE(length);
    CHECK_THROWS_AS(parse(text.substr(0, length), 24), equireg::error);
  }
}

TEST_CASE("a header with any byte changed is refused or says something whole", "[io][safetensors_header]") {
  const std::string text = "{\"__metadata__\":{\"k\":\"v\"},\"a\":" + entry("F32", "[2,3]", 0, 24) + "}";
  int refused = 0, taken = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string damaged = text;
      damaged[at] = static_cast<char>(byte);
      try {
        const auto header = parse(damaged, 24);
        ++taken;
        // Whatever it says now, it covers the 24 bytes.
        std::uint64_t bytes = 0;
        for (const auto& [name, e] : header.tensors) bytes += io::safetensors_bytes(name, e, "here");
        if (bytes != 24) FAIL_CHECK("byte " << byte << " at " << at << " leaves " << bytes << " bytes");
      } catch (const equireg::error&) {
        ++refused;
      }
    }
  }
  CHECK(refused > taken);
  CHECK(taken > 0);
}

}  // namespace safetensors_header_test
