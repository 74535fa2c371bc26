// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `block_sum`: a device function that adds one number of every thread of a block.

#include <equireg/backend/cuda/grid.hpp>
#include <equireg/core/config.hpp>

namespace equireg::cuda {

/// Bytes of shared memory that one `block_sum` of double takes.
constexpr std::uint32_t block_sum_bytes(std::uint32_t threads) { return threads / warp_size * sizeof(double); }

/// The sum over the block, the same bits in every thread: warps by exchange, then the sums of the warps in order. Every
/// thread calls it, once in a kernel. Blocks are whole warps.
template <class Context>
EQUIREG_HOST_DEVICE double block_sum(Context& context, double v) {
  const std::uint32_t warps = context.threads() / warp_size;
  auto sums = context.template shared<double>(warps);
  v = context.warp_sum(v);
  if (context.thread() % warp_size == 0) sums[context.thread() / warp_size] = v;
  context.sync();
  double total = 0;
  for (std::uint32_t w = 0; w < warps; ++w) total += sums[w];
  return total;
}

}  // namespace equireg::cuda
