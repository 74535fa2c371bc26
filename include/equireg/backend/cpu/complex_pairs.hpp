// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Verbs for complex images as pairs of channels: products with maps, magnitudes, phases.

#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/square_roots.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/config.hpp>
#include <equireg/core/error.hpp>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace equireg::cpu {

namespace detail {

inline void require_maps(const equireg::shape& x, const equireg::shape& maps, std::string_view where) {
  require(maps.batch == 1 && maps.channels % 2 == 0 && maps.channels > 0 && maps.plane() == x.plane() &&
              x.channels % 2 == 0,
          where, "expected maps of shape (1, 2 J, ", x.height, ", ", x.width,
          ") and pairs of channels, but the maps have shape ", maps, " and x has shape ", x);
}

/// body(plane p, first, last) for runs of pixels first ... last - 1 that stay in the first-level cache.
template <class Body>
void for_each_run(std::size_t planes, std::size_t size, std::size_t work, const Body& body) {
  constexpr std::size_t run = 1024;
  const std::size_t runs = (size + run - 1) / run;
  parallel_for(planes * runs, std::min(size, run) * work, [&](std::size_t task) {
    const std::size_t first = task % runs * run;
    body(task / runs, first, std::min(first + run, size));
  });
}

}  // namespace detail

/// Each complex image times each of J complex maps: x (B, 2 C, H, W), maps (1, 2 J, H, W) give (B, 2 C J, H, W), where
/// pair c J + j is m_j x_c. Throws where the shapes do not fit.
template <class T>
tensor<T> multiply_by_maps(const tensor<T>& x, const tensor<T>& maps) {
  const equireg::shape s = x.shape();
  detail::require_maps(s, maps.shape(), "equireg::multiply_by_maps");
  const std::size_t count = maps.shape().channels / 2, size = s.height * s.width;
  tensor<T> y({s.batch, s.channels * count, s.height, s.width});
  parallel_for(s.batch * s.channels / 2 * count, size * 4, [&](std::size_t out) {
    const T* const v = x.data() + 2 * (out / count) * size;
    const T* const m = maps.data() + 2 * (out % count) * size;
    T* const to = y.data() + 2 * out * size;
    EQUIREG_SIMD
    for (std::size_t i = 0; i < size; ++i) {
      to[i] = m[i] * v[i] - m[size + i] * v[size + i];
      to[size + i] = m[i] * v[size + i] + m[size + i] * v[i];
    }
  });
  return y;
}

/// The adjoint of `multiply_by_maps`: pair c of the result is sum_j conj(m_j) y_(c J + j). y: (B, 2 C J, H, W).
template <class T>
tensor<T> sum_over_maps(const tensor<T>& y, const tensor<T>& maps) {
  const equireg::shape s = y.shape();
  detail::require_maps(s, maps.shape(), "equireg::sum_over_maps");
  const std::size_t count = maps.shape().channels / 2, size = s.height * s.width;
  require(s.channels % (2 * count) == 0, "equireg::sum_over_maps", "the maps have shape ", maps.shape(),
          " but y has shape ", s);
  tensor<T> x({s.batch, s.channels / count, s.height, s.width});
  const std::size_t images = s.batch * s.channels / (2 * count);
  detail::for_each_run(images, size, 4 * count, [&](std::size_t image, std::size_t first, std::size_t end) {
    T* const to = x.data() + 2 * image * size;
    for (std::size_t j = 0; j < count; ++j) {
      const T* const v = y.data() + 2 * (image * count + j) * size;
      const T* const m = maps.data() + 2 * j * size;
      if (j == 0) {
        std::fill(to + first, to + end, T(0));
        std::fill(to + size + first, to + size + end, T(0));
      }
      EQUIREG_SIMD
      for (std::size_t i = first; i < end; ++i) {
        to[i] += m[i] * v[i] + m[size + i] * v[size + i];
        to[size + i] += m[i] * v[size + i] - m[size + i] * v[i];
      }
    }
  });
  return x;
}

/// f(re, im) of each pair: (B, 2 C, H, W) becomes (B, C, H, W).
template <class T, class F>
tensor<T> transform_pairs(const tensor<T>& z, const F& f) {
  const equireg::shape s = z.shape();
  require(s.channels % 2 == 0, "equireg::transform_pairs", "expected pairs of channels, but the argument has shape ",
          s);
  const std::size_t size = s.height * s.width;
  tensor<T> out({s.batch, s.channels / 2, s.height, s.width});
  parallel_for(s.batch * s.channels / 2, size * 8, [&](std::size_t p) {
    const T* const re = z.data() + 2 * p * size;
    T* const to = out.data() + p * size;
    EQUIREG_SIMD
    for (std::size_t i = 0; i < size; ++i) to[i] = f(re[i], re[size + i]);
  });
  return out;
}

/// The root of the sum of squares of each `together` consecutive channels: (B, C, H, W) becomes
/// (B, C / together, H, W).
template <class T>
tensor<T> root_sum_of_squares(const tensor<T>& x, std::size_t together) {
  const equireg::shape s = x.shape();
  require(together > 0 && s.channels % together == 0, "equireg::root_sum_of_squares", "cannot join each ", together,
          " channels of shape ", s);
  const std::size_t size = s.height * s.width;
  tensor<T> out({s.batch, s.channels / together, s.height, s.width});
  const std::size_t planes = s.batch * s.channels / together;
  detail::for_each_run(planes, size, together + 4, [&](std::size_t p, std::size_t first, std::size_t end) {
    T* const to = out.data() + p * size;
    std::fill(to + first, to + end, T(0));
    for (std::size_t c = 0; c < together; ++c) {
      const T* const from = x.data() + (p * together + c) * size;
      EQUIREG_SIMD
      for (std::size_t i = first; i < end; ++i) to[i] += from[i] * from[i];
    }
    take_square_roots(to + first, end - first);
  });
  return out;
}

/// |z| of each pair: (B, 2 C, H, W) becomes (B, C, H, W).
template <class T>
tensor<T> magnitude(const tensor<T>& z) {
  return root_sum_of_squares(z, 2);
}

/// z times the real number w, pair by pair: z (B, 2 C, H, W) and w (B, C, H, W) give (B, 2 C, H, W).
template <class T>
tensor<T> scale_pairs(const tensor<T>& z, const tensor<T>& w) {
  const equireg::shape s = z.shape();
  require_shape({w.shape().batch, 2 * w.shape().channels, w.shape().height, w.shape().width}, s, "equireg::scale_pairs",
                "a pair for each w");
  const std::size_t size = s.height * s.width;
  tensor<T> out(s);
  parallel_for(s.batch * s.channels, size, [&](std::size_t p) {
    const T* const from = z.data() + p * size;
    const T* const by = w.data() + p / 2 * size;
    T* const to = out.data() + p * size;
    EQUIREG_SIMD
    for (std::size_t i = 0; i < size; ++i) to[i] = by[i] * from[i];
  });
  return out;
}

/// w z / |z| for each pair, 0 where z = 0: z (B, 2 C, H, W) and w (B, C, H, W) give (B, 2 C, H, W).
template <class T>
tensor<T> scale_phases(const tensor<T>& z, const tensor<T>& w) {
  const equireg::shape s = z.shape();
  require_shape({w.shape().batch, 2 * w.shape().channels, w.shape().height, w.shape().width}, s,
                "equireg::scale_phases", "a pair for each w");
  const std::size_t size = s.height * s.width;
  tensor<T> out(s);
  detail::for_each_run(s.batch * s.channels / 2, size, 8, [&](std::size_t p, std::size_t first, std::size_t end) {
    const T* const re = z.data() + 2 * p * size;
    const T* const by = w.data() + p * size;
    T* const to = out.data() + 2 * p * size;
    EQUIREG_SIMD
    for (std::size_t i = first; i < end; ++i) to[i] = re[i] * re[i] + re[size + i] * re[size + i];
    take_square_roots(to + first, end - first);
    EQUIREG_SIMD
    for (std::size_t i = first; i < end; ++i) {
      const T quotient = by[i] / to[i];  // made before it is chosen: a choice of two numbers vectorises
      const T factor = to[i] > 0 ? quotient : T(0);
      to[i] = factor * re[i];
      to[size + i] = factor * re[size + i];
    }
  });
  return out;
}

/// Each real image times each of J complex maps: x (B, C, H, W) gives (B, 2 C J, H, W). Otherwise `multiply_by_maps`.
template <class T>
tensor<T> multiply_real_by_maps(const tensor<T>& x, const tensor<T>& maps) {
  const equireg::shape s = x.shape();
  detail::require_maps({s.batch, 2 * s.channels, s.height, s.width}, maps.shape(), "equireg::multiply_real_by_maps");
  const std::size_t count = maps.shape().channels / 2, size = s.height * s.width;
  tensor<T> y({s.batch, 2 * s.channels * count, s.height, s.width});
  parallel_for(s.batch * s.channels * count, size * 4, [&](std::size_t out) {
    const T* const v = x.data() + out / count * size;
    const T* const m = maps.data() + 2 * (out % count) * size;
    T* const to = y.data() + 2 * out * size;
    EQUIREG_SIMD
    for (std::size_t i = 0; i < size; ++i) {
      to[i] = m[i] * v[i];
      to[size + i] = m[size + i] * v[i];
    }
  });
  return y;
}

/// The real parts of z: (B, 2 C, H, W) becomes (B, C, H, W). After `sum_over_maps`, the adjoint of
/// `multiply_real_by_maps`.
template <class T>
tensor<T> real_parts(const tensor<T>& z) {
  return transform_pairs(z, [](T re, T) { return re; });
}

}  // namespace equireg::cpu
