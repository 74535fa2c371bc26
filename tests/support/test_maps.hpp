// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Small nonlinear maps with exact pullbacks, written as plain loops, for the tests of penalties.

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/shape.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

namespace equireg::test {

/// How often a map was asked.
struct call_count {
  int forward = 0;
  int linearize = 0;
};

/// tanh of a 3 x 3 convolution with stride: asymmetric, and so equivariant to nothing but shifts.
///
/// Output pixel (i, j) of channel o is tanh of the sum over c, u, v of
/// kernel(o, c, u, v) x(c, stride i + u - 1, stride j + v - 1); x is zero outside of the image or, if `circular`, goes
/// around its borders. Without `squash` the map is linear.
struct small_network {
  std::size_t outputs = 1;
  std::size_t stride = 1;
  bool circular = false;
  bool squash = true;
  std::vector<double> kernel = {};  ///< outputs x inputs x 3 x 3; by default numbers without a pattern
  call_count* calls = nullptr;

  template <class T>
  cpu::tensor<T> operator()(const cpu::tensor<T>& x) const {
    if (calls != nullptr) ++calls->forward;
    return forward(x);
  }

  template <class T>
  auto linearize(const cpu::tensor<T>& x) const {
    if (calls != nullptr) ++calls->linearize;
    cpu::tensor<T> y = forward(x);
    return linearization{y, [self = *this, y, s = x.shape()](const cpu::tensor<T>& v) {
                           cpu::tensor<T> gradient(s, T(0));
                           self.visit(s, [&](std::size_t b, std::size_t o, std::size_t i, std::size_t j, std::size_t c,
                                             std::size_t row, std::size_t column, double k) {
                             const T slope = self.squash ? T(1) - y(b, o, i, j) * y(b, o, i, j) : T(1);
                             gradient(b, c, row, column) += static_cast<T>(k) * slope * v(b, o, i, j);
                           });
                           return gradient;
                         }};
  }

 private:
  template <class T>
  cpu::tensor<T> forward(const cpu::tensor<T>& x) const {
    const shape s = x.shape();
    cpu::tensor<T> y({s.batch, outputs, s.height / stride, s.width / stride}, T(0));
    visit(s, [&](std::size_t b, std::size_t o, std::size_t i, std::size_t j, std::size_t c, std::size_t row,
                 std::size_t column, double k) { y(b, o, i, j) += static_cast<T>(k) * x(b, c, row, column); });
    if (squash) {
      for (T& value : y.values()) value = std::tanh(value);
    }
    return y;
  }

  [[nodiscard]] double weight(std::size_t index) const {
    return kernel.empty() ? 0.4 * std::sin(1.7 * static_cast<double>(index * index % 31) + 0.3) : kernel[index];
  }

  template <class Term>
  void visit(const shape& s, const Term& term) const {
    const auto height = static_cast<std::ptrdiff_t>(s.height), width = static_cast<std::ptrdiff_t>(s.width);
    for (std::size_t b = 0; b < s.batch; ++b) {
      for (std::size_t o = 0; o < outputs; ++o) {
        for (std::size_t c = 0; c < s.channels; ++c) {
          for (std::size_t u = 0; u < 3; ++u) {
            for (std::size_t v = 0; v < 3; ++v) {
              const double k = weight(((o * s.channels + c) * 3 + u) * 3 + v);
              for (std::size_t i = 0; i < s.height / stride; ++i) {
                for (std::size_t j = 0; j < s.width / stride; ++j) {
                  std::ptrdiff_t row = static_cast<std::ptrdiff_t>(stride * i + u) - 1;
                  std::ptrdiff_t column = static_cast<std::ptrdiff_t>(stride * j + v) - 1;
                  if (circular) {
                    row = (row + height) % height;
                    column = (column + width) % width;
                  }
                  if (row < 0 || row >= height || column < 0 || column >= width) continue;
                  term(b, o, i, j, c, static_cast<std::size_t>(row), static_cast<std::size_t>(column), k);
                }
              }
            }
          }
        }
      }
    }
  }
};

/// Every pixel becomes a square of pixels: the first half of a decoder. Linear.
struct enlargement {
  std::size_t factor = 2;

  template <class T>
  cpu::tensor<T> operator()(const cpu::tensor<T>& x) const {
    const shape s = x.shape();
    cpu::tensor<T> y({s.batch, s.channels, s.height * factor, s.width * factor});
    visit(y.shape(), [&](std::size_t b, std::size_t c, std::size_t i, std::size_t j) {
      y(b, c, i, j) = x(b, c, i / factor, j / factor);
    });
    return y;
  }

  template <class T>
  cpu::tensor<T> adjoint(const cpu::tensor<T>& y) const {
    const shape s = y.shape();
    cpu::tensor<T> x({s.batch, s.channels, s.height / factor, s.width / factor}, T(0));
    visit(s, [&](std::size_t b, std::size_t c, std::size_t i, std::size_t j) {
      x(b, c, i / factor, j / factor) += y(b, c, i, j);
    });
    return x;
  }

 private:
  template <class Visit>
  static void visit(const shape& s, const Visit& visit) {
    for (std::size_t b = 0; b < s.batch; ++b) {
      for (std::size_t c = 0; c < s.channels; ++c) {
        for (std::size_t i = 0; i < s.height; ++i) {
          for (std::size_t j = 0; j < s.width; ++j) visit(b, c, i, j);
        }
      }
    }
  }
};

}  // namespace equireg::test
