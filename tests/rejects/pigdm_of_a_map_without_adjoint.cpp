// SPDX-License-Identifier: BSD-3-Clause
// pigdm solves with A A^T, or takes A^+. An operator with neither is refused, and the message says which likelihoods
// take it.
// expect: pigdm needs a linear operator, with: X adjoint\(const Y& y\) const, or one with: X pseudo_inverse
// expect: dps, lgd, score_ald, daps, sitcom, red_diff, fast_dips take any differentiable one

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/likelihood/pigdm.hpp>

using X = equireg::cpu::tensor<float>;

struct squarer {
  X operator()(const X& x) const { return x; }
  auto linearize(const X& x) const {
    return equireg::linearization{x, [](const X& v) { return v; }};
  }
};

int main() { const equireg::likelihood::pigdm likelihood{squarer{}, X({1, 1, 4, 4}, 0.0F)}; }
