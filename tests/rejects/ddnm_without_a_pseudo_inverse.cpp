// SPDX-License-Identifier: BSD-3-Clause
// ddnm asks for A^+, and says who does with less.
// expect: this likelihood needs an operator with: X pseudo_inverse

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/likelihood/ddnm.hpp>

using X = equireg::cpu::tensor<float>;

struct doubling {
  X operator()(const X& x) const { return x; }
  X adjoint(const X& y) const { return y; }
};

int main() { const equireg::likelihood::ddnm likelihood{doubling{}, X({1, 1, 4, 4}, 0.0F)}; }
