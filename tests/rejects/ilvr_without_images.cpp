// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief The low-pass of ilvr makes images of images, and down_up makes one of an operator with A^+ alone.
// expect: ilvr needs a linear low-pass with: X operator\(\)\(const X& x\) const, in the shape of x
// expect: this likelihood needs an operator with: X pseudo_inverse\(const Y& y\) const

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/likelihood/ilvr.hpp>

using X = equireg::cpu::tensor<float>;

struct total {
  float operator()(const X& x) const { return x.values()[0]; }
};
struct blur {
  X operator()(const X& x) const { return x; }
};

int main() {
  const X reference({1, 1, 4, 4}, 0.0F);
  const X low = equireg::likelihood::down_up{blur{}}(reference);
  const equireg::likelihood::ilvr likelihood{total{}, reference};
}
