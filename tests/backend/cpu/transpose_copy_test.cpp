// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/backend/cpu/transpose_copy.hpp>

#include <support/catch.hpp>

#include <cstddef>
#include <vector>

namespace transpose_copy_test {

// Every element stands where it should, and what lies outside stays as it was.
template <class T>
void check_transposed(std::size_t rows, std::size_t columns, std::size_t in_stride, std::size_t out_stride) {
  std::vector<T> in(rows * in_stride), out(columns * out_stride, T(-1)), expected = out;
  for (std::size_t k = 0; k < in.size(); ++k) in[k] = static_cast<T>(k);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) expected[j * out_stride + i] = in[i * in_stride + j];
  }
  equireg::cpu::transpose_copy(in.data(), in_stride, out.data(), out_stride, rows, columns);
  CHECK(out == expected);
}

TEST_CASE("a transposed copy moves every element, and writes no other", "[backend][transpose_copy]") {
  for (const std::size_t rows : {1, 2, 3, 4, 7, 16}) {
    for (const std::size_t columns : {1, 2, 5, 8, 13}) {
      check_transposed<float>(rows, columns, columns, rows);
      check_transposed<float>(rows, columns, columns + 3, rows + 1);
      check_transposed<double>(rows, columns, columns, rows);
      check_transposed<double>(rows, columns, columns + 1, rows + 5);
    }
  }
}

}  // namespace transpose_copy_test
