// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `convolve` and `convolve_adjoint`: two-dimensional filters on every plane, for any border.

#include <equireg/backend/cpu/convolution_plan.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/filter_kernel.hpp>
#include <equireg/core/shape.hpp>

#include <cstddef>
#include <memory>

namespace equireg::cpu {

namespace detail {

template <class T>
std::shared_ptr<const convolution_plan<T>> plan(const filter_kernel& kernel, extent image, boundary rule,
                                                convolution_method method, const window& output) {
  require(output.size.height > 0 && output.size.width > 0 && output.top + output.size.height <= image.height &&
              output.left + output.size.width <= image.width,
          "equireg::convolve", "cannot filter ", output.size, " pixels at row ", output.top, ", column ", output.left,
          " of planes of ", image);
  return kernel.prepared<convolution_plan<T>>(
      {image.height, image.width, static_cast<std::size_t>(rule), static_cast<std::size_t>(method), output.top,
       output.left, output.size.height, output.size.width},
      [&] { return convolution_plan<T>(kernel, image, rule, method, output); });
}

}  // namespace detail

/// kernel * x in every plane; what is read outside follows the rule, over and over where the plane is smaller than the
/// kernel. The shape stays, (B, C, H, W), any size from one pixel on. A plane's numbers do not depend on the others.
template <class T>
tensor<T> convolve(const tensor<T>& x, const filter_kernel& kernel, boundary rule,
                   convolution_method method = convolution_method::cheapest) {
  const extent image = x.shape().plane();
  return detail::plan<T>(kernel, image, rule, method, {0, 0, image})->forward(x);
}

/// The transpose of `convolve` as a matrix, borders included.
template <class T>
tensor<T> convolve_adjoint(const tensor<T>& y, const filter_kernel& kernel, boundary rule,
                           convolution_method method = convolution_method::cheapest) {
  const extent image = y.shape().plane();
  return detail::plan<T>(kernel, image, rule, method, {0, 0, image})->adjoint(y);
}

/// A window of `convolve`, at the cost of the window: (B, C, H, W) becomes (B, C, its height, its width).
template <class T>
tensor<T> convolve_window(const tensor<T>& x, const filter_kernel& kernel, boundary rule, const window& output,
                          convolution_method method = convolution_method::cheapest) {
  return detail::plan<T>(kernel, x.shape().plane(), rule, method, output)->forward(x);
}

/// The transpose of `convolve_window` for planes of the extent `image`.
template <class T>
tensor<T> convolve_window_adjoint(const tensor<T>& y, const filter_kernel& kernel, boundary rule, const window& output,
                                  extent image, convolution_method method = convolution_method::cheapest) {
  require(y.shape().plane() == output.size, "equireg::convolve_window_adjoint", "the window has ", output.size,
          " pixels, but y has shape ", y.shape());
  return detail::plan<T>(kernel, image, rule, method, output)->adjoint(y);
}

}  // namespace equireg::cpu
