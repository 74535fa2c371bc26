// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `sparse_correlation`: the sum of shifted planes, one for each weight of a kernel that is not zero.

#include <equireg/backend/cpu/lanes.hpp>
#include <equireg/backend/cpu/memory_pool.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/dense_matrix.hpp>
#include <equireg/core/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace equireg::cpu {

/// out[i, j] = sum_{a,b} w[a, b] in[s i + a, s j + b] for a stride s, on planes that hold all that is read.
///
/// Of an input row the columns 0, s, 2 s, ... stand first, then 1, s + 1, ... and so on, so that what neighbouring
/// outputs read stands side by side.
///
/// The sums of neighbouring pixels are kept in registers while one pass over the weights adds to all of them. Weights
/// that are 0 cost nothing: the path of a motion blur fills a small part of its square.
template <class T>
class sparse_correlation {
 public:
  sparse_correlation() = default;

  /// Numbers in a vector.
  static constexpr std::size_t lane_count = lanes<T>::count;

  /// For outputs of the extent `output`, none of them empty. Input planes have `input_rows()` rows, `input_stride()`
  /// numbers apart.
  sparse_correlation(const dense_matrix& w, extent output, std::size_t stride = 1)
      : output_(output),
        step_(stride),
        rows_(stride * (output.height - 1) + w.rows),
        run_(rounded(output.width) + (w.columns - 1) / stride) {
    for (std::size_t a = 0; a < w.rows; ++a) {
      for (std::size_t b = 0; b < w.columns; ++b) {
        if (w(a, b) != 0) taps_.push_back({a * input_stride() + column(b), static_cast<T>(w(a, b))});
      }
    }
  }

  [[nodiscard]] std::size_t input_rows() const { return rows_; }
  [[nodiscard]] std::size_t input_stride() const { return step_ * run_; }
  [[nodiscard]] std::size_t input_size() const { return rows_ * input_stride(); }

  /// Where column q of an input row stands.
  [[nodiscard]] std::size_t column(std::size_t q) const { return q % step_ * run_ + q / step_; }

  /// `planes` planes, one after the other. Each output is summed in one order, wherever it stands.
  void run(const T* in, T* out, std::size_t planes) const {
    constexpr std::size_t together = 16;  // rows
    const std::size_t down = step_ * input_stride();
    const std::size_t blocks = (output_.height + together - 1) / together;
    parallel_for(planes * blocks, together * output_.width * (taps_.size() / lane_count + 1), [&](std::size_t task) {
      const std::size_t plane = task / blocks, first = task % blocks * together;
      const std::size_t last = std::min(first + together, output_.height);
      const T* const from = in + plane * input_size();
      T* const to = out + plane * output_.height * output_.width;
      std::size_t j = 0;
      const auto strip = [&]<std::size_t Vectors>() {
        for (; j + Vectors * lane_count <= output_.width; j += Vectors * lane_count) {
          for (std::size_t i = first; i < last; ++i) tile<Vectors>(from + i * down + j, to + i * output_.width + j);
        }
      };
      strip.template operator()<8>();
      strip.template operator()<4>();
      strip.template operator()<1>();
      if (j == output_.width) return;
      for (std::size_t i = first; i < last; ++i) {
        T rest[lane_count];
        tile<1>(from + i * down + j, rest);
        std::copy_n(rest, output_.width - j, to + i * output_.width + j);
      }
    });
  }

 private:
  struct tap {
    std::size_t offset;
    T weight;
  };

  static constexpr std::size_t rounded(std::size_t n) { return (n + lane_count - 1) / lane_count * lane_count; }

  template <std::size_t Vectors>
  void tile(const T* in, T* out) const {
    typename lanes<T>::vector sum[Vectors] = {};
    for (const tap& t : taps_) {
      const T* const from = in + t.offset;
      for (std::size_t v = 0; v < Vectors; ++v) sum[v] += t.weight * lanes<T>::load(from + v * lane_count);
    }
    for (std::size_t v = 0; v < Vectors; ++v) lanes<T>::store(out + v * lane_count, sum[v]);
  }

  extent output_{0, 0};
  std::size_t step_ = 1, rows_ = 0, run_ = 0;
  std::vector<tap> taps_;
};

/// The planes of y in larger ones of zeros, as a correlation of stride 1 reads them: `above` rows down and `before`
/// columns to the right.
template <class T>
std::vector<T, pool_allocator<T>> framed(const tensor<T>& y, const sparse_correlation<T>& c, std::size_t above,
                                         std::size_t before) {
  const equireg::shape s = y.shape();
  const std::size_t planes = s.batch * s.channels;
  std::vector<T, pool_allocator<T>> frames(planes * c.input_size());
  parallel_for(planes * c.input_rows(), c.input_stride(), [&](std::size_t line) {
    const std::size_t plane = line / c.input_rows(), row = line % c.input_rows();
    T* const to = frames.data() + line * c.input_stride();
    std::fill_n(to, c.input_stride(), T(0));
    if (row < above || row - above >= s.height) return;
    std::copy_n(y.data() + (plane * s.height + row - above) * s.width, s.width, to + before);
  });
  return frames;
}

}  // namespace equireg::cpu
