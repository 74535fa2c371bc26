// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief What an elementwise verb may read beside tensors: a number for each sample, an image shared by the batch, a
/// permuted tensor, normal noise, nothing. Each is made in place, a block at a time, and never stored whole.

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/arguments.hpp>
#include <equireg/core/pixel_map.hpp>
#include <equireg/core/random.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>

namespace equireg::cpu {

/// Elements that a source makes at a time: 8 KiB of float, so that a handful of blocks stay in the first-level cache.
inline constexpr std::size_t block_size = 2048;

/// Room for one block, and for the three elements that noise may make before it; or none.
template <class T, bool needed>
struct scratch {
  static constexpr T* values = nullptr;
};
template <class T>
struct alignas(64) scratch<T, true> {
  scratch() {}  // not cleared
  T values[block_size + 64];
};

/// Reads one number for all elements.
template <class T>
struct constant_cursor {
  T value;
  T operator[](std::size_t) const { return value; }
};

/// @name Sources. `block(b, first, count, buffer)` gives elements first ... first + count - 1 of sample b as something
/// that [i] reads.
/// @{

/// A tensor, element for element.
template <class T>
struct tensor_source {
  static constexpr bool needs_buffer = false;
  const T* data;
  equireg::shape extents;

  const T* block(std::size_t b, std::size_t first, std::size_t, T*) const {
    return data + b * extents.sample_size() + first;
  }
  void check(const equireg::shape& out, std::string_view verb) const {
    require_elementwise(extents, out, verb);
  }
};

/// (B, 1, 1, 1): the sample's number, for each of its elements.
template <class T>
struct per_sample_source {
  static constexpr bool needs_buffer = false;
  const T* data;
  equireg::shape extents;

  constant_cursor<T> block(std::size_t b, std::size_t, std::size_t, T*) const { return {data[b]}; }
  void check(const equireg::shape& out, std::string_view verb) const {
    require_per_sample(extents, out, verb);
  }
};

/// (1 or B, 1 or C, H, W): samples, channels or both share it.
template <class T>
struct broadcast_source {
  static constexpr bool needs_buffer = true;
  const T* data;
  equireg::shape extents;
  std::size_t sample_size = 0;  // of the output

  const T* block(std::size_t b, std::size_t first, std::size_t count, T* buffer) const {
    const T* sample = extents.batch == 1 ? data : data + b * extents.sample_size();
    if (extents.sample_size() == sample_size) return sample + first;
    const std::size_t plane = extents.height * extents.width;
    std::size_t from = first % plane;
    if (from + count <= plane) return sample + from;
    for (std::size_t i = 0; i < count; ++i) {
      buffer[i] = sample[from];
      if (++from == plane) from = 0;
    }
    return buffer;
  }
  void check(const equireg::shape& out, std::string_view verb) {
    require_broadcast(extents, out, verb);
    sample_size = out.sample_size();
  }
};

/// A tensor read through a permutation of its pixels.
template <class T>
struct permuted_source {
  static constexpr bool needs_buffer = true;
  const T* data;
  equireg::shape extents;  // of the tensor that is read
  pixel_map map;

  const T* block(std::size_t b, std::size_t first, std::size_t count, T* buffer) const {
    const T* sample = data + b * extents.sample_size();
    if (map.is_identity()) return sample + first;
    const std::size_t plane = extents.height * extents.width, width = map.output.width;
    std::size_t done = 0;
    while (done < count) {
      const std::size_t at = first + done;
      const std::size_t within = at % plane, row = within / width, column = within % width;
      const std::size_t run = std::min(count - done, width - column);
      read_row(sample + at / plane * plane, row, column, run, buffer + done);
      done += run;
    }
    return buffer;
  }
  void check(const equireg::shape& out, std::string_view verb) const {
    require_permuted(extents, map, out, verb);
  }

 private:
  // Output row `row`, columns column ... column + run - 1: at most two straight runs through the input.
  void read_row(const T* plane, std::size_t row, std::size_t column, std::size_t run, T* out) const {
    pixel from = map({row, column});
    const bool down_columns = map.transposes();
    const int direction = down_columns ? map.row_from_column : map.column_from_column;
    const std::size_t length = down_columns ? map.input.height : map.input.width;
    const std::size_t stride = down_columns ? map.input.width : 1;
    const std::size_t base = down_columns ? from.column : from.row * map.input.width;
    std::size_t position = down_columns ? from.row : from.column;
    while (run > 0) {
      const std::size_t straight = std::min(run, direction > 0 ? length - position : position + 1);
      const T* in = plane + base + position * stride;
      if (direction > 0 && stride == 1) {
        std::copy_n(in, straight, out);
      } else {
        const auto step = direction * static_cast<std::ptrdiff_t>(stride);
        EQUIREG_SIMD
        for (std::size_t i = 0; i < straight; ++i) out[i] = in[static_cast<std::ptrdiff_t>(i) * step];
      }
      out += straight;
      run -= straight;
      position = direction > 0 ? 0 : length - 1;
    }
  }
};

/// Standard normal numbers of a stream.
template <class T>
struct noise_source {
  static constexpr bool needs_buffer = true;
  noise_address address;

  const T* block(std::size_t b, std::size_t first, std::size_t count, T* buffer) const {
    const std::size_t before = first % 4;
    fill_normal(buffer, first - before, count + before, address, b);
    return buffer + before;
  }
  void check(const equireg::shape&, std::string_view) const {}
};

/// Zero, known at compile time: what it is added to costs nothing.
template <class T>
struct zero_source {
  static constexpr bool needs_buffer = false;
  struct cursor {
    constexpr T operator[](std::size_t) const { return T(0); }
  };
  cursor block(std::size_t, std::size_t, std::size_t, T*) const { return {}; }
  void check(const equireg::shape&, std::string_view) const {}
};
/// @}

template <class T>
tensor_source<T> source_of(const tensor<T>& x) {
  return {x.data(), x.shape()};
}
template <class T>
per_sample_source<T> source_of(const per_sample<tensor<T>>& x) {
  return {x.values.data(), x.values.shape()};
}
template <class T>
broadcast_source<T> source_of(const broadcast<tensor<T>>& x) {
  return {x.values.data(), x.values.shape()};
}
template <class T>
permuted_source<T> source_of(const permuted<tensor<T>>& x) {
  return {x.values.data(), x.values.shape(), x.map};
}
template <class T>
noise_source<T> source_of(const normal_noise& noise) {
  return {noise.address};
}
template <class T>
zero_source<T> source_of(const absent&) {
  return {};
}

/// The source of an argument among elements of type T.
template <class T, class Argument>
auto make_source(const Argument& argument) {
  if constexpr (std::is_same_v<Argument, normal_noise> || std::is_same_v<Argument, absent>) {
    return source_of<T>(argument);
  } else {
    return source_of(argument);
  }
}

}  // namespace equireg::cpu
