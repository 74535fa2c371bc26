// SPDX-License-Identifier: BSD-3-Clause
// The Langevin steps of daps differentiate the operator. One that only evaluates is refused, and told of Metropolis
// steps, which take it.
// expect: this likelihood needs an operator with: linearization<Y, Pullback> linearize
// expect: daps with Metropolis steps takes one that only evaluates

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/inner/metropolis.hpp>
#include <equireg/likelihood/daps.hpp>

using X = equireg::cpu::tensor<float>;

struct black_box {
  X operator()(const X& x) const { return x; }
};

int main() {
  const X y({1, 1, 4, 4}, 0.0F);
  const equireg::likelihood::daps taken{black_box{}, y, {}, equireg::inner::metropolis{}};
  const equireg::likelihood::daps refused{black_box{}, y};
}
