// SPDX-License-Identifier: BSD-3-Clause
// expect: a stepper needs: template <class X> auto start\(\) const
// expect: a stepper needs: X advance\(auto& memory, X& x, const auto& estimate, const equireg::reverse_step& step\) const

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/stepper/reverse_stepper.hpp>

struct no_stepper {};

static_assert(equireg::check_reverse_stepper<no_stepper, equireg::cpu::tensor<float>>());
