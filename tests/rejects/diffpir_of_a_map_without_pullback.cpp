// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief diffpir moves x0 by a proximal point or along a pullback; of an operator that only evaluates it says so.
// expect: diffpir needs an operator with: X prox\(const X& x, const Y& y, double rho\) const, or, if it is linear
// expect: daps with Metropolis steps takes one that only evaluates

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/likelihood/diffpir.hpp>

using X = equireg::cpu::tensor<float>;

struct black_box {
  X operator()(const X& x) const { return x; }
};

int main() { const equireg::likelihood::diffpir likelihood{black_box{}, X({1, 1, 4, 4}, 0.0F)}; }
