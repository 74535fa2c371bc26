// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Fourier and Hartley transforms of image planes, through KissFFT.

#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/tensor.hpp>

#include <kissfft/kissfft.hh>

#include <cmath>
#include <complex>
#include <cstddef>
#include <memory>
#include <vector>

namespace equireg::cpu {

/// Plans and room of one thread, kept from call to call: a plan costs more than the transform of a short row.
template <class T>
class fourier_workspace {
 public:
  static fourier_workspace& of_this_thread() {
    thread_local fourier_workspace workspace;
    return workspace;
  }

  const kissfft<T>& plan(std::size_t length, bool inverse) {
    for (const auto& p : plans_) {
      if (p.length == length && p.inverse == inverse) return *p.transform;
    }
    plans_.push_back({length, inverse, std::make_unique<kissfft<T>>(length, inverse)});
    return *plans_.back().transform;
  }

  /// Room for `count` numbers; two rooms are apart, 0 and 1.
  std::complex<T>* room(std::size_t which, std::size_t count) {
    if (room_[which].size() < count) room_[which].resize(count);
    return room_[which].data();
  }

 private:
  struct entry {
    std::size_t length;
    bool inverse;
    std::unique_ptr<kissfft<T>> transform;
  };
  std::vector<entry> plans_;
  std::vector<std::complex<T>> room_[2];
};

/// Overwrites a row-major plane with its discrete Fourier transform, or with the unscaled inverse of it:
/// F[k] = sum_n f[n] exp(-2 pi i (k_1 n_1 / H + k_2 n_2 / W)). Any extents.
template <class T>
void fourier_plane(std::complex<T>* plane, extent e, bool inverse = false) {
  auto& workspace = fourier_workspace<T>::of_this_thread();
  std::complex<T>* const line = workspace.room(1, std::max(e.height, e.width) * 2);
  if (e.width > 1) {
    const auto& rows = workspace.plan(e.width, inverse);
    for (std::size_t i = 0; i < e.height; ++i) {
      rows.transform(plane + i * e.width, line);
      std::copy_n(line, e.width, plane + i * e.width);
    }
  }
  if (e.height > 1) {
    const auto& columns = workspace.plan(e.height, inverse);
    std::complex<T>* const column = line + e.height;
    for (std::size_t j = 0; j < e.width; ++j) {
      for (std::size_t i = 0; i < e.height; ++i) column[i] = plane[i * e.width + j];
      columns.transform(column, line);
      for (std::size_t i = 0; i < e.height; ++i) plane[i * e.width + j] = line[i];
    }
  }
}

/// The orthonormal Hartley transform of each plane, real, symmetric and its own inverse:
/// out[k] = (H W)^(-1/2) sum_n x[n] cas(2 pi (k_1 n_1 / H + k_2 n_2 / W)), cas = cos + sin.
///
/// Two planes go through one complex transform, as its real and imaginary parts.
template <class T>
tensor<T> hartley(const tensor<T>& x) {
  const equireg::shape s = x.shape();
  const std::size_t size = s.height * s.width, planes = s.batch * s.channels;
  tensor<T> out(s);
  const T scale = static_cast<T>(0.5 / std::sqrt(static_cast<double>(size)));
  parallel_for((planes + 1) / 2, size * 64, [&](std::size_t pair) {
    std::complex<T>* const f = fourier_workspace<T>::of_this_thread().room(0, size);
    const bool both = 2 * pair + 1 < planes;
    const T* const u = x.data() + 2 * pair * size;
    const T* const v = both ? u + size : u;
    for (std::size_t i = 0; i < size; ++i) f[i] = {u[i], both ? v[i] : T(0)};
    fourier_plane(f, s.plane());
    T* const to = out.data() + 2 * pair * size;
    for (std::size_t i = 0; i < s.height; ++i) {
      const std::complex<T>* const opposite = f + (s.height - i) % s.height * s.width;
      for (std::size_t j = 0; j < s.width; ++j) {
        const std::complex<T> p = f[i * s.width + j], q = opposite[(s.width - j) % s.width];
        to[i * s.width + j] = scale * (p.real() + q.real() - p.imag() + q.imag());
        if (both) to[size + i * s.width + j] = scale * (p.imag() + q.imag() - q.real() + p.real());
      }
    }
  });
  return out;
}

}  // namespace equireg::cpu
