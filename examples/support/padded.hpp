// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief A linear map that sets an image into a larger plane of zeros, for operators that take some sizes only.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/backend/cpu/windows.hpp>
#include <equireg/core/shape.hpp>

namespace support {

namespace eq = equireg;

/// (B, C, H, W) becomes (B, C, H', W'), the image in the middle. On [-1, 1] zero is a middle grey.
struct padded {
  eq::extent from, to;

  template <class X>
  X operator()(const X& x) const {
    X y(x.shape().with_plane(to));
    fill(y, 0);
    add_at(y, place(), x);
    return y;
  }
  template <class X>
  X adjoint(const X& y) const {
    return crop(y, place());
  }

 private:
  [[nodiscard]] eq::window place() const {
    return {(to.height - from.height) / 2, (to.width - from.width) / 2, from};
  }
};

}  // namespace support
