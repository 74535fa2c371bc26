// SPDX-License-Identifier: BSD-3-Clause
// expect: this likelihood makes no steps: give equireg::sampler a stepper

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/likelihood/unconditional.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/karras.hpp>

#include "../support/foreign.hpp"

int main() {
  const equireg::test::white_prior<equireg::cpu::tensor<float>> prior{{1, 1, 2, 2}};
  const equireg::sampler solver{prior, equireg::likelihood::unconditional{1}, equireg::schedule::karras{}};
}
