// SPDX-License-Identifier: BSD-3-Clause
// lgd differentiates the operator. One that only evaluates is refused, and the message says what takes it.
// expect: this likelihood needs an operator with: linearization<Y, Pullback> linearize
// expect: daps and pnp_dm with Metropolis steps take one that only evaluates

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/likelihood/lgd.hpp>
#include <equireg/regularizer/none.hpp>

using X = equireg::cpu::tensor<float>;

struct black_box {
  X operator()(const X& x) const { return x; }
};

struct prior {
  using tensor_type = X;
  equireg::shape sample_shape() const { return {1, 1, 4, 4}; }
  X denoise(const X& x, const equireg::noise_level&) const { return x; }
  auto linearize(const X& x, const equireg::noise_level&) const {
    return equireg::linearization{x, [](const X& v) { return v; }};
  }
};

int main() {
  const X y({1, 1, 4, 4}, 0.0F);
  const equireg::likelihood::lgd likelihood{black_box{}, y};
  likelihood.estimate(prior{}, equireg::regularizer::none{}, y, equireg::clean, equireg::reverse_step{});
}
