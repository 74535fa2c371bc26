// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `mix_channels`: each output channel a weighted sum of the input's.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/dense_matrix.hpp>
#include <equireg/core/error.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace equireg::cpu {

/// out_k = sum_c m(k, c) x_c: (B, columns of m, H, W) becomes (B, rows of m, H, W). Throws where x has another number
/// of channels.
template <class T>
tensor<T> mix_channels(const tensor<T>& x, const dense_matrix& m) {
  const equireg::shape s = x.shape();
  require(m.columns == s.channels && m.columns > 0, "equireg::mix_channels", "a matrix of ", m.rows, " x ", m.columns,
          " mixes ", m.columns, " channels, but x has shape ", s);
  tensor<T> out({s.batch, m.rows, s.height, s.width});
  const std::vector<T, pool_allocator<T>> weights(m.values.begin(), m.values.end());
  const std::size_t plane = s.height * s.width, blocks = (plane + block_size - 1) / block_size;
  parallel_for(s.batch * blocks, std::min(plane, block_size) * m.rows * m.columns, [&](std::size_t task) {
    const std::size_t b = task / blocks, first = task % blocks * block_size;
    const std::size_t count = std::min(block_size, plane - first);
    const T* const in = x.data() + b * s.channels * plane + first;
    for (std::size_t k = 0; k < m.rows; ++k) {
      const T* const row = weights.data() + k * m.columns;
      T* const to = out.data() + (b * m.rows + k) * plane + first;
      std::size_t c = std::min<std::size_t>(m.columns, 3);
      if (c == 1) map_block(to, count, [w = row[0]](T u) { return w * u; }, in);
      if (c == 2) map_block(to, count, [w = row[0], z = row[1]](T u, T v) { return w * u + z * v; }, in, in + plane);
      if (c == 3) {
        map_block(to, count, [r = row[0], g = row[1], h = row[2]](T u, T v, T w) { return r * u + g * v + h * w; }, in,
                  in + plane, in + 2 * plane);
      }
      for (; c < m.columns; ++c) {
        map_block(to, count, [w = row[c]](T sum, T u) { return sum + w * u; }, to, in + c * plane);
      }
    }
  });
  return out;
}

}  // namespace equireg::cpu
