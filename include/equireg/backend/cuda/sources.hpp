// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief What an elementwise kernel may read beside arrays, as `backend/cpu/sources.hpp` lists it. Each thread asks
/// for four neighbouring elements, which one block of Philox makes and one instruction loads.

#include <equireg/core/arguments.hpp>
#include <equireg/core/config.hpp>
#include <equireg/core/pixel_map.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace equireg::cuda {

using random_bits::quad;

/// A batch (B, C, H, W) that lies somewhere and belongs to someone else. Pointer is T*, const T*, or what stands in for
/// them.
template <class Pointer>
struct view {
  Pointer data;
  equireg::shape extents;

  using value_type = std::remove_cvref_t<decltype(std::declval<const Pointer&>()[0])>;
};
template <class Pointer>
view(Pointer, equireg::shape) -> view<Pointer>;

/// What kernels are handed: a view is that already.
template <class Pointer>
const view<Pointer>& view_of(const view<Pointer>& x) {
  return x;
}

/// Elements first ... first + count - 1 of sample b; first is a multiple of four, count at most four.
struct run_of_four {
  std::uint32_t sample = 0;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

/// Four values, as large as the load that fetches them.
template <class T>
struct alignas(4 * sizeof(T) < 16 ? 4 * sizeof(T) : 16) aligned_quad {
  quad<T> values;
};

template <class T>
EQUIREG_HOST_DEVICE bool is_aligned(const T* p) {
  return reinterpret_cast<std::uintptr_t>(p) % alignof(aligned_quad<T>) == 0;
}

/// p[0] ... p[count - 1]; the rest is zero. Plain pointers that are aligned are read at once.
template <class Pointer>
EQUIREG_HOST_DEVICE auto load(const Pointer& p, std::uint32_t count) {
  using T = std::remove_cvref_t<decltype(p[0])>;
  if constexpr (std::is_pointer_v<Pointer>) {
    if (count == 4 && is_aligned(p)) {
      const aligned_quad<T> four = *reinterpret_cast<const aligned_quad<T>*>(p);  // whole, or nvcc loads each by itself
      return four.values;
    }
  }
  quad<T> result = {};
  for (std::uint32_t j = 0; j < count; ++j) result[j] = p[j];
  return result;
}

/// The opposite: p[j] = values[j], j < count.
template <class Pointer, class T>
EQUIREG_HOST_DEVICE void store(const Pointer& p, const quad<T>& values, std::uint32_t count) {
  if constexpr (std::is_pointer_v<Pointer>) {
    if (count == 4 && is_aligned(p)) {
      reinterpret_cast<aligned_quad<T>*>(p)->values = values;
      return;
    }
  }
  for (std::uint32_t j = 0; j < count; ++j) p[j] = values[j];
}

/// @name Sources. `load(at)` gives four elements of one sample.
/// @{

/// An array, element for element.
template <class Pointer>
struct tensor_source {
  view<Pointer> x;

  EQUIREG_HOST_DEVICE auto load(const run_of_four& at) const {
    return cuda::load(x.data + (at.sample * x.extents.sample_size() + at.first), at.count);
  }
  void check(const equireg::shape& out, std::string_view verb) { require_elementwise(x.extents, out, verb); }
};

/// (B, 1, 1, 1): the sample's number, for each of its elements.
template <class Pointer>
struct per_sample_source {
  view<Pointer> x;

  EQUIREG_HOST_DEVICE auto load(const run_of_four& at) const {
    const auto v = x.data[at.sample];
    return quad<std::remove_cvref_t<decltype(v)>>{v, v, v, v};
  }
  void check(const equireg::shape& out, std::string_view verb) { require_per_sample(x.extents, out, verb); }
};

/// (1 or B, 1 or C, H, W): samples, channels or both share it.
template <class Pointer>
struct broadcast_source {
  view<Pointer> x;
  std::uint32_t period = 0;  // elements of a sample after which the argument begins again

  EQUIREG_HOST_DEVICE auto load(const run_of_four& at) const {
    const auto sample = x.data + (x.extents.batch == 1 ? 0 : at.sample * x.extents.sample_size());
    std::uint32_t from = at.first < period ? at.first : at.first % period;
    if (from + at.count <= period) return cuda::load(sample + from, at.count);
    decltype(cuda::load(sample, 0U)) result = {};
    for (std::uint32_t j = 0; j < at.count; ++j) {
      result[j] = sample[from];
      if (++from == period) from = 0;
    }
    return result;
  }
  void check(const equireg::shape& out, std::string_view verb) {
    require_broadcast(x.extents, out, verb);
    period = static_cast<std::uint32_t>(x.extents.sample_size());
  }
};

/// An array read through a permutation of its pixels.
template <class Pointer>
struct permuted_source {
  view<Pointer> x;
  pixel_map map;

  EQUIREG_HOST_DEVICE auto load(const run_of_four& at) const {
    const auto width = static_cast<std::uint32_t>(map.output.width);
    const auto plane = static_cast<std::uint32_t>(map.output.height) * width;
    decltype(cuda::load(x.data, 0U)) result = {};
    std::uint32_t channel = at.first / plane, row = at.first % plane / width, column = at.first % plane % width;
    for (std::uint32_t j = 0; j < at.count; ++j) {
      const pixel from = map({row, column});
      result[j] = x.data[at.sample * x.extents.sample_size() + std::size_t{channel} * plane +
                       from.row * x.extents.width + from.column];
      if (++column < width) continue;
      column = 0;
      if (++row < map.output.height) continue;
      row = 0;
      ++channel;
    }
    return result;
  }
  void check(const equireg::shape& out, std::string_view verb) { require_permuted(x.extents, map, out, verb); }
};

/// Standard normal numbers of a stream.
template <class T>
struct noise_source {
  noise_address address;

  EQUIREG_HOST_DEVICE quad<T> load(const run_of_four& at) const {
    const quad<float> z = four_normals(address, at.sample, at.first / 4);
    return {static_cast<T>(z[0]), static_cast<T>(z[1]), static_cast<T>(z[2]), static_cast<T>(z[3])};
  }
  void check(const equireg::shape&, std::string_view) {}
};

/// Zero, known at compile time.
template <class T>
struct zero_source {
  EQUIREG_HOST_DEVICE quad<T> load(const run_of_four&) const { return {}; }
  void check(const equireg::shape&, std::string_view) {}
};
/// @}

/// @name The source of an argument among elements of type T: of a view, or of what `view_of` makes one of
/// @{
template <class T, class X>
auto make_source(const X& x) {
  return tensor_source<decltype(view_of(x).data)>{view_of(x)};
}
template <class T, class X>
auto make_source(const per_sample<X>& x) {
  return per_sample_source<decltype(view_of(x.values).data)>{view_of(x.values)};
}
template <class T, class X>
auto make_source(const broadcast<X>& x) {
  return broadcast_source<decltype(view_of(x.values).data)>{view_of(x.values)};
}
template <class T, class X>
auto make_source(const permuted<X>& x) {
  return permuted_source<decltype(view_of(x.values).data)>{view_of(x.values), x.map};
}
template <class T>
noise_source<T> make_source(const normal_noise& noise) {
  return {noise.address};
}
template <class T>
zero_source<T> make_source(const absent&) {
  return {};
}
/// @}

}  // namespace equireg::cuda
