// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cuda/gather.hpp>
#include <equireg/backend/cuda/host_executor.hpp>

#include <support/batches.hpp>
#include <support/catch.hpp>

namespace cuda_gather_test {

namespace eq = equireg;
namespace cuda = equireg::cuda;
using eq::pixel_map;
using eq::shape;
using eq::test::contains;
using eq::test::same_bits;
using tensor = eq::cpu::tensor<float>;

constexpr cuda::thread_order orders[] = {cuda::thread_order::concurrent, cuda::thread_order::ascending,
                                         cuda::thread_order::descending};

// Tiles of 8 x 8 pixels and blocks of two rows of them: planes that are smaller, larger, and no multiple.
constexpr std::uint32_t tile = 8, threads = 16;

tensor gathered(const tensor& x, const pixel_map& map, cuda::thread_order order) {
  cuda::host_executor device(order, threads);
  tensor out(x.shape().with_plane(map.output));
  cuda::gather<tile>(device, cuda::checked(out), cuda::checked(x), map);
  return out;
}

TEST_CASE("the symmetries of the grid move pixels on the device as on the host", "[backend][cuda]") {
  for (const shape& s : {shape{1, 1, 1, 1}, shape{2, 3, 5, 9}, shape{1, 2, 16, 8}, shape{1, 1, 21, 17}}) {
    const tensor x = eq::test::normal_numbers<tensor>(s, 3, 0);
    const pixel_map turn = pixel_map::quarter_turn(s.plane()), flip = pixel_map::flip_columns(s.plane());
    const pixel_map maps[] = {pixel_map::identity(s.plane()),
                              flip,
                              pixel_map::flip_rows(s.plane()),
                              turn,
                              pixel_map::quarter_turn({s.width, s.height}).inverse(),
                              compose(flip, turn),
                              compose(turn, pixel_map::quarter_turn(turn.output)),
                              pixel_map::shift(s.plane(), 1, -2),
                              pixel_map::shift(s.plane(), -7, 40),
                              compose(pixel_map::shift(s.plane(), 3, 2), turn)};
    for (const pixel_map& map : maps) {
      const tensor expected = gather(x, map);
      for (const cuda::thread_order order : orders) {
        CHECK(same_bits(gathered(x, map, order), expected));
      }
    }
  }
}

TEST_CASE("gathering on the device refuses planes of another size and blocks that no tile fits", "[backend][cuda]") {
  cuda::host_executor device(cuda::thread_order::concurrent, 12);
  tensor x({1, 1, 4, 6}), out({1, 1, 6, 4});
  const auto run = [&](const pixel_map& map) {
    cuda::gather<tile>(device, cuda::checked(out), cuda::checked(x), map);
  };
  CHECK_THROWS_WITH(run(pixel_map::identity({6, 4})), contains("the pixel map reads 6 x 4"));
  CHECK_THROWS_WITH(run(pixel_map::identity({4, 6})), contains("a permuted argument has shape (1, 1, 4, 6)"));
  CHECK_THROWS_WITH(run(pixel_map::quarter_turn({4, 6})), contains("expected blocks of whole rows of 8 threads"));
}

}  // namespace cuda_gather_test
