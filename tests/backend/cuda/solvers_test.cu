// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/backend/cuda/tensor.cuh>

#include <support/catch.hpp>
#include <support/device_solvers.hpp>

namespace cuda_solvers_test {

const equireg::test::device_solvers<equireg::cuda::stream> solvers{{1, 3, 61, 67}};

TEST_CASE("solvers are the same text on the device: guidance", "[cuda]") { solvers.check_guidance(); }

TEST_CASE("solvers are the same text on the device: projections", "[cuda]") { solvers.check_projections(); }

TEST_CASE("solvers are the same text on the device: inner loops", "[cuda]") { solvers.check_inner_loops(); }

}  // namespace cuda_solvers_test
