// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief fast_dips pulls residuals back through A; of an operator that only evaluates it says so.
// expect: this likelihood needs an operator with: linearization<Y, Pullback> linearize\(const X& x\) const
// expect: daps with Metropolis steps takes one that only evaluates

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/likelihood/fast_dips.hpp>

using X = equireg::cpu::tensor<float>;

struct black_box {
  X operator()(const X& x) const { return x; }
};

int main() { const equireg::likelihood::fast_dips likelihood{black_box{}, X({1, 1, 4, 4}, 0.0F)}; }
