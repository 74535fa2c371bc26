// SPDX-License-Identifier: BSD-3-Clause
// A score model that has only its tensor type: each missing member is named, with what would supply it.
// expect: a score model needs: equireg::shape sample_shape\(\) const, the shape \(1, C, H, W\) of one sample
// expect: a score model needs: tensor_type denoise\(const tensor_type& x, const equireg::noise_level& level\) const

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/score/score_model.hpp>

struct nothing_but_a_type {
  using tensor_type = equireg::cpu::tensor<float>;
};

static_assert(equireg::check_score_model<nothing_but_a_type>());
