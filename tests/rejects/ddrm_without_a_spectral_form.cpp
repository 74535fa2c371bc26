// SPDX-License-Identifier: BSD-3-Clause
// ddrm asks for the singular value decomposition, and says where to get one and who does without.
// expect: this likelihood needs an operator with: spectral_form\(const equireg::shape& sample\)
// expect: measurement::decomposed makes one of any small linear operator

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/likelihood/ddrm.hpp>

using X = equireg::cpu::tensor<float>;

struct doubling {
  X operator()(const X& x) const { return x; }
  X adjoint(const X& y) const { return y; }
};

int main() { const equireg::likelihood::ddrm<doubling, X> likelihood{doubling{}, X({1, 1, 4, 4}, 0.0F)}; }
