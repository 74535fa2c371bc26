// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Elementwise verbs of the CPU backend: `transform`, `reduce`, `transform_reduce`, and norms made of them.

#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/sources.hpp>
#include <equireg/backend/cpu/tensor.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace equireg::cpu {

/// Partial sums side by side in one block. Their number is fixed and so is the order in which they are added: the sum
/// has the same bits for any vector length, thread count and batch split.
inline constexpr std::size_t sum_lanes = 16;

/// sum_i term(r, i), i = 0 ... count - 1, for each r < rows: in the fixed order, however many sums are made together.
template <class T, std::size_t rows, class Term>
std::array<double, rows> sum_blocks(std::size_t count, const Term& term) {
  std::array<double, rows> sums = {};
  for (std::size_t first = 0; first < count; first += block_size) {
    const std::size_t end = std::min(first + block_size, count);
    T lanes[rows][sum_lanes] = {};
    std::size_t i = first;
    for (; i + sum_lanes <= end; i += sum_lanes) {
      for (std::size_t r = 0; r < rows; ++r) {
        EQUIREG_SIMD
        for (std::size_t j = 0; j < sum_lanes; ++j) lanes[r][j] += term(r, i + j);
      }
    }
    for (std::size_t j = 0; i < end; ++i, ++j) {
      for (std::size_t r = 0; r < rows; ++r) lanes[r][j] += term(r, i);
    }
    for (std::size_t r = 0; r < rows; ++r) {
      double sum = 0;
      for (const T lane : lanes[r]) sum += static_cast<double>(lane);
      sums[r] += sum;
    }
  }
  return sums;
}

/// term(0) + ... + term(count - 1), in the fixed order.
template <class T, class Term>
double sum_block(std::size_t count, const Term& term) {
  return sum_blocks<T, 1>(count, [&](std::size_t, std::size_t i) { return term(i); })[0];
}

/// Calls body(b, first, count) for all blocks of a batch: elements first ... first + count - 1 of sample b.
template <class Body>
void for_each_block(const equireg::shape& s, const Body& body) {
  const std::size_t sample_size = s.sample_size(), blocks = (sample_size + block_size - 1) / block_size;
  parallel_for(s.batch * blocks, std::min(sample_size, block_size), [&](std::size_t index) {
    const std::size_t first = index % blocks * block_size;
    body(index / blocks, first, std::min(block_size, sample_size - first));
  });
}

/// to[i] = f(cursors[i]...).
template <class T, class F, class... Cursors>
inline void map_block(T* to, std::size_t count, const F& f, Cursors... cursors) {
  EQUIREG_SIMD
  for (std::size_t i = 0; i < count; ++i) to[i] = f(cursors[i]...);
}

/// The sums of a batch's blocks, which are added sample by sample in order.
class partial_sums {
 public:
  explicit partial_sums(const equireg::shape& s)
      : batch_(s.batch), blocks_((s.sample_size() + block_size - 1) / block_size), sums_(batch_ * blocks_) {}

  /// The block of sample b that begins with element `first`.
  double& at(std::size_t b, std::size_t first) { return sums_[b * blocks_ + first / block_size]; }

  /// (B, 1, 1, 1).
  template <class T>
  [[nodiscard]] tensor<T> add() const {
    tensor<T> totals({batch_, 1, 1, 1});
    for (std::size_t b = 0; b < batch_; ++b) {
      double sum = 0;
      for (std::size_t i = 0; i < blocks_; ++i) sum += sums_[b * blocks_ + i];
      totals.data()[b] = static_cast<T>(sum);
    }
    return totals;
  }

 private:
  std::size_t batch_, blocks_;
  std::vector<double, pool_allocator<double>> sums_;
};

namespace detail {

template <class T, class F, class... Sources>
void transform(tensor<T>& out, const F& f, Sources... sources) {
  const equireg::shape s = out.shape();
  (sources.check(s, "equireg::transform"), ...);
  for_each_block(s, [&](std::size_t b, std::size_t first, std::size_t count) {
    map_block(out.data() + b * s.sample_size() + first, count, f,
              sources.block(b, first, count, scratch<T, Sources::needs_buffer>().values)...);
  });
}

template <class T, class F, class G, class... Sources>
tensor<T> transform_reduce(tensor<T>& out, const F& f, const G& g, Sources... sources) {
  const equireg::shape s = out.shape();
  (sources.check(s, "equireg::transform_reduce"), ...);
  partial_sums partial(s);
  for_each_block(s, [&](std::size_t b, std::size_t first, std::size_t count) {
    T* const to = out.data() + b * s.sample_size() + first;
    map_block(to, count, f, sources.block(b, first, count, scratch<T, Sources::needs_buffer>().values)...);
    partial.at(b, first) = sum_block<T>(count, [=](std::size_t i) { return g(to[i]); });
  });
  return partial.add<T>();
}

template <class T, class F, class... Cursors>
double reduce_block(std::size_t count, const F& f, Cursors... cursors) {
  return sum_block<T>(count, [=](std::size_t i) { return f(cursors[i]...); });
}

template <class T, class F, class... Sources>
tensor<T> reduce(const equireg::shape& s, const F& f, Sources... sources) {
  (sources.check(s, "equireg::reduce"), ...);
  partial_sums partial(s);
  for_each_block(s, [&](std::size_t b, std::size_t first, std::size_t count) {
    partial.at(b, first) =
        reduce_block<T>(count, f, sources.block(b, first, count, scratch<T, Sources::needs_buffer>().values)...);
  });
  return partial.add<T>();
}

}  // namespace detail

/// out[i] = f(arguments[i]...) for every element. Arguments are tensors of out's shape, `per_sample`, `broadcast`,
/// `permuted`, `normal_noise` or `absent`. `out` may be one of the tensors, but none that is permuted.
/// Throws where a shape does not fit.
template <class T, class F, class... Arguments>
void transform(tensor<T>& out, const F& f, const Arguments&... arguments) {
  detail::transform(out, f, make_source<T>(arguments)...);
}

/// out[i] = value for every element.
template <class T>
void fill(tensor<T>& out, std::type_identity_t<T> value) {
  transform(out, [value] { return value; });
}

/// Adds up, for each sample, g(out[i]) while it makes out[i] = f(arguments[i]...). Returns (B, 1, 1, 1).
template <class T, class F, class G, class... Arguments>
tensor<T> transform_reduce(tensor<T>& out, const F& f, const G& g, const Arguments&... arguments) {
  return detail::transform_reduce(out, f, g, make_source<T>(arguments)...);
}

/// sum_i f(arguments[i]...) for each sample, as (B, 1, 1, 1). The first argument is a tensor and sets the shape.
template <class T, class F, class... Arguments>
tensor<T> reduce(const F& f, const tensor<T>& first_argument, const Arguments&... arguments) {
  return detail::reduce<T>(first_argument.shape(), f, make_source<T>(first_argument), make_source<T>(arguments)...);
}

/// ||x_b||^2 for each sample, (B, 1, 1, 1).
template <class T>
tensor<T> squared_norm(const tensor<T>& x) {
  return reduce([](T v) { return v * v; }, x);
}

/// <x_b, y_b> for each sample, (B, 1, 1, 1).
template <class T>
tensor<T> dot(const tensor<T>& x, const tensor<T>& y) {
  return reduce([](T u, T v) { return u * v; }, x, y);
}

/// y += factor * x.
template <class T>
void add_scaled(tensor<T>& y, double factor, const tensor<T>& x) {
  const T c = static_cast<T>(factor);
  transform(y, [c](T v, T u) { return v + c * u; }, y, x);
}

/// Standard normal numbers of the stream at `address`.
template <class T>
void fill_normal(tensor<T>& out, const noise_address& address) {
  transform(out, [](T z) { return z; }, normal_noise{address});
}

/// x with its pixels permuted: (B, C, H, W) becomes (B, C, H', W') of the map's output.
template <class T>
tensor<T> gather(const tensor<T>& x, const pixel_map& map) {
  tensor<T> out(x.shape().with_plane(map.output));
  transform(out, [](T v) { return v; }, permuted{x, map});
  return out;
}

/// x with its pixels permuted by any function from output pixel to input pixel, with extents `map.input` and
/// `map.output`. A permutation that is a `pixel_map` should be one: it is read in straight runs.
template <class T, class Map>
  requires requires(const Map& m, pixel p) {
    { m(p) } -> std::convertible_to<pixel>;
    { m.output } -> std::convertible_to<extent>;
  }
tensor<T> gather(const tensor<T>& x, const Map& map) {
  const equireg::shape s = x.shape();
  require(s.plane() == map.input, "equireg::gather", "the map reads ", map.input, " but x has shape ", s);
  tensor<T> out(s.with_plane(map.output));
  const std::size_t plane_in = s.height * s.width, plane_out = map.output.height * map.output.width;
  parallel_for(s.batch * s.channels, plane_out, [&](std::size_t p) {
    const T* const in = x.data() + p * plane_in;
    T* to = out.data() + p * plane_out;
    for (std::size_t row = 0; row < map.output.height; ++row) {
      for (std::size_t column = 0; column < map.output.width; ++column) {
        const pixel from = map(pixel{row, column});
        *to++ = in[from.row * s.width + from.column];
      }
    }
  });
  return out;
}

/// Reads the numbers of (B, 1, 1, 1) on the host.
template <class T>
std::vector<double> to_host(const tensor<T>& per_sample_values) {
  return {per_sample_values.data(), per_sample_values.data() + per_sample_values.size()};
}

}  // namespace equireg::cpu
