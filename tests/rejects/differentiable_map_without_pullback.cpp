// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief A nonlinear map that only has values cannot be differentiated; both ways out are named.
// expect: a differentiable map needs: linearization<Y, Pullback> linearize\(const X& x\) const
// expect: a linear one may give X adjoint\(const Y& y\) const instead

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/map.hpp>

struct saturation {
  using tensor = equireg::cpu::tensor<float>;
  tensor operator()(const tensor& x) const;
};

static_assert(equireg::check_differentiable_map<saturation, saturation::tensor>());
