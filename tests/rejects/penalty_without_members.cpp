// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief A penalty that has no members is told of all three.
// expect: a regularizer needs: X value\(const X& x0, const equireg::reverse_step& step\) const
// expect: a regularizer needs: void accumulate\(X& q, const X& x0, const equireg::reverse_step& step, const X& factor\)
// expect: a regularizer needs: bool active\(const equireg::reverse_step& step\) const

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/regularizer/penalty.hpp>

struct silent {};

static_assert(equireg::check_penalty<silent, equireg::cpu::tensor<float>>());
