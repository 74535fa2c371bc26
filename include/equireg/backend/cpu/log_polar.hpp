// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `log_polar`: the logarithm of complex numbers, and its pullback.

#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>

#include <cmath>
#include <cstddef>

namespace equireg::cpu {

namespace detail {

/// Calls f(real, imaginary) pairs of planes: f(b, index of the real part, index of the imaginary part).
template <class F>
void for_complex(const equireg::shape& s, const char* where, const F& f) {
  require(s.channels == 2, where, "expected complex numbers as two channels, but the shape is ", s);
  const std::size_t count = s.height * s.width;
  parallel_for(s.batch * s.height, s.width * 32, [&](std::size_t row) {
    const std::size_t first = row / s.height * 2 * count + row % s.height * s.width;
    for (std::size_t i = 0; i < s.width; ++i) f(first + i, first + count + i);
  });
}

}  // namespace detail

/// log v = log |v| + i arg v, arg in [-pi, pi]: (B, 2, H, W), log |v| in channel 0. log |0| = -infinity.
template <class T>
tensor<T> log_polar(const tensor<T>& v) {
  tensor<T> out(v.shape());
  detail::for_complex(v.shape(), "equireg::log_polar", [&](std::size_t re, std::size_t im) {
    out.data()[re] = std::log(std::hypot(v.data()[re], v.data()[im]));
    out.data()[im] = std::atan2(v.data()[im], v.data()[re]);
  });
  return out;
}

/// J^T w of `log_polar` at v: w / conj(v) for w as a complex number; 0 where v = 0.
template <class T>
tensor<T> log_polar_pullback(const tensor<T>& v, const tensor<T>& w) {
  require_shape(w.shape(), v.shape(), "equireg::log_polar_pullback", "w");
  tensor<T> out(v.shape());
  detail::for_complex(v.shape(), "equireg::log_polar_pullback", [&](std::size_t re, std::size_t im) {
    const T a = v.data()[re], b = v.data()[im], square = a * a + b * b;
    const T inverse = square > 0 ? 1 / square : T(0);
    out.data()[re] = inverse * (a * w.data()[re] - b * w.data()[im]);
    out.data()[im] = inverse * (b * w.data()[re] + a * w.data()[im]);
  });
  return out;
}

}  // namespace equireg::cpu
