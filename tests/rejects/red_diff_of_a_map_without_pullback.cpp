// SPDX-License-Identifier: BSD-3-Clause
// red_diff differentiates the operator. One that only evaluates is refused, and the message says what takes it.
// expect: this likelihood needs an operator with: linearization<Y, Pullback> linearize
// expect: daps with Metropolis steps takes one that only evaluates

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/likelihood/red_diff.hpp>

using X = equireg::cpu::tensor<float>;

struct black_box {
  X operator()(const X& x) const { return x; }
};

int main() { const equireg::likelihood::red_diff likelihood{black_box{}, X({1, 1, 4, 4}, 0.0F)}; }
