// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief dps asks noise whether it weighs residuals; one that does not say is told, though it may be a noise model.
// expect: a solver that weighs residuals needs of a noise model: static constexpr bool weighted

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/likelihood/dps.hpp>

using X = equireg::cpu::tensor<float>;

struct silence {
  X sample(const X& z, const equireg::noise_address&) const { return z; }
  X log_likelihood(const X& z, const X&) const { return z; }
  X log_likelihood_gradient(const X& z, const X&) const { return z; }
};

static_assert(equireg::noise_model<silence, X>);

int main() {
  const equireg::likelihood::dps likelihood{equireg::identity_map{}, X({1, 1, 4, 4}, 0.0F), {}, silence{}};
}
