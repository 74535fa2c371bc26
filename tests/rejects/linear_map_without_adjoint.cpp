// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief A map without `adjoint` is not known to be linear, and the message says what the adjoint has to fulfil.
// expect: a linear map needs: X adjoint\(const Y& y\) const with <A x, y> = <x, A\^T y>

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/map.hpp>

struct blur {
  using tensor = equireg::cpu::tensor<float>;
  tensor operator()(const tensor& x) const;
};

static_assert(equireg::check_linear_map<blur, blur::tensor>());
