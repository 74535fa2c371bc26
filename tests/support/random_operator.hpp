// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief A linear map that is a dense matrix, as a test's measurement.

#include <support/dense.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/tensor.hpp>

#include <cstdint>
#include <optional>

namespace equireg::test {

/// y = A x, from samples of shape `input` to (B, 1, 1, m), or to `output` where it is given.
template <class T>
struct matrix_operator {
  test::matrix matrix;
  shape input;
  std::optional<shape> output = std::nullopt;

  cpu::tensor<T> operator()(const cpu::tensor<T>& x) const {
    return apply(matrix, x, output.value_or(shape{1, 1, 1, matrix.rows}));
  }
  cpu::tensor<T> adjoint(const cpu::tensor<T>& y) const { return apply(transposed(matrix), y, input); }

 private:
  static cpu::tensor<T> apply(const test::matrix& a, const cpu::tensor<T>& x, const shape& to) {
    cpu::tensor<T> y(to.with_batch(x.shape().batch));
    for (std::size_t b = 0; b < x.shape().batch; ++b) {
      const auto row = x.sample(b);
      const vector image = a * vector(row.begin(), row.end());
      std::transform(image.begin(), image.end(), y.sample(b).begin(), [](double v) { return static_cast<T>(v); });
    }
    return y;
  }
};

/// A random operator to m numbers.
template <class T>
matrix_operator<T> random_operator(const shape& input, std::size_t m, std::uint64_t seed_value) {
  matrix_operator<T> result{matrix(m, input.sample_size()), input};
  cpu::tensor<double> values({1, 1, m, input.sample_size()});
  fill_normal(values, {seed_value, 0, purpose::user, 0});
  result.matrix.values.assign(values.values().begin(), values.values().end());
  return result;
}

}  // namespace equireg::test
