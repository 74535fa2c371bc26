// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `gather`: pixels permuted by a `pixel_map`, the action of a group on images and on features.

#include <equireg/backend/cuda/grid.hpp>
#include <equireg/backend/cuda/sources.hpp>
#include <equireg/backend/cuda/tensor.hpp>
#include <equireg/core/arguments.hpp>
#include <equireg/core/config.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/pixel_map.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>

namespace equireg::cuda {

// ---- kernel: one block for each tile of an output plane; reads and writes both coalesce; deterministic --------------

/// out[plane][to] = x[plane][map(to)]. Neighbouring threads write neighbouring columns. Where the map keeps rows, what
/// they read are neighbours too, forwards or backwards. Where it makes columns of rows, they read along the input's row
/// into a shared tile, and write the tile along the output's. A column more than the tile has keeps the threads that
/// read down it out of each other's memory bank.
template <std::uint32_t tile>
struct gather_kernel {
  template <class Context, class Out, class In>
  EQUIREG_HOST_DEVICE void operator()(Context& context, Out out, In x, pixel_map map, std::uint32_t tile_rows,
                                      std::uint32_t tile_columns) const {
    const auto height = static_cast<std::uint32_t>(map.output.height);
    const auto width = static_cast<std::uint32_t>(map.output.width);
    const std::uint32_t plane = context.block() / (tile_rows * tile_columns);
    const std::uint32_t top = context.block() / tile_columns % tile_rows * tile;
    const std::uint32_t left = context.block() % tile_columns * tile;
    const std::uint32_t along = context.thread() % tile, across = context.thread() / tile;
    const std::uint32_t rows_at_once = context.threads() / tile;
    const std::size_t offset = std::size_t{plane} * height * width;
    const auto source = [&](std::uint32_t row, std::uint32_t column) {
      const pixel from = map({row, column});
      return x[offset + from.row * map.input.width + from.column];
    };

    if (!map.transposes()) {
      for (std::uint32_t r = across; r < tile; r += rows_at_once) {
        const std::uint32_t row = top + r, column = left + along;
        if (row < height && column < width) out[offset + std::size_t{row} * width + column] = source(row, column);
      }
      return;
    }
    auto turned = context.template shared<std::remove_cvref_t<decltype(x[0])>>(tile * (tile + 1));
    for (std::uint32_t c = across; c < tile; c += rows_at_once) {
      const std::uint32_t row = top + along, column = left + c;
      if (row < height && column < width) turned[along * (tile + 1) + c] = source(row, column);
    }
    context.sync();
    for (std::uint32_t r = across; r < tile; r += rows_at_once) {
      const std::uint32_t row = top + r, column = left + along;
      if (row < height && column < width) {
        out[offset + std::size_t{row} * width + column] = turned[r * (tile + 1) + along];
      }
    }
  }
};

// ---- launcher -------------------------------------------------------------------------------------------------------

/// out = x with its pixels permuted; out has the map's output plane, and is not x. Throws unless the map reads planes
/// of x and writes planes of out.
template <std::uint32_t tile = 32, class Executor, class Out, class In>
void gather(Executor& executor, const view<Out>& out, const view<In>& x, const pixel_map& map) {
  require_permuted(x.extents, map, out.extents, "equireg::gather");
  const std::uint32_t threads = executor.threads();
  require(threads % tile == 0, "equireg::gather", "expected blocks of whole rows of ", tile, " threads, but they have ",
          threads);
  const std::size_t tile_rows = quotient_up(map.output.height, tile);
  const std::size_t tile_columns = quotient_up(map.output.width, tile);
  const std::size_t blocks = x.extents.batch * x.extents.channels * tile_rows * tile_columns;
  require(blocks <= std::numeric_limits<std::int32_t>::max(), "equireg::gather", "a batch of shape ", x.extents,
          " needs more blocks than a grid has; split it");
  if (blocks == 0) return;
  const std::size_t shared = map.transposes() ? tile * (tile + 1) * sizeof(typename view<In>::value_type) : 0;
  executor.launch(gather_kernel<tile>{},
                  grid{static_cast<std::uint32_t>(blocks), threads, static_cast<std::uint32_t>(shared)}, out.data,
                  x.data, map, static_cast<std::uint32_t>(tile_rows), static_cast<std::uint32_t>(tile_columns));
}

// ---- verb -----------------------------------------------------------------------------------------------------------

/// x with its pixels permuted: (B, C, H, W) becomes (B, C, H', W') of the map's output.
template <class T, class Executor>
basic_tensor<T, Executor> gather(const basic_tensor<T, Executor>& x, const pixel_map& map) {
  basic_tensor<T, Executor> out(x.shape().with_plane(map.output));
  cuda::gather(out.executor(), view_of(out), view_of(x), map);
  return out;
}

}  // namespace equireg::cuda
