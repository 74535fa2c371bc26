// SPDX-License-Identifier: BSD-3-Clause

#include "support/chosen_penalty.hpp"

#include "support/chosen_group.hpp"

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/regularizer/denoiser_at.hpp>
#include <equireg/regularizer/equivariance_consistency.hpp>

namespace support {

any_penalty equireg_penalty(const any_score& prior, const std::string& group, double weight, double sigma) {
  const eq::regularizer::denoiser_at f{prior, eq::variance_exploding(sigma)};
  const auto symmetry = chosen_group::by_name(group, prior.sample_shape().plane());
  return any_penalty(eq::regularizer::equivariance_consistency{f, symmetry, {.weight = weight}});
}

}  // namespace support
