// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief What holds for the tensors of every executor: of a GPU, and of the host that stands in for one.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cuda/elementwise.hpp>
#include <equireg/backend/cuda/gather.hpp>
#include <equireg/backend/cuda/tensor.hpp>
#include <equireg/core/expression.hpp>

#include <support/batches.hpp>
#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <cstdint>
#include <utility>

namespace equireg::test {

template <class T, class Executor>
struct device_laws {
  using device_tensor = cuda::basic_tensor<T, Executor>;
  using host_tensor = cpu::tensor<T>;

  static host_tensor normal(const shape& s, std::uint32_t which) { return normal_numbers<host_tensor>(s, 21, which); }

  static bool same(const device_tensor& x, const host_tensor& y) { return same_bits(x.to_cpu(), y); }

  /// The bits of the host's noise.
  static void check_noise(const shape& s) {
    device_tensor z(s);
    fill_normal(z, noise_address{21, 4, purpose::user, 0});
    CHECK(same(z, normal(s, 4)));
  }

  // Sums alone: nothing that one compiler fuses and another does not.
  struct mixed {
    EQUIREG_HOST_DEVICE T operator()(T a, T w, T i, T c, T m, T p, T z, T zero) const {
      return (a > w ? a : w) + i - c + m - p + z + zero;
    }
  };

  /// The bits of the host's transform, for every kind of argument.
  static void check_transform(const shape& s) {
    const noise_address address{5, 3, purpose::step, 11};
    const pixel_map turn = pixel_map::quarter_turn({s.width, s.height});
    const host_tensor x = normal(s, 0), weight = normal({s.batch, 1, 1, 1}, 1);
    const host_tensor image = normal({1, 1, s.height, s.width}, 2);
    const host_tensor colours = normal({1, s.channels, s.height, s.width}, 3);
    const host_tensor masks = normal({s.batch, 1, s.height, s.width}, 4);
    const host_tensor turned = normal({s.batch, s.channels, s.width, s.height}, 5);
    host_tensor expected(s);
    transform(expected, mixed{}, x, per_sample{weight}, broadcast{image}, broadcast{colours}, broadcast{masks},
              permuted{turned, turn}, normal_noise{address}, absent{});
    const device_tensor x_there(x), weight_there(weight), image_there(image), colours_there(colours);
    const device_tensor masks_there(masks), turned_there(turned);
    device_tensor out(s);
    transform(out, mixed{}, x_there, per_sample{weight_there}, broadcast{image_there}, broadcast{colours_there},
              broadcast{masks_there}, permuted{turned_there, turn}, normal_noise{address}, absent{});
    CHECK(same(out, expected));
  }

  /// The residual of a symmetry, made and measured in one pass: its bits, and its norms to rounding.
  static void check_residual(const shape& s) {
    const pixel_map turn = pixel_map::quarter_turn({s.width, s.height});
    const host_tensor features = normal({s.batch, s.channels, s.width, s.height}, 6), there = normal(s, 7);
    const auto [u, v] = entries<2>;
    host_tensor expected(s);
    const auto expected_norms =
        to_host(transform_reduce(expected, u - v, square(u), permuted{features, turn}, there));
    const device_tensor features_there(features), there_there(there);
    device_tensor out(s);
    const auto norms =
        to_host(transform_reduce(out, u - v, square(u), permuted{features_there, turn}, there_there));
    CHECK(same(out, expected));
    for (std::size_t b = 0; b < s.batch; ++b) CHECK(close(norms[b], expected_norms[b], tolerance<T>::rounding, 1.0));
  }

  /// Sums are those of the host to rounding, the same in every run, and the same alone and in a batch.
  static void check_sums(const shape& s) {
    const host_tensor x = normal(s, 9), y = normal(s, 10);
    const device_tensor x_there(x), y_there(y);
    const auto expected = to_host(dot(x, y)), norms = to_host(squared_norm(x));
    const auto first = to_host(dot(x_there, y_there));
    CHECK(first == to_host(dot(x_there, y_there)));
    const auto norms_there = to_host(squared_norm(x_there));
    for (std::size_t b = 0; b < s.batch; ++b) {
      CHECK(close(first[b], expected[b], tolerance<T>::rounding, static_cast<double>(s.sample_size())));
      CHECK(close(norms_there[b], norms[b], tolerance<T>::rounding, 1.0));
      const shape one = s.with_batch(1);
      const device_tensor alone(host_tensor(one, std::as_const(x).sample(b)));
      CHECK(to_host(squared_norm(alone))[0] == norms_there[b]);
    }
  }

  /// Pixels move as on the host.
  static void check_gather(const shape& s) {
    const host_tensor x = normal(s, 11);
    const device_tensor there(x);
    const pixel_map turn = pixel_map::quarter_turn(s.plane()), flip = pixel_map::flip_columns(s.plane());
    for (const pixel_map& map :
         {pixel_map::identity(s.plane()), flip, pixel_map::flip_rows(s.plane()), turn, compose(flip, turn),
          pixel_map::quarter_turn({s.width, s.height}).inverse(), pixel_map::shift(s.plane(), 5, -3)}) {
      CHECK(same(gather(there, map), gather(x, map)));
    }
  }

  /// Tensors are filled, added, copied, moved and given other shapes.
  static void check_values() {
    const shape s{2, 1, 5, 9};
    device_tensor x(s), y(s);
    fill(x, 2);
    fill(y, 3);
    const device_tensor before = x;
    add_scaled(x, 0.5, y);
    CHECK(same(x, host_tensor(s, T(3.5))));
    CHECK(same(before, host_tensor(s, 2)));
    device_tensor moved = std::move(x);
    CHECK(x.size() == 0);
    CHECK(same(moved.reshaped({1, 2, 9, 5}), host_tensor({1, 2, 9, 5}, T(3.5))));
    CHECK_THROWS_WITH(moved.reshaped({1, 2, 9, 6}), contains("expected 90 elements, but shape (1, 2, 9, 6) has 108"));
    x = before;
    CHECK(same(x, host_tensor(s, 2)));
    const device_tensor none;
    CHECK(none.shape() == shape{0, 0, 0, 0});
    CHECK(none.to_cpu().size() == 0);
  }

  static void check_all(const shape& s) {
    CAPTURE(s.batch, s.channels, s.height, s.width);
    check_noise(s);
    check_transform(s);
    check_residual(s);
    check_sums(s);
    check_gather(s);
  }
};

}  // namespace equireg::test
