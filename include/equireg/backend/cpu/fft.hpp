// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `line_fft`: the discrete Fourier transform of a group of lines at once, one line in each lane of a vector.

#include <equireg/backend/cpu/lanes.hpp>
#include <equireg/backend/cpu/memory_pool.hpp>
#include <equireg/core/config.hpp>

#include <kissfft/kissfft.hh>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <numbers>
#include <type_traits>
#include <utility>
#include <vector>

namespace equireg::cpu {

/// F[k] = sum_n f[n] exp(-2 pi i k n / N) for `lanes<T>::count` lines of N numbers, side by side.
///
/// Element n of all lines stands in 2 * count numbers: the real parts, then the imaginary ones. Decimation in time with
/// radices 2, 3, 4, 5, 7 and 8; lengths with other prime factors go through KissFFT, line by line. The root of unity of
/// each product is made in double.
template <class T>
class line_fft {
 public:
  static constexpr std::size_t lane_count = lanes<T>::count;
  static constexpr std::size_t stride = 2 * lane_count;  ///< numbers in one element of all lines

  /// The transform of `length` >= 1, made once and kept.
  static const line_fft& of_length(std::size_t length) {
    static std::mutex mutex;
    static auto* const made = new std::map<std::size_t, std::unique_ptr<const line_fft>>;  // outlives static tensors
    const std::lock_guard lock(mutex);
    auto& entry = (*made)[length];
    if (!entry) entry.reset(new line_fft(length));
    return *entry;
  }

  [[nodiscard]] std::size_t length() const { return length_; }

  /// out[k] = sum_n in[(n + shift) mod N] w^(k n), where in[n] = 0 for n >= count. `in` and `out` are apart; elements
  /// of `in` from `count` on are not read. With `swapped`, real and imaginary parts of `in` change places: since the
  /// inverse transform is the forward one between two such exchanges, this is how inverses begin.
  void operator()(const T* in, T* out, std::size_t shift, std::size_t count, bool swapped) const {
    const source from{in, length_, shift, count, swapped ? lane_count : 0};
    if (!smooth_) return line_by_line(from, out);
    if (passes_.empty()) return from.get(0).put(out);
    first_pass(from, out);
    for (std::size_t p = 1; p < passes_.size(); ++p) later_pass(passes_[p], out);
  }

 private:
  using vector = typename lanes<T>::vector;

  struct number {
    vector re, im;

    static number get(const T* from) { return {lanes<T>::load(from), lanes<T>::load(from + lane_count)}; }
    void put(T* to) const {
      lanes<T>::store(to, re);
      lanes<T>::store(to + lane_count, im);
    }
    friend number operator+(number a, number b) { return {a.re + b.re, a.im + b.im}; }
    friend number operator-(number a, number b) { return {a.re - b.re, a.im - b.im}; }
    [[nodiscard]] number times(T c, T s) const { return {re * c - im * s, re * s + im * c}; }
    [[nodiscard]] number times_minus_i() const { return {im, -re}; }
  };

  /// Where the first pass reads.
  struct source {
    const T* data;
    std::size_t length, shift, count, real_part;

    [[nodiscard]] number get(std::size_t n) const {
      n += shift;
      if (n >= length) n -= length;
      if (n >= count) return {vector{}, vector{}};
      const T* const from = data + n * stride;
      return {lanes<T>::load(from + real_part), lanes<T>::load(from + lane_count - real_part)};
    }
  };

  struct pass {
    std::size_t radix, half;  // joins `radix` transforms of length `half`
    std::vector<T> twiddles;  // exp(-2 pi i j k / (radix half)) for k < half, 0 < j < radix: cosine, sine
  };

  explicit line_fft(std::size_t length) : length_(length) {
    std::size_t rest = length;
    std::vector<std::size_t> radices;
    const auto take = [&](std::size_t radix) {
      radices.push_back(radix);
      rest /= radix;
    };
    while (rest % 64 == 0 || rest % 16 == 8) take(8);
    while (rest % 4 == 0) take(4);
    for (const std::size_t radix : {2, 3, 5, 7}) {
      while (rest % radix == 0) take(radix);
    }
    smooth_ = rest == 1;
    if (!smooth_) return;
    std::size_t half = 1;
    for (const std::size_t radix : radices) {
      pass p{radix, half, {}};
      const std::size_t joined = radix * half;
      for (std::size_t k = 0; k < half; ++k) {
        for (std::size_t j = 1; j < radix; ++j) {
          const double angle = -2 * std::numbers::pi * static_cast<double>(j * k) / static_cast<double>(joined);
          p.twiddles.push_back(static_cast<T>(std::cos(angle)));
          p.twiddles.push_back(static_cast<T>(std::sin(angle)));
        }
      }
      passes_.push_back(std::move(p));
      // order_[b]: where the first butterfly of block b begins to read. A pass of radix r puts every r-th number, from
      // the j-th on, into its j-th part.
      if (half == 1) {
        order_ = {0};
      } else {
        std::vector<std::size_t> order;
        for (std::size_t j = 0; j < radix; ++j) {
          for (const std::size_t n : order_) order.push_back(n * radix + j);
        }
        order_ = std::move(order);
      }
      half = joined;
    }
  }

  // The transform of a few numbers.
  template <std::size_t radix>
  static void butterfly(number* v) {
    if constexpr (radix == 2) {
      const number a = v[0], b = v[1];
      v[0] = a + b;
      v[1] = a - b;
    } else if constexpr (radix == 4) {
      const number s = v[0] + v[2], d = v[0] - v[2], t = v[1] + v[3], e = (v[1] - v[3]).times_minus_i();
      v[0] = s + t;
      v[1] = d + e;
      v[2] = s - t;
      v[3] = d - e;
    } else if constexpr (radix == 8) {
      constexpr T root = static_cast<T>(std::numbers::sqrt2 / 2);
      number even[4] = {v[0], v[2], v[4], v[6]}, odd[4] = {v[1], v[3], v[5], v[7]};
      butterfly<4>(even);
      butterfly<4>(odd);
      odd[1] = {root * (odd[1].re + odd[1].im), root * (odd[1].im - odd[1].re)};
      odd[2] = odd[2].times_minus_i();
      odd[3] = {root * (odd[3].im - odd[3].re), -root * (odd[3].re + odd[3].im)};
      EQUIREG_UNROLL(16)
      for (std::size_t k = 0; k < 4; ++k) {
        v[k] = even[k] + odd[k];
        v[k + 4] = even[k] - odd[k];
      }
    } else {
      // Numbers j and radix - j share a cosine, and have opposite sines.
      constexpr std::size_t half = radix / 2;
      const auto& [cosine, sine] = circle<radix>();
      number sum[half], difference[half];
      number total = v[0];
      EQUIREG_UNROLL(16)
      for (std::size_t j = 0; j < half; ++j) {
        sum[j] = v[j + 1] + v[radix - 1 - j];
        difference[j] = (v[j + 1] - v[radix - 1 - j]).times_minus_i();
        total = total + sum[j];
      }
      const number first = v[0];
      v[0] = total;
      EQUIREG_UNROLL(16)
      for (std::size_t k = 1; k <= half; ++k) {
        number c = first, s = {vector{}, vector{}};
        EQUIREG_UNROLL(16)
        for (std::size_t j = 0; j < half; ++j) {
          const std::size_t q = (j + 1) * k % radix;
          c = {c.re + cosine[q] * sum[j].re, c.im + cosine[q] * sum[j].im};
          s = {s.re + sine[q] * difference[j].re, s.im + sine[q] * difference[j].im};
        }
        v[k] = c + s;
        v[radix - k] = c - s;
      }
    }
  }

  // cos and sin of 2 pi q / radix.
  template <std::size_t radix>
  static const std::pair<std::array<T, radix>, std::array<T, radix>>& circle() {
    static const auto table = [] {
      std::pair<std::array<T, radix>, std::array<T, radix>> t;
      for (std::size_t q = 0; q < radix; ++q) {
        const double angle = 2 * std::numbers::pi * static_cast<double>(q) / static_cast<double>(radix);
        t.first[q] = static_cast<T>(std::cos(angle));
        t.second[q] = static_cast<T>(std::sin(angle));
      }
      return t;
    }();
    return table;
  }

  // Calls f with the radix as a constant.
  template <class F>
  static void with_radix(std::size_t radix, const F& f) {
    switch (radix) {
      case 2: return f(std::integral_constant<std::size_t, 2>{});
      case 3: return f(std::integral_constant<std::size_t, 3>{});
      case 4: return f(std::integral_constant<std::size_t, 4>{});
      case 5: return f(std::integral_constant<std::size_t, 5>{});
      case 7: return f(std::integral_constant<std::size_t, 7>{});
      default: return f(std::integral_constant<std::size_t, 8>{});
    }
  }

  void first_pass(const source& from, T* out) const {
    with_radix(passes_[0].radix, [&](auto radix_constant) {
      constexpr std::size_t radix = radix_constant;
      const std::size_t step = length_ / radix;
      for (const std::size_t begin : order_) {
        number v[radix];
        EQUIREG_UNROLL(16)
        for (std::size_t j = 0; j < radix; ++j) v[j] = from.get(begin + j * step);
        butterfly<radix>(v);
        EQUIREG_UNROLL(16)
        for (std::size_t j = 0; j < radix; ++j, out += stride) v[j].put(out);
      }
    });
  }

  void later_pass(const pass& p, T* data) const {
    with_radix(p.radix, [&](auto radix_constant) {
      constexpr std::size_t radix = radix_constant;
      const std::size_t step = p.half * stride;
      for (T* block = data; block < data + length_ * stride; block += radix * step) {
        const T* w = p.twiddles.data();
        for (T* at = block; at < block + step; at += stride) {
          number v[radix];
          v[0] = number::get(at);
          EQUIREG_UNROLL(16)
          for (std::size_t j = 1; j < radix; ++j, w += 2) v[j] = number::get(at + j * step).times(w[0], w[1]);
          butterfly<radix>(v);
          EQUIREG_UNROLL(16)
          for (std::size_t j = 0; j < radix; ++j) v[j].put(at + j * step);
        }
      }
    });
  }

  void line_by_line(const source& from, T* out) const {
    thread_local std::map<std::size_t, std::unique_ptr<const kissfft<T>>> plans;  // a plan writes to room of its own
    auto& plan = plans[length_];
    if (!plan) plan = std::make_unique<const kissfft<T>>(length_, false);
    for (std::size_t n = 0; n < length_; ++n) from.get(n).put(out + n * stride);
    std::vector<std::complex<T>, pool_allocator<std::complex<T>>> line(2 * length_);
    for (std::size_t l = 0; l < lane_count; ++l) {
      for (std::size_t n = 0; n < length_; ++n) line[n] = {out[n * stride + l], out[n * stride + lane_count + l]};
      plan->transform(line.data(), line.data() + length_);
      for (std::size_t n = 0; n < length_; ++n) {
        out[n * stride + l] = line[length_ + n].real();
        out[n * stride + lane_count + l] = line[length_ + n].imag();
      }
    }
  }

  std::size_t length_;
  bool smooth_ = true;
  std::vector<pass> passes_;
  std::vector<std::size_t> order_;
};

}  // namespace equireg::cpu
