// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief How a kernel is run: `grid`, and what its execution context and its executor offer.
///
/// A kernel is a function object whose first argument is an execution context,
///
///     template <class Context, class Out>
///     EQUIREG_HOST_DEVICE void operator()(Context& context, Out out, ...) const;
///
/// It holds and takes plain values and pointers, and knows of its place only what the context says:
///
///     context.block(), context.blocks()      this block, and how many there are
///     context.thread(), context.threads()    this thread of the block, and how many there are
///     context.sync()                         all threads of the block meet; each must come
///     context.shared<T>(count)               memory that the threads of a block share, cut from `grid::shared_bytes`
///                                            in the order of the calls, which all threads make alike; not cleared
///     context.warp_sum(v)                    the sum over the 32 threads of a warp, the same bits in each; all come
///
/// An executor runs it:
///
///     executor.launch(kernel, grid, arguments...)    after what was launched before
///     executor.threads()                             of a block, where nothing else decides
///     Executor::buffer<T>(executor, count)           owns memory until what was launched before its end has run
///     Executor::pointer(T* first, count)             what a kernel is handed for an array
///     executor.upload(to, from, count), download, copy    from the host, to the host, on the device
///     Executor::current()                            that of this thread
///
/// `cuda::stream` is the hardware; `cuda::host_executor` runs the same text on threads of the host, where a test can
/// watch every access, and there a whole solver runs as it does on the device.
///
/// Files that end in .hpp compile without CUDA; those in .cuh ask for its toolkit.

#include <equireg/core/config.hpp>

#include <cstddef>
#include <cstdint>

namespace equireg::cuda {

/// Threads that move in step and can exchange registers.
inline constexpr std::uint32_t warp_size = 32;

/// Blocks, threads of each, and bytes that the threads of a block share.
struct grid {
  std::uint32_t blocks = 1;
  std::uint32_t threads = 256;
  std::uint32_t shared_bytes = 0;
};

/// ceil(n / d).
EQUIREG_HOST_DEVICE constexpr std::size_t quotient_up(std::size_t n, std::size_t d) { return (n + d - 1) / d; }

}  // namespace equireg::cuda
