// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief An equivariance penalty of a map that cannot be differentiated says what the map lacks.
// expect: a differentiable map needs: linearization<Y, Pullback> linearize\(const X& x\) const

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/group/reflection.hpp>
#include <equireg/regularizer/equivariance.hpp>

using tensor = equireg::cpu::tensor<float>;

struct forward_only {
  tensor operator()(const tensor& x) const { return x; }
};

void add(tensor& q, const tensor& x, const equireg::reverse_step& step, const tensor& factor) {
  equireg::regularizer::equivariance{forward_only{}, equireg::group::reflection{}}.accumulate(q, x, step, factor);
}
