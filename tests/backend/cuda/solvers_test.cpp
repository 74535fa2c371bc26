// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/backend/cuda/host_executor.hpp>

#include <support/catch.hpp>
#include <support/device_solvers.hpp>

namespace cuda_solvers_test {

constexpr equireg::test::device_solvers<equireg::cuda::host_executor> solvers{{1, 1, 6, 5}};

// A launch starts the threads of a block anew: one warp is enough for thirty pixels.
void fewer_threads() {
  using namespace equireg::cuda;
  host_executor::current() = host_executor(thread_order::concurrent, warp_size);
}

TEST_CASE("solvers are the same text on the device, run on the host: guidance", "[backend][cuda][slow]") {
  fewer_threads();
  solvers.check_guidance();
}

TEST_CASE("solvers are the same text on the device, run on the host: projections", "[backend][cuda][slow]") {
  fewer_threads();
  solvers.check_projections();
}

TEST_CASE("solvers are the same text on the device, run on the host: inner loops", "[backend][cuda][slow]") {
  fewer_threads();
  solvers.check_inner_loops();
}

}  // namespace cuda_solvers_test
