// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `crop`, `add_at` and `window_of_nonzeros`: parts of planes.

#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>

#include <algorithm>
#include <cstddef>

namespace equireg::cpu {

namespace detail {

inline void check_window(const window& w, extent image, const char* where) {
  require(w.top + w.size.height <= image.height && w.left + w.size.width <= image.width, where, "a window of ", w.size,
          " at row ", w.top, ", column ", w.left, " leaves planes of ", image);
}

}  // namespace detail

/// The window of every plane: (B, C, H, W) becomes (B, C, its height, its width). Throws where it leaves the plane.
template <class T>
tensor<T> crop(const tensor<T>& x, const window& w) {
  const equireg::shape s = x.shape();
  detail::check_window(w, s.plane(), "equireg::crop");
  tensor<T> out(s.with_plane(w.size));
  parallel_for(s.batch * s.channels * w.size.height, w.size.width, [&](std::size_t line) {
    const std::size_t plane = line / w.size.height, row = line % w.size.height + w.top;
    std::copy_n(x.data() + (plane * s.height + row) * s.width + w.left, w.size.width, out.data() + line * w.size.width);
  });
  return out;
}

/// Adds v to the window of every plane of x: the transpose of `crop`. Throws where the shapes do not fit.
template <class T>
void add_at(tensor<T>& x, const window& w, const tensor<T>& v) {
  const equireg::shape s = x.shape();
  detail::check_window(w, s.plane(), "equireg::add_at");
  require_shape(v.shape(), s.with_plane(w.size), "equireg::add_at", "v");
  parallel_for(s.batch * s.channels * w.size.height, w.size.width, [&](std::size_t line) {
    const std::size_t plane = line / w.size.height, row = line % w.size.height + w.top;
    const T* const from = v.data() + line * w.size.width;
    T* const to = x.data() + (plane * s.height + row) * s.width + w.left;
    for (std::size_t j = 0; j < w.size.width; ++j) to[j] += from[j];
  });
}

/// The smallest window outside of which all planes of x are 0; one pixel where all of x is.
template <class T>
window window_of_nonzeros(const tensor<T>& x) {
  const equireg::shape s = x.shape();
  std::size_t top = s.height, bottom = 0, left = s.width, right = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (x.data()[k] == T(0)) continue;
    const std::size_t i = k / s.width % s.height, j = k % s.width;
    top = std::min(top, i);
    bottom = std::max(bottom, i + 1);
    left = std::min(left, j);
    right = std::max(right, j + 1);
  }
  return bottom == 0 ? window{0, 0, {1, 1}} : window{top, left, {bottom - top, right - left}};
}

}  // namespace equireg::cpu
