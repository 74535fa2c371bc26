// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `sparse_product`: each sample times a matrix of few numbers in each row, and the transpose.

#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/sparse_rows.hpp>

#include <algorithm>
#include <cstddef>

namespace equireg::cpu {

/// y = M x for each sample, its elements in row-major order: (B, C, H, W) becomes (B, 1, 1, rows of M).
/// Throws where M has not C H W columns.
template <class T>
tensor<T> sparse_product(const tensor<T>& x, const sparse_rows& m) {
  const equireg::shape s = x.shape();
  require(m.width() == s.sample_size(), "equireg::sparse_product", "a matrix of ", m.width(),
          " columns does not fit x of shape ", s);
  tensor<T> y({s.batch, 1, 1, m.rows()});
  parallel_for(s.batch, 2 * m.values.size(), [&](std::size_t b) {
    const T* const from = x.data() + b * m.width();
    T* const to = y.data() + b * m.rows();
    for (std::size_t k = 0; k < m.rows(); ++k) {
      T sum = 0;
      for (std::size_t e = m.begin(k); e < m.end(k); ++e) sum += static_cast<T>(m.values[e]) * from[m.columns[e]];
      to[k] = sum;
    }
  });
  return y;
}

/// x = M^T y for each sample, in the shape `sample` with y's batch. Throws where sizes do not fit.
template <class T>
tensor<T> sparse_product_adjoint(const tensor<T>& y, const sparse_rows& m, const equireg::shape& sample) {
  const equireg::shape s = y.shape();
  require(m.rows() == s.sample_size() && m.width() == sample.sample_size(), "equireg::sparse_product_adjoint",
          "a matrix of ", m.rows(), " x ", m.width(), " does not fit y of shape ", s, " and x of shape ", sample);
  tensor<T> x(sample.with_batch(s.batch));
  parallel_for(s.batch, m.width() + 2 * m.values.size(), [&](std::size_t b) {
    const T* const from = y.data() + b * m.rows();
    T* const to = x.data() + b * m.width();
    std::fill_n(to, m.width(), T(0));
    for (std::size_t k = 0; k < m.rows(); ++k) {
      for (std::size_t e = m.begin(k); e < m.end(k); ++e) to[m.columns[e]] += static_cast<T>(m.values[e]) * from[k];
    }
  });
  return x;
}

}  // namespace equireg::cpu
