// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `basic_tensor`: the arrays of an executor, and the ways to them and back. `tensor.cuh` has the device's.

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/backend/cuda/sources.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <type_traits>
#include <utility>

namespace equireg::cuda {

/// The tag of an executor's backend.
template <class Executor>
struct backend {};

/// Nothing to enter: verbs make the same bits of a sample in any batch as they are.
template <class Executor>
std::true_type enter_reproducible(backend<Executor>, bool) {
  return {};
}

/// A batch of images (B, C, H, W) in the memory of an executor, row major; T is float or double. It belongs to the
/// executor of the thread that made it. Make, use and drop it on that thread: nothing orders the executors of two.
template <std::floating_point T, class Executor>
class basic_tensor {
 public:
  using value_type = T;
  using backend = cuda::backend<Executor>;
  using executor_type = Executor;

  /// No elements.
  basic_tensor() : shape_{0, 0, 0, 0} {}

  /// Elements not yet written. Throws where there is no room.
  explicit basic_tensor(const equireg::shape& s)
      : executor_(&Executor::current()), shape_(s), memory_(*executor_, s.size()) {}

  /// All elements equal `value`.
  basic_tensor(const equireg::shape& s, T value) : basic_tensor(cpu::tensor<T>(s, value)) {}

  /// Elements in row-major order. Throws if their number is not s.size().
  basic_tensor(const equireg::shape& s, std::span<const T> values) : basic_tensor(cpu::tensor<T>(s, values)) {}
  basic_tensor(const equireg::shape& s, std::initializer_list<T> values) : basic_tensor(cpu::tensor<T>(s, values)) {}

  /// Elements of a tensor of the host.
  explicit basic_tensor(const cpu::tensor<T>& x) : basic_tensor(x.shape()) {
    executor_->upload(data(), x.data(), size());
  }

  basic_tensor(const basic_tensor& other) : basic_tensor(other.shape_) {
    executor_->copy(data(), other.data(), size());
  }
  basic_tensor(basic_tensor&& other) noexcept
      : executor_(other.executor_),
        shape_(std::exchange(other.shape_, {0, 0, 0, 0})),
        memory_(std::move(other.memory_)) {}
  basic_tensor& operator=(basic_tensor other) noexcept {
    std::swap(executor_, other.executor_);
    std::swap(shape_, other.shape_);
    std::swap(memory_, other.memory_);
    return *this;
  }

  [[nodiscard]] equireg::shape shape() const { return shape_; }
  [[nodiscard]] std::size_t size() const { return shape_.size(); }

  /// Pointers that only the executor's kernels may follow.
  [[nodiscard]] T* data() { return memory_.data(); }
  [[nodiscard]] const T* data() const { return memory_.data(); }

  /// Where its elements are written.
  [[nodiscard]] Executor& executor() const { return executor_ != nullptr ? *executor_ : Executor::current(); }

  /// A copy on the host.
  [[nodiscard]] cpu::tensor<T> to_cpu() const {
    cpu::tensor<T> result(shape_);
    executor().download(result.data(), data(), size());
    return result;
  }

  /// The same elements in the same order under another shape of equal size.
  [[nodiscard]] basic_tensor reshaped(const equireg::shape& s) && {
    require(s.size() == size(), "equireg::cuda::tensor::reshaped", "expected ", size(), " elements, but shape ", s,
            " has ", s.size());
    shape_ = s;
    return std::move(*this);
  }
  [[nodiscard]] basic_tensor reshaped(const equireg::shape& s) const& { return basic_tensor(*this).reshaped(s); }

 private:
  Executor* executor_ = nullptr;
  equireg::shape shape_;
  typename Executor::template buffer<T> memory_;
};

/// What kernels are handed for a tensor.
template <class T, class Executor>
auto view_of(basic_tensor<T, Executor>& x) {
  return view{Executor::pointer(x.data(), x.size()), x.shape()};
}
template <class T, class Executor>
auto view_of(const basic_tensor<T, Executor>& x) {
  return view{Executor::pointer(x.data(), x.size()), x.shape()};
}

}  // namespace equireg::cuda
