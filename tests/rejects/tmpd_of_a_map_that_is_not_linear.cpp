// SPDX-License-Identifier: BSD-3-Clause
// tmpd solves with A C A^T. An operator without an adjoint is refused, and the message says which likelihoods take it.
// expect: this likelihood needs a linear operator, with: X adjoint\(const Y& y\) const
// expect: dps, lgd, score_ald, daps, sitcom, red_diff, fast_dips take any differentiable one

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/likelihood/tmpd.hpp>

using X = equireg::cpu::tensor<float>;

struct squarer {
  X operator()(const X& x) const { return x; }
  auto linearize(const X& x) const {
    return equireg::linearization{x, [](const X& v) { return v; }};
  }
};

int main() { const equireg::likelihood::tmpd likelihood{squarer{}, X({1, 1, 4, 4}, 0.0F)}; }
