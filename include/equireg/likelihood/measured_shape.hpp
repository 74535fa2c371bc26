// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::require_measured_shape`: do the operator, the prior's samples and y fit together?

#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>

namespace equireg::likelihood {

/// Throws unless A maps samples of shape `sample` to the shape of y; `name` is the likelihood's.
template <class A, tensor X>
void require_measured_shape(const A& a, const X& y, const shape& sample, const char* name) {
  X x(sample);
  fill(x, 0);
  const shape image = a(x).shape().with_batch(y.shape().batch);
  require(image == y.shape(), name, "y has shape ", y.shape(), " but the operator returns ", image);
}

}  // namespace equireg::likelihood
