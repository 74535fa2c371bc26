// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <equireg/core/banded_matrix.hpp>

namespace banded_matrix_test {

using namespace equireg;

std::vector<std::size_t> folded(std::size_t n, boundary rule, std::ptrdiff_t from, std::ptrdiff_t to) {
  std::vector<std::size_t> result;
  for (std::ptrdiff_t j = from; j <= to; ++j) result.push_back(fold(j, n, rule));
  return result;
}

TEST_CASE("indices outside a line fold back as each boundary rule says, over and over", "[core][banded_matrix]") {
  using list = std::vector<std::size_t>;
  CHECK(folded(4, boundary::reflect, -4, 8) == list{2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2});
  CHECK(folded(4, boundary::symmetric, -5, 8) == list{3, 3, 2, 1, 0, 0, 1, 2, 3, 3, 2, 1, 0, 0});
  CHECK(folded(4, boundary::circular, -5, 8) == list{3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0});
  for (const auto rule : {boundary::reflect, boundary::symmetric, boundary::circular}) {
    CHECK(folded(1, rule, -2, 2) == list{0, 0, 0, 0, 0});
  }
}

TEST_CASE("a banded matrix holds exactly the dense one, runs over the end included", "[core][banded_matrix]") {
  dense_matrix m(5, 6);
  m(0, 0) = 1, m(0, 2) = 2;
  m(1, 5) = 3, m(1, 0) = 4;  // goes over the end
  m(3, 2) = 5;
  for (std::size_t j = 0; j < 6; ++j) m(4, j) = static_cast<double>(j + 1);
  const banded_matrix b(m);
  CHECK(b.dense().values == m.values);
  CHECK(b.transposed().dense().values == transpose(m).values);
  CHECK(b.runs()[1].first == 5);
  CHECK(b.runs()[1].count == 2);
  CHECK(b.runs()[2].count == 0);
  CHECK(b.nonzeros() == 3 + 2 + 0 + 1 + 6);
}

TEST_CASE("a filter's rows away from the borders are stored once", "[core][banded_matrix]") {
  const std::vector<double> taps{0.25, 0.5, 0.25};
  CHECK(filter_matrix(64, 64, 1, -1, taps, boundary::circular).weights().size() == 3);
  const banded_matrix reflected = filter_matrix(64, 64, 1, -1, taps, boundary::reflect);
  CHECK(reflected.weights().size() == 2 + 3 + 2);
  CHECK(reflected.dense()(0, 1) == 0.5);
  CHECK(filter_matrix(2, 2, 1, -1, taps, boundary::circular).dense().values == std::vector<double>{0.5, 0.5, 0.5, 0.5});
  REQUIRE_THROWS_WITH(filter_matrix(0, 0, 1, 0, taps, boundary::reflect), test::contains("at least one pixel"));
}

}  // namespace banded_matrix_test
