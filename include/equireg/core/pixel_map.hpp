// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `pixel_map`: a permutation of pixels, given as the source of each output pixel.

#include <equireg/core/config.hpp>
#include <equireg/core/shape.hpp>

#include <cstddef>

namespace equireg {

/// A position in an image plane.
struct pixel {
  std::size_t row = 0;
  std::size_t column = 0;

  constexpr bool operator==(const pixel&) const = default;
};

/// out[to] = in[M to + offset], coordinates taken modulo the input's height and width; M is a signed permutation.
///
/// All symmetries of the pixel grid have this form: reflections, quarter turns, cyclic shifts and their products.
/// Both backends gather through it. Post-condition: compose(p, q) gathered is q gathered from (p gathered).
struct pixel_map {
  extent input;
  extent output;
  int row_from_row = 1, row_from_column = 0;
  int column_from_row = 0, column_from_column = 1;
  std::ptrdiff_t row_offset = 0;     ///< in [0, input.height)
  std::ptrdiff_t column_offset = 0;  ///< in [0, input.width)

  constexpr bool operator==(const pixel_map&) const = default;

  /// x modulo n, in [0, n).
  [[nodiscard]] static constexpr std::ptrdiff_t wrap(std::ptrdiff_t x, std::size_t n) {
    const auto size = static_cast<std::ptrdiff_t>(n);
    const std::ptrdiff_t remainder = x % size;
    return remainder < 0 ? remainder + size : remainder;
  }

  /// x modulo n for an x in [-n, 2 n).
  [[nodiscard]] EQUIREG_HOST_DEVICE static constexpr std::size_t once_around(std::ptrdiff_t x, std::size_t n) {
    const auto size = static_cast<std::ptrdiff_t>(n);
    return static_cast<std::size_t>(x < 0 ? x + size : x >= size ? x - size : x);
  }

  /// Where output pixel `to` is read: no coordinate is more than once around.
  [[nodiscard]] EQUIREG_HOST_DEVICE constexpr pixel operator()(pixel to) const {
    const auto r = static_cast<std::ptrdiff_t>(to.row), c = static_cast<std::ptrdiff_t>(to.column);
    return {once_around(row_from_row * r + row_from_column * c + row_offset, input.height),
            once_around(column_from_row * r + column_from_column * c + column_offset, input.width)};
  }

  /// Nothing moves.
  [[nodiscard]] constexpr bool is_identity() const {
    return row_from_row == 1 && column_from_column == 1 && row_offset == 0 && column_offset == 0;
  }

  /// Rows become columns: the map reads down columns.
  [[nodiscard]] EQUIREG_HOST_DEVICE constexpr bool transposes() const { return row_from_column != 0; }

  /// The map that puts every pixel back; it is also the adjoint of gathering.
  [[nodiscard]] constexpr pixel_map inverse() const {
    // M is orthogonal: to = M^T (from - offset).
    pixel_map result{.input = output, .output = input};
    result.row_from_row = row_from_row;
    result.row_from_column = column_from_row;
    result.column_from_row = row_from_column;
    result.column_from_column = column_from_column;
    result.row_offset =
        wrap(-(result.row_from_row * row_offset + result.row_from_column * column_offset), output.height);
    result.column_offset =
        wrap(-(result.column_from_row * row_offset + result.column_from_column * column_offset), output.width);
    return result;
  }

  /// Everything stays in place.
  [[nodiscard]] static constexpr pixel_map identity(extent e) { return {.input = e, .output = e}; }

  /// Reverses every row: out[i][j] = in[i][W - 1 - j].
  [[nodiscard]] static constexpr pixel_map flip_columns(extent e) {
    pixel_map m = identity(e);
    m.column_from_column = -1;
    m.column_offset = static_cast<std::ptrdiff_t>(e.width) - 1;
    return m;
  }

  /// Reverses every column: out[i][j] = in[H - 1 - i][j].
  [[nodiscard]] static constexpr pixel_map flip_rows(extent e) {
    pixel_map m = identity(e);
    m.row_from_row = -1;
    m.row_offset = static_cast<std::ptrdiff_t>(e.height) - 1;
    return m;
  }

  /// A quarter turn counter-clockwise, as numpy.rot90: out is W x H, out[i][j] = in[j][W - 1 - i].
  [[nodiscard]] static constexpr pixel_map quarter_turn(extent e) {
    pixel_map m{.input = e, .output = {e.width, e.height}};
    m.row_from_row = 0;
    m.row_from_column = 1;
    m.column_from_row = -1;
    m.column_from_column = 0;
    m.column_offset = static_cast<std::ptrdiff_t>(e.width) - 1;
    return m;
  }

  /// Moves the image down and to the right, around the borders: out[i][j] = in[i - down][j - right].
  [[nodiscard]] static constexpr pixel_map shift(extent e, std::ptrdiff_t down, std::ptrdiff_t right) {
    pixel_map m = identity(e);
    m.row_offset = wrap(-down, e.height);
    m.column_offset = wrap(-right, e.width);
    return m;
  }
};

/// First `first`, then `second`: reads output pixel `to` at first(second(to)).
/// `second.input` must be `first.output`.
constexpr pixel_map compose(const pixel_map& first, const pixel_map& second) {
  pixel_map result{.input = first.input, .output = second.output};
  result.row_from_row =
      first.row_from_row * second.row_from_row + first.row_from_column * second.column_from_row;
  result.row_from_column =
      first.row_from_row * second.row_from_column + first.row_from_column * second.column_from_column;
  result.column_from_row =
      first.column_from_row * second.row_from_row + first.column_from_column * second.column_from_row;
  result.column_from_column =
      first.column_from_row * second.row_from_column + first.column_from_column * second.column_from_column;
  result.row_offset = pixel_map::wrap(
      first.row_from_row * second.row_offset + first.row_from_column * second.column_offset + first.row_offset,
      first.input.height);
  result.column_offset = pixel_map::wrap(first.column_from_row * second.row_offset +
                                             first.column_from_column * second.column_offset + first.column_offset,
                                         first.input.width);
  return result;
}

static_assert(compose(pixel_map::quarter_turn({2, 3}), pixel_map::quarter_turn({2, 3}).inverse()).is_identity());

}  // namespace equireg
