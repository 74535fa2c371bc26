// SPDX-License-Identifier: BSD-3-Clause
// expect: a likelihood approximation needs: std::size_t batch\(\) const, the number of measurements
// expect: a likelihood approximation needs: guided_estimate<X, Shift> estimate\(const Score& score

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>

#include "../support/foreign.hpp"

struct no_likelihood {};

static_assert(equireg::check_likelihood_approximation<no_likelihood,
                                                      equireg::test::white_prior<equireg::cpu::tensor<float>>>());
