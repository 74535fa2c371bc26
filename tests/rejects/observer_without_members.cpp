// SPDX-License-Identifier: BSD-3-Clause
// expect: an observer needs: void on_step\(const equireg::reverse_step& step, const X& x\)

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/likelihood/unconditional.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddim.hpp>

#include "../support/foreign.hpp"

struct no_observer {};

int main() {
  const equireg::test::white_prior<equireg::cpu::tensor<float>> prior{{1, 1, 2, 2}};
  const equireg::sampler solver{prior, equireg::likelihood::unconditional{1},
                                equireg::schedule::vp_linear{.steps = 10}, equireg::stepper::ddim{}};
  solver.sample(equireg::seed{1}, no_observer{});
}
