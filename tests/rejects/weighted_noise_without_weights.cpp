// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief Noise that says it weighs residuals is asked for its weights.
// expect: a weighted noise model needs: Y weights\(const Y& y\) const

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/likelihood/dps.hpp>

using X = equireg::cpu::tensor<float>;

struct heavy {
  static constexpr bool weighted = true;
};

int main() {
  const equireg::likelihood::dps likelihood{equireg::identity_map{}, X({1, 1, 4, 4}, 0.0F), {}, heavy{}};
}
