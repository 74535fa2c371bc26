// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `take_square_roots`: of many numbers, in vectors.

#include <cmath>
#include <cstddef>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace equireg::cpu {

namespace detail {

#if defined(__AVX512F__)  // masked: GCC 12 warns of its own _mm512_sqrt_ps
inline __m512 square_roots_at(const float* x) { return _mm512_maskz_sqrt_ps(0xFFFF, _mm512_loadu_ps(x)); }
inline __m512d square_roots_at(const double* x) { return _mm512_maskz_sqrt_pd(0xFF, _mm512_loadu_pd(x)); }
inline void write_at(float* x, __m512 v) { _mm512_storeu_ps(x, v); }
inline void write_at(double* x, __m512d v) { _mm512_storeu_pd(x, v); }
#elif defined(__AVX__)
inline __m256 square_roots_at(const float* x) { return _mm256_sqrt_ps(_mm256_loadu_ps(x)); }
inline __m256d square_roots_at(const double* x) { return _mm256_sqrt_pd(_mm256_loadu_pd(x)); }
inline void write_at(float* x, __m256 v) { _mm256_storeu_ps(x, v); }
inline void write_at(double* x, __m256d v) { _mm256_storeu_pd(x, v); }
#elif defined(__SSE2__)
inline __m128 square_roots_at(const float* x) { return _mm_sqrt_ps(_mm_loadu_ps(x)); }
inline __m128d square_roots_at(const double* x) { return _mm_sqrt_pd(_mm_loadu_pd(x)); }
inline void write_at(float* x, __m128 v) { _mm_storeu_ps(x, v); }
inline void write_at(double* x, __m128d v) { _mm_storeu_pd(x, v); }
#endif

}  // namespace detail

/// x[i] = sqrt(x[i]), i < count, rounded as std::sqrt does. A loop over std::sqrt goes one by one: it may have to set
/// errno, also where a function's attributes say that it need not (GCC 12).
template <class T>
void take_square_roots(T* x, std::size_t count) {
  std::size_t i = 0;
#if defined(__SSE2__)
  constexpr std::size_t together = sizeof(detail::square_roots_at(x)) / sizeof(T);
  for (; i + together <= count; i += together) detail::write_at(x + i, detail::square_roots_at(x + i));
#endif
  for (; i < count; ++i) x[i] = std::sqrt(x[i]);
}

}  // namespace equireg::cpu
