// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `transform_ensemble`: an elementwise verb whose function sees one element in all samples of a measurement.

#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace equireg::cpu {

/// out[b][i] = f(values, arguments[b][i]...), where values, a std::span<double> that f may sort, holds element i of the
/// m samples b m ... (b + 1) m - 1. samples: (B m, C, H, W); out and arguments: (B, C, H, W). Throws where they are
/// not.
template <class T, class F, class... Arguments>
void transform_ensemble(tensor<T>& out, const F& f, const tensor<T>& samples, const Arguments&... arguments) {
  const equireg::shape s = out.shape();
  constexpr const char* where = "equireg::transform_ensemble";
  require(s.batch > 0 && samples.shape().batch % s.batch == 0, where, samples.shape().batch,
          " samples cannot be shared equally by ", s.batch, " measurements");
  require_shape(samples.shape().with_batch(s.batch), s, where, "one sample of each measurement");
  (require_shape(arguments.shape(), s, where, "an argument"), ...);
  constexpr std::size_t together = 16;  // neighbouring elements: whole cache lines are read
  const std::size_t m = samples.shape().batch / s.batch, size = s.sample_size();
  const std::size_t groups = (size + together - 1) / together;
  parallel_for(s.batch * groups, together * m * 8, [&](std::size_t task) {
    const std::size_t b = task / groups, first = task % groups * together, count = std::min(together, size - first);
    std::vector<double, pool_allocator<double>> values(together * m);
    for (std::size_t l = 0; l < m; ++l) {
      const T* const from = samples.data() + (b * m + l) * size + first;
      for (std::size_t i = 0; i < count; ++i) values[i * m + l] = static_cast<double>(from[i]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = b * size + first + i;
      out.data()[at] =
          static_cast<T>(f(std::span<double>(values.data() + i * m, m), static_cast<double>(arguments.data()[at])...));
    }
  });
}

}  // namespace equireg::cpu
