// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/fft.hpp>

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

namespace fft_test {

namespace eq = equireg;
using eq::cpu::line_fft;

namespace {

const std::size_t lengths[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,  12,  13,  14,  15,  16,  21,  24,
                               25, 28, 30, 32, 35, 49, 60, 64, 97, 98, 120, 128, 256, 320, 384, 512, 1024};

/// N elements of `line_fft<T>::stride` normal numbers.
template <class T>
eq::cpu::tensor<T> random_lines(std::size_t length, std::uint32_t stream) {
  eq::cpu::tensor<T> x({1, 1, length, line_fft<T>::stride});
  fill_normal(x, {20250523, stream, eq::purpose::user, 0});
  return x;
}

template <class T>
std::complex<double> at(const eq::cpu::tensor<T>& lines, std::size_t n, std::size_t lane) {
  return {lines(0, 0, n, lane), lines(0, 0, n, line_fft<T>::lane_count + lane)};
}

/// The largest error of any output over the norm of the line, against the sum of the definition in double.
template <class T>
double worst_error(const eq::cpu::tensor<T>& in, const eq::cpu::tensor<T>& out, std::size_t shift, std::size_t count) {
  const std::size_t length = in.shape().height;
  std::vector<std::complex<double>> root(length);
  for (std::size_t k = 0; k < length; ++k) {
    const double angle = -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(length);
    root[k] = std::polar(1.0, angle);
  }
  double worst = 0;
  for (std::size_t lane = 0; lane < line_fft<T>::lane_count; ++lane) {
    double norm = 0;
    for (std::size_t n = 0; n < length; ++n) norm += std::norm(at(in, n, lane));
    for (std::size_t k = 0; k < length; k += 1 + length / 50) {
      std::complex<double> sum = 0;
      for (std::size_t n = 0; n < length; ++n) {
        const std::size_t from = (n + shift) % length;
        if (from < count) sum += at(in, from, lane) * root[n * k % length];
      }
      worst = std::max(worst, std::abs(at(out, k, lane) - sum) / std::sqrt(norm));
    }
  }
  return worst;
}

}  // namespace

TEMPLATE_TEST_CASE("the transform of a group of lines is the sum of its definition for any length", "[backend][fft]",
                   float, double) {
  for (const std::size_t length : lengths) {
    INFO("length " << length);
    const auto x = random_lines<TestType>(length, 1);
    eq::cpu::tensor<TestType> y(x.shape());
    line_fft<TestType>::of_length(length)(x.data(), y.data(), 0, length, false);
    CHECK(worst_error(x, y, 0, length) < eq::test::tolerance<TestType>::rounding);
  }
}

TEST_CASE("a transform reads from a shifted origin, and zeros after the numbers that there are", "[backend][fft]") {
  for (const std::size_t length : {1, 2, 5, 12, 22, 48, 97}) {
    for (const std::size_t shift : {std::size_t{0}, length / 2, length - 1}) {
      for (const std::size_t count : {length, (length + 1) / 2}) {
        INFO("length " << length << ", shift " << shift << ", count " << count);
        const auto x = random_lines<double>(length, 2);
        eq::cpu::tensor<double> y(x.shape());
        line_fft<double>::of_length(length)(x.data(), y.data(), shift, count, false);
        CHECK(worst_error(x, y, shift, count) < 1e-12);
      }
    }
  }
}

TEMPLATE_TEST_CASE("the transform keeps the norm, and between two exchanges of parts it is the inverse",
                   "[backend][fft]", float, double) {
  constexpr std::size_t lanes = line_fft<TestType>::lane_count;
  for (const std::size_t length : lengths) {
    INFO("length " << length);
    const auto x = random_lines<TestType>(length, 3);
    eq::cpu::tensor<TestType> y(x.shape()), back(x.shape());
    const auto& transform = line_fft<TestType>::of_length(length);
    transform(x.data(), y.data(), 0, length, false);
    double before = 0, after = 0;
    for (const auto v : x.values()) before += static_cast<double>(v) * static_cast<double>(v);
    for (const auto v : y.values()) after += static_cast<double>(v) * static_cast<double>(v);
    CHECK(eq::test::close(after, before * static_cast<double>(length), eq::test::tolerance<TestType>::rounding));
    transform(y.data(), back.data(), 0, length, true);
    double worst = 0;
    for (std::size_t n = 0; n < length; ++n) {
      for (std::size_t l = 0; l < 2 * lanes; ++l) {
        const double returned = static_cast<double>(back(0, 0, n, (l + lanes) % (2 * lanes)));
        worst = std::max(worst, std::abs(returned / static_cast<double>(length) - static_cast<double>(x(0, 0, n, l))));
      }
    }
    CHECK(worst < 10 * eq::test::tolerance<TestType>::rounding);  // numbers of size 5
  }
}

}  // namespace fft_test
