// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The library's macros: all of them, each with its reason.

/// The version, read by CMakeLists.txt.
#define EQUIREG_VERSION_MAJOR 0
#define EQUIREG_VERSION_MINOR 1
#define EQUIREG_VERSION_PATCH 0

/// A function that the host and a CUDA kernel both call. Without nvcc it marks nothing.
#if defined(__CUDACC__)
#define EQUIREG_HOST_DEVICE __host__ __device__
#else
#define EQUIREG_HOST_DEVICE
#endif

/// A function that is part of its caller, whatever the compiler thinks of its size, and shares the caller's options.
#if defined(__GNUC__)
#define EQUIREG_INLINE __attribute__((always_inline)) inline
#else
#define EQUIREG_INLINE inline
#endif

/// A function whose every multiplication and addition rounds on its own. Compilers may otherwise fuse the two where
/// the processor can, and the same random stream would have other bits on another machine. GCC takes it as an
/// attribute in front of the function, Clang as a pragma on the first line of its body; hence two macros.
#if defined(__clang__)
#define EQUIREG_UNFUSED
#define EQUIREG_UNFUSED_BODY _Pragma("clang fp contract(off)")
#elif defined(__GNUC__)
#define EQUIREG_UNFUSED __attribute__((noinline, optimize("O3", "fp-contract=off", "no-math-errno")))
#define EQUIREG_UNFUSED_BODY
#else
#define EQUIREG_UNFUSED
#define EQUIREG_UNFUSED_BODY
#endif

/// Asks for vector instructions in the loop that follows. Without OpenMP the loop is left to the compiler.
#if defined(_OPENMP)
#define EQUIREG_SIMD _Pragma("omp simd")
#else
#define EQUIREG_SIMD
#endif

/// Asks for n copies of the body of the loop that follows. nvcc does not know how to hand this on to its host compiler.
#if defined(__CUDACC__)
#define EQUIREG_UNROLL(n)
#else
#define EQUIREG_PRAGMA(text) _Pragma(#text)
#define EQUIREG_UNROLL(n) EQUIREG_PRAGMA(GCC unroll n)
#endif

// EQUIREG_ONEDNN, defined on the command line: products of float matrices are oneDNN's, not the BLAS's. Link libdnnl.
// CMake's target does both where oneDNN is found.
