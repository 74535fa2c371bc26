// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief A call operator that forgets its `const` makes no map.
// expect: a linear map needs: Y operator\(\)\(const X& x\) const

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/map.hpp>

struct blur {
  using tensor = equireg::cpu::tensor<float>;
  tensor operator()(const tensor& x);
  tensor adjoint(const tensor& y) const;
};

static_assert(equireg::check_linear_map<blur, blur::tensor>());
