// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief projection and mcg need A^+, and say which methods do without.
// expect: this likelihood needs an operator with: X pseudo_inverse\(const Y& y\) const, A\^\+ y; tmpd, diffpir

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/likelihood/projection.hpp>

using X = equireg::cpu::tensor<float>;

struct blur {
  X operator()(const X& x) const { return x; }
  X adjoint(const X& y) const { return y; }
};

int main() { const equireg::likelihood::projection likelihood{blur{}, X({1, 1, 4, 4}, 0.0F)}; }
