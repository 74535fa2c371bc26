// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief A noise model that has no members is told of all three.
// expect: a noise model needs: Y sample\(const Y& z, const equireg::noise_address& address\) const
// expect: a noise model needs: Y log_likelihood\(const Y& z, const Y& y\) const
// expect: a noise model needs: Y log_likelihood_gradient\(const Y& z, const Y& y\) const

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/noise/noise_model.hpp>

struct silence {};

static_assert(equireg::check_noise_model<silence, equireg::cpu::tensor<float>>());
