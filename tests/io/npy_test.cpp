// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/io/npy.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace npy_test {

using namespace equireg;

class temporary_file {
 public:
  explicit temporary_file(const std::string& name)
      : path_((std::filesystem::temp_directory_path() / ("equireg_npy_test_" + name)).string()) {}
  ~temporary_file() { std::remove(path_.c_str()); }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  void write(const std::string& bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }
  [[nodiscard]] std::string read() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

 private:
  std::string path_;
};

std::string npy_bytes(const std::string& header, const std::string& elements) {
  std::string lead = "\x93NUMPY";
  lead += '\1';
  lead += '\0';
  lead += static_cast<char>(header.size());
  lead += '\0';
  return lead + header + elements;
}

TEMPLATE_TEST_CASE("what is written to a npy file is read back, in both precisions", "[io][npy]", float, double) {
  using X = cpu::tensor<TestType>;
  const temporary_file file("round_trip.npy");
  const X x = test::random_tensor<X>({2, 3, 5, 4}, 1);
  io::write_npy(file.path(), x);
  const X same = io::read_npy<TestType>(file.path());
  CHECK(same.shape() == x.shape());
  CHECK(std::equal(x.values().begin(), x.values().end(), same.values().begin()));
  CHECK((file.read().size() - x.size() * sizeof(TestType)) % 64 == 0);
  const auto as_double = io::read_npy<double>(file.path());
  CHECK(as_double.data()[7] == static_cast<double>(x.data()[7]));
}

TEST_CASE("bytes are written rounded and read as numbers", "[io][npy]") {
  const temporary_file file("bytes.npy");
  io::write_npy_as<std::uint8_t>(file.path(), cpu::tensor<float>({1, 1, 1, 3}, {0.0F, 254.6F, 7.4F}));
  const auto x = io::read_npy<float>(file.path());
  CHECK(std::vector<float>(x.values().begin(), x.values().end()) == std::vector<float>{0, 255, 7});
  REQUIRE_THROWS_WITH(io::write_npy_as<std::uint8_t>(file.path(), cpu::tensor<float>({1, 1, 1, 1}, 256.0F)),
                      test::contains("0 ... 255, but got 256"));
}

TEST_CASE("npy arrays of fewer extents are the last of the four", "[io][npy]") {
  const temporary_file file("ranks.npy");
  const auto shape_of = [&](const std::string& extents, std::size_t count) {
    file.write(
        npy_bytes("{'descr': '|u1', 'fortran_order': False, 'shape': " + extents + ", }\n", std::string(count, '\3')));
    return io::read_npy<float>(file.path()).shape();
  };
  CHECK(shape_of("()", 1) == shape{1, 1, 1, 1});
  CHECK(shape_of("(5,)", 5) == shape{1, 1, 1, 5});
  CHECK(shape_of("(2, 3)", 6) == shape{1, 1, 2, 3});
  CHECK(shape_of("(2, 3, 1)", 6) == shape{1, 2, 3, 1});
  CHECK(shape_of("(0, 3)", 0) == shape{1, 1, 0, 3});
}

TEST_CASE("npy files that are not what they say are refused", "[io][npy]") {
  const temporary_file file("broken.npy");
  const auto refusal = [&](const std::string& bytes) -> std::string {
    file.write(bytes);
    try {
      static_cast<void>(io::read_npy<float>(file.path()));
    } catch (const error& e) {
      return e.what();
    }
    return "accepted";
  };
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }";
  CHECK(refusal(npy_bytes(good, std::string(8, '\0'))) == "accepted");
  CHECK_THAT(refusal(npy_bytes(good, std::string(7, '\0'))),
             test::contains("should hold 8 bytes of elements, but holds 7"));
  CHECK_THAT(refusal(npy_bytes(good, std::string(9, '\0'))), test::contains("but holds 9"));
  CHECK_THAT(refusal(""), test::contains("is not a .npy file"));
  CHECK_THAT(refusal("\x93NUMPZ1234567"), test::contains("is not a .npy file"));
  CHECK_THAT(refusal(npy_bytes(good, "").substr(0, 20)), test::contains("ends in its header"));
  const auto with = [&](const std::string& header) { return refusal(npy_bytes(header, std::string(8, '\0'))); };
  CHECK_THAT(with("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }"), test::contains("holds '>f4'"));
  CHECK_THAT(with("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }"), test::contains("expected '<f4'"));
  CHECK_THAT(with("{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }"), test::contains("Fortran order"));
  CHECK_THAT(with("{'descr': '<f4', 'fortran_order': False}"), test::contains("no 'shape'"));
  CHECK_THAT(with("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }"), test::contains("no tuple of numbers"));
  CHECK_THAT(with("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,2), }"),
             test::contains("more than four"));
  CHECK_THAT(with("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999,), }"),
             test::contains("too large"));
  CHECK_THAT(with("{'descr': '<f4', 'fortran_order': False, 'shape': (400000000000000000, 400000000000000000), }"),
             test::contains("too large"));
  REQUIRE_THROWS_WITH(io::read_npy<float>("/nowhere/at/all.npy"), test::contains("cannot open /nowhere/at/all.npy"));
  REQUIRE_THROWS_WITH(io::write_npy("/nowhere/at/all.npy", cpu::tensor<float>({1, 1, 1, 1}, 0.0F)),
                      test::contains("cannot write"));
}

}  // namespace npy_test
