// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief A type without `shape()` and without a backend is no tensor, and both are said at once.
// expect: a tensor needs: using backend = \.\.\.
// expect: a tensor needs: equireg::shape shape\(\) const

#include <equireg/core/tensor.hpp>

struct flat_array {
  using value_type = float;
  explicit flat_array(equireg::shape);
  float* data();
  const float* data() const;
};

static_assert(equireg::check_tensor<flat_array>());
