// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/backend/cuda/tensor.cuh>

#include <support/catch.hpp>
#include <support/device_laws.hpp>

namespace cuda_tensor_test {

namespace cuda = equireg::cuda;
using equireg::shape;
using equireg::test::device_laws;

TEMPLATE_TEST_CASE("the verbs of the device do what those of the host do", "[cuda]", float, double) {
  for (const shape& s :
       {shape{1, 1, 1, 1}, shape{3, 1, 1, 3}, shape{2, 3, 5, 7}, shape{16, 3, 61, 67}, shape{2, 3, 256, 256}}) {
    device_laws<TestType, cuda::stream>::check_all(s);
  }
  device_laws<TestType, cuda::stream>::check_values();
}

}  // namespace cuda_tensor_test
