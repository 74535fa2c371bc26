// SPDX-License-Identifier: BSD-3-Clause
// dps differentiates the score model. One that cannot be differentiated is refused where the sampler is made, and the
// message says which way out there is.
// expect: a differentiable score model needs: linearization\{value, pullback\} linearize
// expect: choose a likelihood that takes no derivative of the score

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/core/map.hpp>
#include <equireg/likelihood/dps.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddim.hpp>

using X = equireg::cpu::tensor<float>;

struct black_box {
  using tensor_type = X;
  equireg::shape sample_shape() const { return {1, 1, 4, 4}; }
  X denoise(const X& x, const equireg::noise_level&) const { return x; }
};

int main() {
  const black_box prior;
  const equireg::sampler solver{prior, equireg::likelihood::dps{equireg::identity_map{}, X({1, 1, 4, 4}, 0.0F)},
                                equireg::schedule::vp_linear{.steps = 10}, equireg::stepper::ddim{}};
  solver.sample(equireg::seed{1});
}
