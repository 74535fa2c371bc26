// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cuda/elementwise.hpp>
#include <equireg/backend/cuda/host_executor.hpp>

#include <support/catch.hpp>

#include <vector>

namespace cuda_elementwise_test {

namespace eq = equireg;
namespace cuda = equireg::cuda;
using eq::shape;
using eq::test::contains;
template <class T>
using tensor = eq::cpu::tensor<T>;

TEMPLATE_TEST_CASE("plain pointers are read and written, aligned for one instruction or not", "[backend][cuda]", float,
                   double) {
  using T = TestType;
  for (const std::size_t shift : {0, 1, 2, 3, 4}) {
    const std::size_t count = 1000;
    tensor<T> x({1, 1, 1, count + 4});
    fill_normal(x, {21, 6, eq::purpose::user, 0});
    std::vector<T> out(count + 9, T(7));
    cuda::host_executor device;
    cuda::transform(
        device, cuda::view{out.data() + 4, shape{1, 1, 1, count}}, [](T v) { return -v; },
        cuda::view{x.data() + shift, shape{1, 1, 1, count}});
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const T expected = i >= 4 && i < count + 4 ? -x.data()[shift + i - 4] : T(7);
      wrong += out[i] == expected ? 0 : 1;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("arguments that do not fit are refused on the device too", "[backend][cuda]") {
  cuda::host_executor device;
  tensor<float> out({2, 1, 4, 5});
  const tensor<float> values({2, 1, 5, 4});
  const auto x = cuda::checked(values);
  const auto itself = [](float v) { return v; };
  const auto run = [&](const auto& argument) { cuda::transform(device, cuda::checked(out), itself, argument); };
  CHECK_THROWS_WITH(run(x), contains("equireg::transform: an argument has shape (2, 1, 5, 4), expected (2, 1, 4, 5)"));
  CHECK_THROWS_WITH(run(eq::per_sample{x}), contains("a per-sample argument has shape (2, 1, 5, 4)"));
  CHECK_THROWS_WITH(run(eq::broadcast{x}), contains("cannot be broadcast"));
  CHECK_THROWS_WITH(run(eq::permuted{x, eq::pixel_map::identity({4, 5})}), contains("the pixel map reads 4 x 5"));
  const cuda::view huge{out.data(), shape{1, 1, 1 << 16, 1 << 16}};
  CHECK_THROWS_WITH(cuda::transform(device, huge, itself, eq::absent{}),
                    contains("more elements than 32 bits count"));
  const cuda::view many{out.data(), shape{std::size_t{1} << 31, 1, 1, 1}};
  CHECK_THROWS_WITH(cuda::transform(device, many, itself, eq::absent{}), contains("more blocks than a grid has"));
}

TEST_CASE("batches without samples and samples without elements are left alone", "[backend][cuda]") {
  cuda::host_executor device;
  tensor<float> none({0, 1, 4, 4}), totals({2, 1, 1, 1}, 3.0F);
  const auto one = [](float) { return 1.0F; };
  cuda::transform(device, cuda::checked(none), one, cuda::checked(none));
  const cuda::view empty{none.data(), shape{2, 1, 0, 4}};
  cuda::reduce(device, cuda::checked(totals).data, one, empty);
  CHECK(totals.data()[0] == 0);
  CHECK(totals.data()[1] == 0);
}

}  // namespace cuda_elementwise_test
