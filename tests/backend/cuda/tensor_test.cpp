// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/backend/cuda/host_executor.hpp>
#include <equireg/backend/cuda/tensor.hpp>

#include <support/catch.hpp>
#include <support/device_laws.hpp>

namespace cuda_tensor_test {

namespace cuda = equireg::cuda;
using equireg::shape;
using equireg::test::device_laws;

static_assert(equireg::check_tensor<cuda::basic_tensor<float, cuda::host_executor>>());

TEMPLATE_TEST_CASE("the verbs of the device, run on the host, do what those of the host do", "[backend][cuda]", float,
                   double) {
  using laws = device_laws<TestType, cuda::host_executor>;
  for (const cuda::thread_order order :
       {cuda::thread_order::concurrent, cuda::thread_order::ascending, cuda::thread_order::descending}) {
    cuda::host_executor::current() = cuda::host_executor(order);
    // One element, fewer than four, samples that fours do not divide, several blocks in each sample.
    for (const shape& s : {shape{1, 1, 1, 1}, shape{3, 1, 1, 3}, shape{2, 3, 5, 7}, shape{3, 1, 19, 41}}) {
      laws::check_all(s);
    }
    laws::check_values();
  }
  cuda::host_executor::current() = cuda::host_executor();
}

}  // namespace cuda_tensor_test
