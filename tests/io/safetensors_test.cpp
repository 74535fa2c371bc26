// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/temporary_file.hpp>

#include <equireg/io/safetensors.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace safetensors_test {

using equireg::io::safetensors_file;
using equireg::io::safetensors_writer;
using namespace equireg::test;

namespace {

std::string length_of(std::uint64_t n) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &n, 8);
  return bytes;
}

// A file from its header and the number of bytes of data.
std::string file_of(const std::string& header, std::size_t data_bytes) {
  return length_of(header.size()) + header + std::string(data_bytes, '\0');
}

// What the reader says of a file; empty where it takes it.
std::string verdict(const std::string& bytes) {
  const temporary_file file("hostile.safetensors");
  file.write(bytes);
  try {
    const safetensors_file opened(file.path());
    return "";
  } catch (const equireg::error& e) {
    return e.what();
  }
}

std::string verdict(const std::string& header, std::size_t data_bytes) { return verdict(file_of(header, data_bytes)); }

// One tensor "a" with the given fields.
std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

}  // namespace

TEST_CASE("safetensors come back as they were written", "[io][safetensors]") {
  const temporary_file file("round_trip.safetensors");
  const std::vector<double> values = {1.0, -2.5, 1e-3, 65504.0, 0.0, INFINITY};
  safetensors_writer writer;
  writer.add("double", {2, 3}, values);
  writer.add("float", {6}, values, "F32");
  writer.add("half", {3, 1, 2}, values, "F16");
  writer.add("brain", {6, 1}, values, "BF16");
  writer.add("scalar", {}, std::vector<float>{7});
  writer.add("empty", {4, 0}, std::vector<float>{});
  writer.add("name with \"quotes\", \\ and \xC3\xA9", {1}, std::vector<float>{3});
  writer.set_metadata("format", "test");
  writer.write(file.path());

  const safetensors_file read(file.path());
  CHECK(read.tensors().size() == 7);
  CHECK(read.metadata("format") == "test");
  CHECK(read.read<double>("double") == values);
  CHECK(read.read<double>("double", {2, 3}) == values);
  CHECK(read.read<float>("float") == std::vector<float>{1.0F, -2.5F, 1e-3F, 65504.0F, 0.0F, INFINITY});
  CHECK(read.entry("half").dtype == "F16");
  CHECK(read.entry("half").shape == std::vector<std::uint64_t>{3, 1, 2});
  const auto half = read.read<double>("half"), brain = read.read<double>("brain");
  for (std::size_t i = 0; i + 1 < values.size(); ++i) {
    CHECK(std::abs(half[i] - values[i]) <= std::abs(values[i]) * 0x1p-11);
    CHECK(std::abs(brain[i] - values[i]) <= std::abs(values[i]) * 0x1p-8);
  }
  CHECK(std::isinf(half[5]));
  CHECK(read.read<float>("scalar") == std::vector<float>{7});
  CHECK(read.read<float>("empty").empty());
  CHECK(read.read<float>("name with \"quotes\", \\ and \xC3\xA9") == std::vector<float>{3});
  CHECK(read.bytes("float").size() == 24);
  CHECK_THROWS_WITH(read.read<float>("nothing"), contains("no tensor named 'nothing'"));
  CHECK_THROWS_WITH(read.read<float>("half", {6}), contains("tensor 'half' has shape [3, 1, 2], expected [6]"));

  // The layout of the reference writer: aligned data, larger elements first.
  const std::string bytes = file.read();
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  CHECK(length % 8 == 0);
  CHECK(bytes[8] == '{');
  CHECK(read.entry("double").begin == 0);
  CHECK(read.entry("half").begin > read.entry("float").begin);
}

TEST_CASE("legal but unusual safetensors are read", "[io][safetensors]") {
  CHECK(verdict("{}", 0) == "");
  CHECK(verdict(entry("\"F32\"", "[0,1099511627776,1099511627776]", "[0,0]"), 0) == "");
  CHECK(verdict(entry("\"F32\"", "[]", "[0,4]"), 4) == "");
  CHECK(verdict(" \t\r\n" + entry("\"F64\"", "[1]", "[0,8]") + " \n ", 8) == "");
  CHECK(verdict(entry("\"F4\"", "[4]", "[0,2]"), 2) == "");
  CHECK(verdict(R"({"\u00e9\n":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1) == "");
  CHECK(verdict(R"({"__metadata__":{},"b":{"data_offsets":[2,3],"shape":[1],"dtype":"I8"},)"
                R"("a":{"dtype":"I16","shape":[1],"data_offsets":[0,2]}})",
                3) == "");
  // A header of odd length, so that no element is aligned, and data that are no number.
  const temporary_file file("misaligned.safetensors");
  const std::string header = entry("\"F32\"", "[1]", "[0,4]");
  file.write(length_of(header.size()) + header + std::string("\x00\x00\xC0\x7F", 4));
  REQUIRE((8 + header.size()) % 4 != 0);
  CHECK(std::isnan(safetensors_file(file.path()).read<float>("a")[0]));
  file.write(file_of(entry("\"I64\"", "[1]", "[0,8]"), 8));
  CHECK_THROWS_WITH(safetensors_file(file.path()).read<float>("a"), contains("has dtype I64, expected F16, BF16"));
}

TEST_CASE("hostile safetensors are refused, each for its own fault", "[io][safetensors]") {
  const auto refused = [](const std::string& said, const std::string& because) {
    INFO("expected '" << because << "', said '" << said << "'");
    CHECK(said.find(because) != std::string::npos);
  };
  const std::string f32 = "\"F32\"", good = entry(f32, "[2]", "[0,8]");
  REQUIRE(verdict(good, 8) == "");

  // Sizes.
  refused(verdict(std::string(7, '\0')), "at least 8 bytes");
  refused(verdict(length_of(~std::uint64_t{0}) + "{}"), "the header should have from 2");
  refused(verdict(length_of(3) + "{}"), "the header should have from 2 to 2 bytes, the file says 3");
  refused(verdict(length_of(1) + "{}"), "the header should have from 2");
  refused(verdict(length_of(100'000'001) + "{}"), "the header should have from 2");
  refused(verdict(good, 7), "ends at byte 8 of 7");
  refused(verdict(good, 9), "the tensors end at byte 8, but the file has 9");
  refused(verdict("{}", 1), "the tensors end at byte 0, but the file has 1");

  // JSON.
  refused(verdict("[]", 0), "should be a JSON object, found an array");
  refused(verdict("17", 0), "should be a JSON object, found the number 17");
  refused(verdict("{} {}", 0), "not valid JSON");
  refused(verdict("   ", 0), "not valid JSON");
  refused(verdict(good.substr(0, good.size() - 1), 8), "not valid JSON");
  refused(verdict("\xEF\xBB\xBF" + good, 8), "not valid JSON");
  refused(verdict("{}" + std::string(1, '\0') + "  ", 0), "not valid JSON");
  refused(verdict("{\"a\xFF\":{}}", 0), "not valid JSON");
  refused(verdict(R"({"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1), "not valid JSON");
  refused(verdict("{/* */}", 0), "not valid JSON");
  refused(verdict(R"({"a":)" + std::string(10000, '['), 0), "maximum parsing depth reached");
  refused(verdict(R"({"a":{"dtype":{"x":1},"shape":[],"data_offsets":[]}})", 0), "should be a text, found an object");

  // Keys.
  const std::string body = R"({"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  refused(verdict(R"({"a":)" + body + R"(,"a":)" + body + "}", 0), "duplicate object key");
  refused(verdict(R"({"a":)" + body + R"(,"\u0061":)" + body + "}", 0), "duplicate object key");
  refused(verdict(R"({"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}})", 0),
          "duplicate object key");
  refused(verdict(R"({"__metadata__":{"k":"1","k":"2"}})", 0), "duplicate object key");
  refused(verdict(R"({"__metadata__":{},"__metadata__":{}})", 0), "duplicate object key");
  refused(verdict(R"({"a":{"dtype":"U8","shape":[0]}})", 0), "tensor 'a' has no `data_offsets`");
  refused(verdict(R"({"a":{}})", 0), "tensor 'a' has no `dtype`");
  refused(verdict(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}})", 0), "the unknown field 'x'");
  refused(verdict(R"({")" + std::string(5000, 'n') + R"(":)" + body + "}", 0), "a name is longer than 4096");

  // Values.
  refused(verdict(R"({"__metadata__":{"k":1}})", 0), "should hold texts, found the number 1 at 'k'");
  refused(verdict(R"({"__metadata__":"k"})", 0), "should be an object, found a text");
  refused(verdict(R"({"__metadata__":{"k":["1"]}})", 0), "should hold texts, found an array at 'k'");
  refused(verdict(R"({"a":5})", 0), "tensor 'a' should be an object, found the number 5");
  refused(verdict(R"({"a":null})", 0), "tensor 'a' should be an object, found null");
  refused(verdict(entry("\"F31\"", "[2]", "[0,8]"), 8), "the unknown dtype 'F31'");
  refused(verdict(entry("4", "[2]", "[0,8]"), 8), "`dtype` of tensor 'a' should be a text, found the number 4");
  refused(verdict(entry(f32, "\"2\"", "[0,8]"), 8), "`shape` of tensor 'a' should be an array, found a text");
  refused(verdict(entry(f32, "[[2]]", "[0,8]"), 8), "`shape` of tensor 'a' should hold whole numbers, found an array");
  refused(verdict(entry(f32, "[true]", "[0,8]"), 8), "found a truth value");
  refused(verdict(entry(f32, "[1,1,1,1,1,1,1,1,2]", "[0,8]"), 8), "has more than 8 elements");
  refused(verdict(entry(f32, "[-2]", "[0,8]"), 8), "the number -2");
  refused(verdict(entry(f32, "[2]", "[-8,0]"), 8), "the number -8");
  refused(verdict(entry(f32, "[2]", "[0,8.0]"), 8), "found the real number 8");
  refused(verdict(entry(f32, "[2]", "[0,8e0]"), 8), "found the real number 8");
  refused(verdict(entry(f32, "[2]", "[0,18446744073709551616]"), 8), "too big integer");
  refused(verdict(entry(f32, "[2]", "[0]"), 8), "has 1 elements, expected 2");
  refused(verdict(entry(f32, "[2]", "[0,8,8]"), 8), "more than 2 elements");

  // Extents.
  refused(verdict(entry(f32, "[1099511627776,1099511627776,0]", "[0,0]"), 0), "more than 2^64 elements");
  refused(verdict(entry(f32, "[4294967296,2147483648]", "[0,0]"), 0), "no whole number of bytes");
  refused(verdict(entry("\"F4\"", "[3]", "[0,2]"), 2), "no whole number of bytes");
  refused(verdict(entry(f32, "[3]", "[0,8]"), 8), "tensor 'a' needs 12 bytes, but its offsets are [0, 8]");
  refused(verdict(entry(f32, "[2]", "[8,0]"), 8), "its offsets are [8, 0]");
  refused(verdict(entry(f32, "[2]", "[1,9]"), 9), "tensor 'a' begins at byte 1, but the tensor before it ends at 0");
  const auto two = [](const std::string& first, const std::string& second) {
    return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + first +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}";
  };
  CHECK(verdict(two("[4,8]", "[0,4]"), 8) == "");
  refused(verdict(two("[0,4]", "[3,7]"), 7), "begins at byte 3, but the tensor before it ends at 4");
  refused(verdict(two("[0,4]", "[5,9]"), 9), "begins at byte 5, but the tensor before it ends at 4");
  refused(verdict(two("[0,4]", "[0,4]"), 4), "begins at byte 0, but the tensor before it ends at 4");
}

TEST_CASE("messages show names without their control characters", "[io][safetensors]") {
  const auto said = verdict(R"({"\u001b[2J":{}})", 0);
  CHECK(said.find('\x1b') == std::string::npos);
  CHECK(said.find("'?[2J'") != std::string::npos);
}

TEST_CASE("a file that shrinks after it was opened is found out", "[io][safetensors]") {
  const temporary_file file("shrinks.safetensors");
  safetensors_writer writer;
  writer.add("a", {1000}, std::vector<float>(1000, 1.0F));
  writer.write(file.path());
  const safetensors_file opened(file.path());
  std::filesystem::resize_file(file.path(), 500);
  CHECK_THROWS_WITH(opened.read<float>("a"), contains("the file ended"));
  CHECK_THROWS_WITH(safetensors_file("/nonexistent/x.safetensors"),
                    contains("/nonexistent/x.safetensors: cannot open"));
}

TEST_CASE("the writer refuses what it cannot store", "[io][safetensors]") {
  safetensors_writer writer;
  const std::vector<float> three(3);
  writer.add("a", {3}, three);
  CHECK_THROWS_WITH(writer.add("a", {3}, three), contains("the name 'a' is taken"));
  CHECK_THROWS_WITH(writer.add("__metadata__", {3}, three), contains("is taken"));
  CHECK_THROWS_WITH(writer.add("b", {2}, three), contains("tensor 'b' has 3 values for a shape of 2"));
  CHECK_THROWS_WITH(writer.add("b", {3}, three, "I8"), contains("cannot store I8"));
  CHECK_THROWS_WITH(writer.add(std::string(4097, 'n'), {3}, three), contains("readers take up to 4096 bytes"));
  CHECK_THROWS_WITH(writer.add("b", {1, 1, 1, 1, 1, 1, 1, 1, 3}, three), contains("9 extents"));
  CHECK_THROWS_WITH(writer.set_metadata("k", std::string(10'000'000, 'v')), contains("makes 10000001 in all"));
  CHECK_THROWS_WITH(writer.set_metadata(std::string(4097, 'k'), ""), contains("a key of 4097 bytes"));
  CHECK_THROWS_WITH(writer.write("/nonexistent/x.safetensors"), contains("cannot write /nonexistent/"));
  safetensors_writer bad;
  bad.add("\xFF", {3}, three);
  CHECK_THROWS_WITH(bad.write("/nonexistent/x.safetensors"), contains("not UTF-8"));
}

TEST_CASE("a write that fails leaves what was there, and nothing beside it", "[io][safetensors]") {
  const temporary_file place("taken.safetensors");
  REQUIRE(std::filesystem::create_directories(place.path() / "inside"));  // a file cannot take a folder's name
  safetensors_writer writer;
  writer.add("a", {1}, std::vector<float>{1});
  CHECK_THROWS_WITH(writer.write(place.path()), contains("cannot rename"));
  CHECK(std::filesystem::is_directory(place.path() / "inside"));
  CHECK_FALSE(std::filesystem::exists(place.path().string() + ".partial"));
  std::filesystem::remove_all(place.path());

  writer.write(place.path());
  safetensors_writer second;
  second.add("b", {1}, std::vector<float>{2});
  second.write(place.path());
  CHECK(safetensors_file(place.path()).contains("b"));
  CHECK_FALSE(safetensors_file(place.path()).contains("a"));
  CHECK_FALSE(std::filesystem::exists(place.path().string() + ".partial"));
}

TEST_CASE("numbers from several pieces arrive in order, from several threads at once", "[io][safetensors]") {
  const temporary_file file("large.safetensors");
  constexpr std::size_t count = (1U << 17) + 5;
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i);
  safetensors_writer writer;
  writer.add("up", {count}, values);
  std::reverse(values.begin(), values.end());
  writer.add("down", {count}, values);
  writer.write(file.path());
  const safetensors_file read(file.path());
  std::vector<double> up, down;
  std::thread other([&] { up = read.read<double>("up"); });
  down = read.read<double>("down");
  other.join();
  std::reverse(down.begin(), down.end());
  REQUIRE(up.size() == count);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < count; ++i) wrong += up[i] != static_cast<double>(i);
  CHECK(wrong == 0);
  CHECK(up == down);
}

}  // namespace safetensors_test
