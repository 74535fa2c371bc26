// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief A linear operator with a pseudo-inverse whose rows are neither of norm 1 nor single pixels.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/shape.hpp>

#include <cstddef>

namespace equireg::test {

/// y_j = factor (x_2j + x_2j+1): A A^T = 2 factor^2, and A^+ y = y / (2 factor) in both of a pair.
struct pair_sum {
  using tensor_type = cpu::tensor<double>;
  double factor = 1.5;

  tensor_type operator()(const tensor_type& x) const {
    shape s = x.shape();
    s.width /= 2;
    tensor_type y(s);
    for (std::size_t i = 0; i < y.size(); ++i) y.data()[i] = factor * (x.data()[2 * i] + x.data()[2 * i + 1]);
    return y;
  }
  tensor_type adjoint(const tensor_type& y) const { return repeated(y, factor); }
  tensor_type pseudo_inverse(const tensor_type& y) const { return repeated(y, 1 / (2 * factor)); }

 private:
  static tensor_type repeated(const tensor_type& y, double by) {
    shape s = y.shape();
    s.width *= 2;
    tensor_type x(s);
    for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = by * y.data()[i / 2];
    return x;
  }
};

}  // namespace equireg::test
