// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `cpu::tensor`: the host's arrays, xtensor containers on pooled memory.

#include <equireg/backend/cpu/memory_pool.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>

#if __has_include(<xtensor/containers/xtensor.hpp>)  // xtensor 0.26 and later
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xtensor.hpp>
#endif

#include <algorithm>
#include <initializer_list>
#include <span>
#include <utility>

namespace equireg::cpu {

/// The tag of the host backend.
struct backend {};

/// A batch of images (B, C, H, W) in host memory, row major; T is float or double.
///
/// `array()` is the xtensor container, for everything that xtensor offers: `eq::cpu::tensor<float> y(...);
/// y.array() = 2 * x.array();`.
template <std::floating_point T>
class tensor {
 public:
  using value_type = T;
  using backend = cpu::backend;
  using array_type = xt::xtensor<T, 4, xt::layout_type::row_major, pool_allocator<T>>;

  /// No elements.
  tensor() : array_(typename array_type::shape_type{0, 0, 0, 0}) {}

  /// Elements not yet written.
  explicit tensor(const equireg::shape& s)
      : array_(typename array_type::shape_type{s.batch, s.channels, s.height, s.width}) {}

  /// All elements equal `value`.
  tensor(const equireg::shape& s, T value) : tensor(s) { std::fill_n(data(), size(), value); }

  /// Elements in row-major order. Throws if their number is not s.size().
  tensor(const equireg::shape& s, std::span<const T> values) : tensor(s) {
    require(values.size() == s.size(), "equireg::cpu::tensor", "shape ", s, " has ", s.size(), " elements, but ",
            values.size(), " values came");
    std::copy(values.begin(), values.end(), data());
  }
  tensor(const equireg::shape& s, std::initializer_list<T> values)
      : tensor(s, std::span<const T>(values.begin(), values.size())) {}

  /// Takes over an xtensor container.
  explicit tensor(array_type array) : array_(std::move(array)) {}

  [[nodiscard]] equireg::shape shape() const {
    const auto& s = array_.shape();
    return {s[0], s[1], s[2], s[3]};
  }
  [[nodiscard]] std::size_t size() const { return array_.size(); }
  [[nodiscard]] T* data() { return array_.data(); }
  [[nodiscard]] const T* data() const { return array_.data(); }

  /// One element. Not checked.
  T& operator()(std::size_t b, std::size_t c, std::size_t h, std::size_t w) { return data()[offset(b, c, h, w)]; }
  const T& operator()(std::size_t b, std::size_t c, std::size_t h, std::size_t w) const {
    return data()[offset(b, c, h, w)];
  }

  /// All elements, and those of one sample, in row-major order.
  [[nodiscard]] std::span<T> values() { return {data(), size()}; }
  [[nodiscard]] std::span<const T> values() const { return {data(), size()}; }
  [[nodiscard]] std::span<T> sample(std::size_t b) {
    return values().subspan(b * shape().sample_size(), shape().sample_size());
  }
  [[nodiscard]] std::span<const T> sample(std::size_t b) const {
    return values().subspan(b * shape().sample_size(), shape().sample_size());
  }

  [[nodiscard]] array_type& array() { return array_; }
  [[nodiscard]] const array_type& array() const { return array_; }

  /// The same elements in the same order under another shape of equal size.
  [[nodiscard]] tensor reshaped(const equireg::shape& s) && {
    require(s.size() == size(), "equireg::cpu::tensor::reshaped", "expected ", size(), " elements, but shape ", s,
            " has ", s.size());
    array_.reshape(typename array_type::shape_type{s.batch, s.channels, s.height, s.width});
    return std::move(*this);
  }
  [[nodiscard]] tensor reshaped(const equireg::shape& s) const& { return tensor(*this).reshaped(s); }

 private:
  [[nodiscard]] std::size_t offset(std::size_t b, std::size_t c, std::size_t h, std::size_t w) const {
    const auto& s = array_.shape();
    return ((b * s[1] + c) * s[2] + h) * s[3] + w;
  }

  array_type array_;
};

static_assert(check_tensor<tensor<float>>() && check_tensor<tensor<double>>());

}  // namespace equireg::cpu
