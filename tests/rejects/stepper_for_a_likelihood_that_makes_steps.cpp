// SPDX-License-Identifier: BSD-3-Clause
// expect: this likelihood makes the steps itself: leave the stepper out of equireg::sampler

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/likelihood/unconditional.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/karras.hpp>
#include <equireg/stepper/ddim.hpp>

#include "../support/foreign.hpp"

using X = equireg::cpu::tensor<float>;

struct walking : equireg::likelihood::unconditional {
  using unconditional::unconditional;
  template <class T>
  int start() const {
    return 0;
  }
  template <class T>
  T advance(int&, T& x, const auto& estimate, const equireg::reverse_step& step) const {
    return estimate(x, step.from).x0;
  }
};

int main() {
  const equireg::test::white_prior<X> prior{{1, 1, 2, 2}};
  const equireg::sampler solver{prior, walking{1}, equireg::schedule::karras{}, equireg::stepper::ddim{}};
}
