// SPDX-License-Identifier: BSD-3-Clause
// sitcom differentiates the score model. One that only denoises is refused, and told of likelihoods that take it.
// expect: a differentiable score model needs: linearization\{value, pullback\} linearize
// expect: choose a likelihood that takes no derivative of the score

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/likelihood/sitcom.hpp>
#include <equireg/regularizer/none.hpp>

using X = equireg::cpu::tensor<float>;

struct prior {
  using tensor_type = X;
  equireg::shape sample_shape() const { return {1, 1, 4, 4}; }
  X denoise(const X& x, const equireg::noise_level&) const { return x; }
};

int main() {
  const X y({1, 1, 4, 4}, 0.0F);
  const equireg::likelihood::sitcom likelihood{equireg::identity_map{}, y};
  likelihood.estimate(prior{}, equireg::regularizer::none{}, y, equireg::clean, equireg::reverse_step{});
}
