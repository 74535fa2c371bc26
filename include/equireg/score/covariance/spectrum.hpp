// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `covariance::spectrum`: a stationary covariance with periodic borders, diagonal in the Hartley basis.

#include <equireg/backend/cpu/hartley.hpp>
#include <equireg/backend/cpu/mixture.hpp>
#include <equireg/core/error.hpp>
#include <equireg/score/covariance/diagonal.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace equireg::score::covariance {

/// C = H diag(s) H for the orthonormal Hartley transform H of each channel.
///
/// Where s[k] = s[-k] (indices modulo H and W), C is stationary and s is its power spectrum: the Fourier transform of
/// its first row. Costs one transform of x and one of the result.
template <class T>
class spectrum {
 public:
  using value_type = T;

  /// `variances` is s, (1, C, H, W), in the order of the discrete Fourier transform. Throws unless all are positive.
  explicit spectrum(cpu::tensor<T> variances) : diagonal_(std::move(variances)) {}

  [[nodiscard]] const cpu::tensor<T>& variances() const { return diagonal_.variances(); }

  /// Throws where samples of this shape do not fit.
  void check(const shape& sample) const { diagonal_.check(sample); }

  /// C as a d x d matrix, (1, 1, d, d).
  [[nodiscard]] cpu::tensor<double> dense(std::size_t d) const {
    const shape s = variances().shape().with_batch(d);
    auto c = cpu::hartley(diagonal_.dense(d).reshaped(s));
    cpu::tensor<double> transposed({1, 1, d, d});
    for (std::size_t i = 0; i < d; ++i) {
      for (std::size_t j = 0; j < d; ++j) transposed.data()[i * d + j] = c.data()[j * d + i];
    }
    return cpu::hartley(std::move(transposed).reshaped(s)).reshaped({1, 1, d, d});
  }

  /// Normal numbers that one sample of d elements takes.
  [[nodiscard]] static std::size_t noise_size(std::size_t d) { return d; }

  /// Rows of N(0, C) from rows of standard normal numbers: (n, 1, 1, noise_size(d)) to (n, 1, 1, d).
  [[nodiscard]] cpu::tensor<T> color(cpu::tensor<T> z) const {
    const shape rows = z.shape();
    const shape images = variances().shape().with_batch(rows.batch);
    return cpu::hartley(diagonal_.color(std::move(z)).reshaped(images)).reshaped(rows);
  }

  /// The covariances of all components, ready for any noise level: diagonal ones, of transformed images.
  class family {
   public:
    family(const std::vector<spectrum>& members, const std::shared_ptr<const cpu::tensor<T>>& means)
        : diagonal_(diagonals(members), transformed(members, *means)) {}

    [[nodiscard]] auto at(const noise_level& level) const { return diagonal_.at(level); }

    /// To the Hartley basis and back.
    static cpu::tensor<T> change_basis(const cpu::tensor<T>& x) { return cpu::hartley(x); }

   private:
    static std::vector<diagonal<T>> diagonals(const std::vector<spectrum>& members) {
      std::vector<diagonal<T>> result;
      for (const auto& member : members) result.push_back(member.diagonal_);
      return result;
    }
    static std::shared_ptr<const cpu::tensor<T>> transformed(const std::vector<spectrum>& members,
                                                             const cpu::tensor<T>& means) {
      const shape images = members.front().variances().shape().with_batch(means.shape().batch);
      return std::make_shared<const cpu::tensor<T>>(cpu::hartley(means.reshaped(images)).reshaped(means.shape()));
    }

    typename diagonal<T>::family diagonal_;
  };

 private:
  diagonal<T> diagonal_;
};

}  // namespace equireg::score::covariance
