// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>

#include <equireg/core/filter_kernel.hpp>

#include <limits>

namespace filter_kernel_test {

using namespace equireg;

dense_matrix matrix(std::size_t rows, std::size_t columns, std::vector<double> values) {
  dense_matrix m(rows, columns);
  m.values = std::move(values);
  return m;
}

TEST_CASE("a kernel's centre is its middle, and stays in place when it is flipped or cropped",
          "[core][filter_kernel]") {
  const filter_kernel k(matrix(3, 4, {0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0}));
  CHECK(k.centre_row() == 1);
  CHECK(k.centre_column() == 2);
  const filter_kernel f = k.flipped();
  CHECK(f.weights().values == std::vector<double>{0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0});
  CHECK((f.centre_row() == 1 && f.centre_column() == 1));  // the weight 2 at the centre stays there
  const filter_kernel c = k.cropped();
  CHECK(c.size() == extent{1, 2});
  CHECK((c.centre_row() == 0 && c.centre_column() == 1));
  CHECK(k.nonzeros() == 2);
  CHECK(filter_kernel(dense_matrix(3, 3)).cropped().size() == extent{1, 1});
  const filter_kernel shift = filter_kernel(matrix(1, 5, {1, 0, 0, 0, 0})).cropped();
  CHECK((shift.size() == extent{1, 1} && shift.centre_column() == 2));
}

TEST_CASE("a normalised kernel sums to one", "[core][filter_kernel]") {
  CHECK(filter_kernel(matrix(1, 3, {1, 2, 5})).normalized().weights().values ==
        std::vector<double>{0.125, 0.25, 0.625});
  REQUIRE_THROWS_WITH(filter_kernel(matrix(1, 2, {1, -1})).normalized(), test::contains("sum to 0"));
}

TEST_CASE("kernels of rank one are found, others are not", "[core][filter_kernel]") {
  dense_matrix product(3, 5), nearly(3, 5);
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 5; ++b) {
      product(a, b) = (0.1 + static_cast<double>(a)) * (static_cast<double>(b * b) - 7.3);
    }
  }
  nearly = product;
  nearly(1, 2) *= 1 + 1e-12;
  const filter_kernel k(product);
  REQUIRE(k.separated().has_value());
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 5; ++b) {
      CHECK(std::abs(k.separated()->first[a] * k.separated()->second[b] - product(a, b)) < 1e-13);
    }
  }
  CHECK_FALSE(filter_kernel(nearly).separated().has_value());
  CHECK(filter_kernel(dense_matrix(2, 2)).separated().has_value());
  CHECK_FALSE(filter_kernel(matrix(2, 2, {1, 0, 0, 1})).separated().has_value());
}

TEST_CASE("what was made ready of a kernel is made once for all its copies, and again when eight others came between",
          "[core][filter_kernel]") {
  const filter_kernel k(matrix(1, 1, {2}));
  const filter_kernel copy = k;
  int made = 0;
  const auto number = [&](const filter_kernel& from, std::size_t key) {
    return *from.prepared<int>({key, 0, 0, 0}, [&] { return ++made; });
  };
  CHECK(number(k, 1) == 1);
  CHECK(number(copy, 1) == 1);
  CHECK(*k.prepared<double>({1, 0, 0, 0}, [] { return 0.5; }) == 0.5);  // another type under the same key
  for (std::size_t key = 2; key < 8; ++key) number(k, key);
  CHECK(number(k, 1) == 1);
  for (std::size_t key = 10; key < 18; ++key) number(k, key);
  CHECK(number(k, 1) == made);
  CHECK(made == 16);
}

TEST_CASE("kernels without weights, or with one that is not finite, are refused", "[core][filter_kernel]") {
  REQUIRE_THROWS_WITH(filter_kernel(dense_matrix(0, 3)), test::contains("0 x 3"));
  REQUIRE_THROWS_WITH(filter_kernel(matrix(1, 1, {std::numeric_limits<double>::infinity()})),
                      test::contains("one is inf"));
}

}  // namespace filter_kernel_test
