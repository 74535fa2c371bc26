// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Random numbers addressed by (seed, sample, step, purpose, element): Philox 4x32-10, as Random123 has it.
///
/// Nothing here has a state. A number depends on its address alone, so that it is the same bits for any batch split,
/// thread count and order of evaluation, in float and in double.

#include <equireg/core/config.hpp>

#include <cstddef>
#include <cstdint>
#include <numbers>
#include <utility>

namespace equireg {

/// The key of a run. Runs with different seeds are independent.
struct seed {
  std::uint64_t value = 0;
};

/// What a number is for: two uses at the same step never share a number.
enum class purpose : std::uint16_t {
  initial_state = 0,  ///< x_T
  step = 1,           ///< the noise that a stepper adds
  churn = 2,          ///< the noise that raises a level before a step
  group_element = 3,  ///< which symmetry acts
  measurement = 4,    ///< the noise of simulated data
  mask = 5,           ///< random measurement patterns
  component = 6,      ///< which component of a mixture
  prior = 7,          ///< exact samples of a prior or posterior
  likelihood = 8,     ///< the chains of a likelihood approximation
  training = 9,       ///< fits: starting points and mini-batches
  metric = 10,        ///< directions, subsets and ties of scores
  user = 1024         ///< this and all above are free for callers
};

/// The address of a stream of numbers, one for each element of each sample.
struct noise_address {
  std::uint64_t seed = 0;
  std::uint32_t step = 0;
  purpose what = purpose::user;
  std::uint64_t first_sample = 0;  ///< index of the batch's first sample, below 2^48
};

namespace random_bits {

/// One of the ten rounds of Philox 4x32 (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011). The
/// generator stands here, and the tests hold it against the answers that Random123 ships: that library's header takes a
/// second to compile, and `fill_normal` needs the rounds for many counters at once.
EQUIREG_HOST_DEVICE constexpr void philox_round(std::uint32_t& w0, std::uint32_t& w1, std::uint32_t& w2,
                                                std::uint32_t& w3, std::uint32_t key_0, std::uint32_t key_1) {
  const std::uint64_t product_0 = std::uint64_t{0xD2511F53} * w0, product_1 = std::uint64_t{0xCD9E8D57} * w2;
  w0 = static_cast<std::uint32_t>(product_1 >> 32) ^ w1 ^ key_0;
  w1 = static_cast<std::uint32_t>(product_1);
  w2 = static_cast<std::uint32_t>(product_0 >> 32) ^ w3 ^ key_1;
  w3 = static_cast<std::uint32_t>(product_0);
}

/// The keys of the next round: Weyl sequences.
EQUIREG_HOST_DEVICE constexpr void advance_keys(std::uint32_t& key_0, std::uint32_t& key_1) {
  key_0 += 0x9E3779B9;
  key_1 += 0xBB67AE85;
}

/// Four elements side by side.
template <class T>
struct quad {
  T v[4];

  EQUIREG_HOST_DEVICE constexpr T& operator[](std::size_t i) { return v[i]; }
  EQUIREG_HOST_DEVICE constexpr const T& operator[](std::size_t i) const { return v[i]; }
  constexpr bool operator==(const quad&) const = default;
};

/// The four 32-bit words number `block` of one sample's stream. `block` counts groups of four elements.
EQUIREG_HOST_DEVICE constexpr quad<std::uint32_t> words(const noise_address& address, std::uint64_t sample,
                                                        std::uint32_t block) {
  const std::uint64_t index = address.first_sample + sample;
  const auto high = static_cast<std::uint32_t>(index >> 32) << 16;
  quad<std::uint32_t> w = {block, address.step, static_cast<std::uint32_t>(index),
                           high | static_cast<std::uint32_t>(address.what)};
  auto key_0 = static_cast<std::uint32_t>(address.seed), key_1 = static_cast<std::uint32_t>(address.seed >> 32);
  for (int round = 0; round < 10; ++round) {
    philox_round(w[0], w[1], w[2], w[3], key_0, key_1);
    advance_keys(key_0, key_1);
  }
  return w;
}

/// 64-bit numbers side by side, each with a word of Philox in its lower half and anything in its upper: the form in
/// which a round multiplies, so that no word is moved between the rounds. And as many bytes of floats.
#if defined(__AVX2__)
inline constexpr std::size_t vector_bytes = 32;
#else
inline constexpr std::size_t vector_bytes = 16;
#endif
typedef std::uint64_t wide_words __attribute__((vector_size(vector_bytes)));
typedef float floats __attribute__((vector_size(vector_bytes), may_alias));

// What x86 does in one instruction, and GCC does not find by itself: it knows no product of lower halves, and keeps
// square roots apart because they could set errno, whatever the attribute of the function says.
#if defined(__GNUC__) && !defined(__clang__) && !defined(__CUDACC__) && defined(__SSE2__)
typedef int halves __attribute__((vector_size(vector_bytes)));
#if defined(__AVX2__)
inline wide_words product(wide_words a, wide_words b) {
  return (wide_words)__builtin_ia32_pmuludq256((halves)a, (halves)b);
}
inline floats square_root(floats v) { return __builtin_ia32_sqrtps256(v); }
#else
inline wide_words product(wide_words a, wide_words b) {
  return (wide_words)__builtin_ia32_pmuludq128((halves)a, (halves)b);
}
inline floats square_root(floats v) { return __builtin_ia32_sqrtps(v); }
#endif
#else
/// The products of the lower halves.
inline wide_words product(wide_words a, wide_words b) { return (a & 0xffffffff) * (b & 0xffffffff); }

/// Each rounded once, as IEEE 754 has it.
inline floats square_root(floats v) {
  for (std::size_t l = 0; l < vector_bytes / sizeof(float); ++l) v[l] = __builtin_sqrtf(v[l]);
  return v;
}
#endif

/// `words` of many blocks: word[j][i] is word j of block number block + i.
template <std::size_t count>
inline void many_words(std::uint32_t (&word)[4][count], const noise_address& address, std::uint64_t sample,
                       std::uint32_t block) {
  constexpr std::size_t width = vector_bytes / 8, together = 4;  // vectors, which hide the time of a product
  static_assert(count % (width * together) == 0);
  const std::uint64_t index = address.first_sample + sample;
  const std::uint64_t counter_3 = (index >> 32 << 16) | static_cast<std::uint64_t>(address.what);
  wide_words ascending = {};
  for (std::size_t l = 0; l < width; ++l) ascending[l] = l;
  for (std::size_t i = 0; i < count; i += width * together) {
    wide_words w0[together], w1[together], w2[together], w3[together];
    for (std::size_t v = 0; v < together; ++v) {
      w0[v] = ascending + (block + i + v * width);
      w1[v] = wide_words{} + address.step;
      w2[v] = wide_words{} + index;
      w3[v] = wide_words{} + counter_3;
    }
    auto key_0 = static_cast<std::uint32_t>(address.seed), key_1 = static_cast<std::uint32_t>(address.seed >> 32);
    EQUIREG_UNROLL(10)
    for (int round = 0; round < 10; ++round) {
      for (std::size_t v = 0; v < together; ++v) {
        const wide_words product_0 = product(w0[v], wide_words{} + 0xD2511F53);
        const wide_words product_1 = product(w2[v], wide_words{} + 0xCD9E8D57);
        w0[v] = (product_1 >> 32) ^ w1[v] ^ (wide_words{} + key_0);
        w1[v] = product_1;
        w2[v] = (product_0 >> 32) ^ w3[v] ^ (wide_words{} + key_1);
        w3[v] = product_0;
      }
      advance_keys(key_0, key_1);
    }
    for (std::size_t v = 0; v < together; ++v) {
      for (std::size_t l = 0; l < width; ++l) {
        word[0][i + v * width + l] = static_cast<std::uint32_t>(w0[v][l]);
        word[1][i + v * width + l] = static_cast<std::uint32_t>(w1[v][l]);
        word[2][i + v * width + l] = static_cast<std::uint32_t>(w2[v][l]);
        word[3][i + v * width + l] = static_cast<std::uint32_t>(w3[v][l]);
      }
    }
  }
}

/// A float whose operations round once each, in any function: nvcc would fuse a product and a sum, and is told by name
/// not to; on the host each operation is a call, which is slow and for tests.
struct rounded_float {
  float value;

  rounded_float() = default;
  EQUIREG_HOST_DEVICE constexpr rounded_float(float v) : value(v) {}

#if defined(__CUDA_ARCH__)
  __device__ static float sum(float a, float b) { return __fadd_rn(a, b); }
  __device__ static float product(float a, float b) { return __fmul_rn(a, b); }
  __device__ static float quotient(float a, float b) { return __fdiv_rn(a, b); }
  __device__ rounded_float root() const { return __fsqrt_rn(value); }
#else
  __attribute__((noinline)) static float sum(float a, float b) { return a + b; }
  __attribute__((noinline)) static float product(float a, float b) { return a * b; }
  __attribute__((noinline)) static float quotient(float a, float b) { return a / b; }
  [[nodiscard]] rounded_float root() const { return __builtin_sqrtf(value); }
#endif

  EQUIREG_HOST_DEVICE friend rounded_float operator+(rounded_float a, rounded_float b) { return sum(a.value, b.value); }
  EQUIREG_HOST_DEVICE friend rounded_float operator-(rounded_float a, rounded_float b) {
    return sum(a.value, -b.value);
  }
  EQUIREG_HOST_DEVICE friend rounded_float operator*(rounded_float a, rounded_float b) {
    return product(a.value, b.value);
  }
  EQUIREG_HOST_DEVICE friend rounded_float operator/(rounded_float a, rounded_float b) {
    return quotient(a.value, b.value);
  }
  EQUIREG_HOST_DEVICE friend bool operator>(rounded_float a, rounded_float b) { return a.value > b.value; }
};

/// @name The bits of a Float, and the Float of bits
/// @{
EQUIREG_HOST_DEVICE EQUIREG_INLINE std::uint32_t bits_of(float v) { return __builtin_bit_cast(std::uint32_t, v); }
EQUIREG_HOST_DEVICE EQUIREG_INLINE std::uint32_t bits_of(rounded_float v) { return bits_of(v.value); }
template <class Float>
EQUIREG_HOST_DEVICE EQUIREG_INLINE Float with_bits(std::uint32_t bits) {
  return __builtin_bit_cast(float, bits);
}
/// @}

/// @name The parts of Box-Muller
/// Sums, products and one division in Float: float on the host, in functions that keep them unfused, and
/// `rounded_float` elsewhere.
/// @{

/// -2 log u, the square of the radius, for u in (0, 1]: 31 bits and a half, exact enough in float to reach 6.66
/// standard deviations.
template <class Float>
EQUIREG_HOST_DEVICE EQUIREG_INLINE Float square_of_radius(std::uint32_t word) {
  EQUIREG_UNFUSED_BODY
  const Float u = (Float(static_cast<float>(static_cast<std::int32_t>(word >> 1))) + 0.5F) * 0x1p-31F;
  // log u = e log 2 + log m with m in [sqrt(1/2), sqrt(2)), and log m = 2 artanh((m - 1) / (m + 1)).
  const std::int32_t shifted = static_cast<std::int32_t>(bits_of(u)) - 0x3f3504f3;  // less the bits of sqrt(1/2)
  const Float e = Float(static_cast<float>(shifted >> 23));
  const Float m = with_bits<Float>(static_cast<std::uint32_t>((shifted & 0x007fffff) + 0x3f3504f3));
  const Float s = (m - 1.0F) / (m + 1.0F);
  const Float s2 = s * s;
  const Float series = s2 * (0.333333333F + s2 * (0.2F + s2 * (0.142857143F + s2 * 0.111111111F)));
  const Float square = -2.0F * (e * 0.693147181F + 2.0F * (s + s * series));
  return square > Float(0.0F) ? square : Float(0.0F);
}

/// Cosine and sine of an angle.
template <class Float>
struct direction {
  Float cosine, sine;
};

/// Two bits choose a quadrant, thirty an offset t in [-pi/4, pi/4).
template <class Float>
EQUIREG_HOST_DEVICE EQUIREG_INLINE direction<Float> direction_of(std::uint32_t word) {
  EQUIREG_UNFUSED_BODY
  const auto offset = static_cast<std::int32_t>(word << 2);
  const Float t = Float(static_cast<float>(offset)) * (std::numbers::pi_v<float> * 0x1p-33F);
  const Float t2 = t * t;
  const Float sine =
      t + t * (t2 * (-0.166666667F + t2 * (0.00833333333F + t2 * (-0.000198412698F + t2 * 2.75573192e-6F))));
  const Float cosine =
      1.0F +
      t2 * (-0.5F + t2 * (0.0416666667F + t2 * (-0.00138888889F + t2 * (2.48015873e-5F + t2 * -2.75573192e-7F))));
  // A quarter turn swaps the two and changes a sign; signs are set as bits.
  const std::uint32_t quadrant = word >> 30;
  const bool swapped = (quadrant & 1U) != 0;
  const Float c = swapped ? sine : cosine;
  const Float d = swapped ? cosine : sine;
  const std::uint32_t sign_c = ((quadrant ^ (quadrant >> 1)) & 1U) << 31;  // quadrants 1 and 2
  const std::uint32_t sign_d = (quadrant >> 1) << 31;                      // quadrants 2 and 3
  return {with_bits<Float>(bits_of(c) ^ sign_c), with_bits<Float>(bits_of(d) ^ sign_d)};
}
/// @}

}  // namespace random_bits

/// Writes the standard normal numbers of elements first ... first + count - 1 of one sample's stream.
///
/// Box-Muller on 32-bit words, in float: |z| < 6.67. `first` must be a multiple of four. Each operation rounds once
/// (see EQUIREG_UNFUSED), and the logarithm, sine and cosine are series of additions, multiplications and one
/// division, so that every machine and backend makes the same bits. (Not under -ffast-math or
/// Clang's -ffp-contract=fast, which may regroup or fuse them.)
template <class Real>
EQUIREG_UNFUSED void fill_normal(Real* out, std::size_t first, std::size_t count, const noise_address& address,
                                 std::uint64_t sample) {
  EQUIREG_UNFUSED_BODY
  constexpr std::size_t lanes = 64;  // counters that advance together: loops over lanes become vector instructions
  std::uint32_t word[4][lanes];
  float normal[4][lanes];
  auto block = static_cast<std::uint32_t>(first / 4);
  for (std::size_t done = 0; done < count; done += 4 * lanes, block += lanes) {
    random_bits::many_words<lanes>(word, address, sample, block);
    for (std::size_t pair = 0; pair < 2; ++pair) {
      const std::uint32_t* radius_word = word[2 * pair];
      const std::uint32_t* angle_word = word[2 * pair + 1];
      float* cosine_out = normal[2 * pair];
      float* sine_out = normal[2 * pair + 1];
      alignas(random_bits::floats) float radius[lanes];
      for (std::size_t i = 0; i < lanes; ++i) radius[i] = random_bits::square_of_radius<float>(radius_word[i]);
      for (std::size_t i = 0; i < lanes; i += sizeof(random_bits::floats) / sizeof(float)) {
        auto& roots = *reinterpret_cast<random_bits::floats*>(radius + i);
        roots = random_bits::square_root(roots);
      }
      for (std::size_t i = 0; i < lanes; ++i) {
        const auto [cosine, sine] = random_bits::direction_of<float>(angle_word[i]);
        cosine_out[i] = radius[i] * cosine;
        sine_out[i] = radius[i] * sine;
      }
    }
    if (count - done >= 4 * lanes) {
      for (std::size_t i = 0; i < lanes; ++i) {
        for (std::size_t j = 0; j < 4; ++j) out[done + 4 * i + j] = static_cast<Real>(normal[j][i]);
      }
    } else {
      for (std::size_t k = done; k < count; ++k) out[k] = static_cast<Real>(normal[(k - done) % 4][(k - done) / 4]);
    }
  }
}

/// The standard normal numbers of elements 4 block ... 4 block + 3 of one sample's stream: the bits of `fill_normal`, made
/// where they are used.
EQUIREG_HOST_DEVICE inline random_bits::quad<float> four_normals(const noise_address& address, std::uint64_t sample,
                                                                 std::uint32_t block) {
  using real = random_bits::rounded_float;
  const random_bits::quad<std::uint32_t> word = random_bits::words(address, sample, block);
  random_bits::quad<float> normal;
  for (int pair = 0; pair < 2; ++pair) {
    const real radius = random_bits::square_of_radius<real>(word[2 * pair]).root();
    const random_bits::direction<real> d = random_bits::direction_of<real>(word[2 * pair + 1]);
    normal[2 * pair] = (radius * d.cosine).value;
    normal[2 * pair + 1] = (radius * d.sine).value;
  }
  return normal;
}

/// A number uniform on [0, 1) with 53 bits: element `element` of one sample's stream.
inline double uniform(const noise_address& address, std::uint64_t sample = 0, std::uint32_t element = 0) {
  const auto w = random_bits::words(address, sample, element);
  const std::uint64_t bits = (static_cast<std::uint64_t>(w[0]) << 32) | w[1];
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

/// An integer uniform on 0 ... count - 1 (up to a bias of count / 2^53).
inline std::size_t uniform_index(std::size_t count, const noise_address& address, std::uint64_t sample = 0,
                                 std::uint32_t element = 0) {
  const auto index = static_cast<std::size_t>(uniform(address, sample, element) * static_cast<double>(count));
  return index < count ? index : count - 1;
}

/// Makes the first `count` of `items` a draw without replacement, in random order: the first steps of the shuffle of
/// Fisher and Yates, the i-th by element i of the sample's stream. count <= items.size().
template <class Items>
void draw_to_front(Items& items, std::size_t count, const noise_address& address, std::uint64_t sample = 0) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t chosen = uniform_index(items.size() - i, address, sample, static_cast<std::uint32_t>(i));
    std::swap(items[i], items[i + chosen]);
  }
}

}  // namespace equireg
