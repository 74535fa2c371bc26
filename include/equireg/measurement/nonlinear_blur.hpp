// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::nonlinear_blur`: a learned degradation.

#include <equireg/core/map.hpp>
#include <equireg/core/symmetry.hpp>
#include <equireg/measurement/symmetries.hpp>

#include <utility>

namespace equireg::measurement {

/// A x = clip(2 net((x + 1) / 2) - 1, -1, 1): any differentiable map between images on [0, 1], as an operator on
/// [-1, 1]. With the generator of blur kernel space exploring (Tran et al., CVPR 2021) this is the nonlinear deblurring
/// of DPS and DAPS.
///
/// `net` holds everything that it needs beside the image: a kernel code that is drawn once, as in DAPS. (DPS draws one
/// at each call, and its A is random.) The gradient is that of clipping: cotangents pass where net(...) lies in [0, 1],
/// ends included.
template <class Net>
struct nonlinear_blur {
  Net net;

  static constexpr symmetry symmetries = symmetries_of<Net>;

  template <class X>
    requires map<Net, X>
  image_of<Net, X> operator()(const X& x) const {
    return clipped(net(to_unit(x)));
  }

  /// The pullback may not outlive the operator where the net's may not outlive the net.
  template <class X>
    requires differentiable_map<Net, X>
  auto linearize(const X& x) const {
    using Y = image_of<Net, X>;
    using value_type = typename Y::value_type;
    auto inner = equireg::linearize(net, to_unit(x));
    Y passes(inner.value.shape());  // 2 from y, 1/2 from x
    transform(
        passes, [](value_type v) { return v >= 0 && v <= 1 ? value_type(1) : value_type(0); }, inner.value);
    return linearization{clipped(std::move(inner.value)),
                         [passes = std::move(passes), pull = std::move(inner.pullback)](const Y& v) {
                           Y masked(v.shape());
                           transform(
                               masked, [](value_type m, value_type w) { return m * w; }, passes, v);
                           return pull(masked);
                         }};
  }

 private:
  template <class X>
  static X to_unit(const X& x) {
    using value_type = typename X::value_type;
    X unit(x.shape());
    transform(
        unit, [](value_type v) { return (v + 1) / 2; }, x);
    return unit;
  }
  template <class Y>
  static Y clipped(Y y) {
    using value_type = typename Y::value_type;
    transform(
        y,
        [](value_type v) {
          const value_type z = 2 * v - 1, above = z < -1 ? value_type(-1) : z;  // a NaN stays one
          return above > 1 ? value_type(1) : above;
        },
        y);
    return y;
  }
};

template <class Net>
nonlinear_blur(Net) -> nonlinear_blur<Net>;

}  // namespace equireg::measurement
