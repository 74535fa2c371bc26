// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/walsh_hadamard.hpp>

#include <bit>
#include <cmath>

namespace walsh_hadamard_test {

using namespace equireg;

// The definition, in double.
template <class T>
std::vector<double> by_definition(std::span<const T> x) {
  std::vector<double> y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < x.size(); ++j) {
      y[i] += (std::popcount(i & j) % 2 == 0 ? 1 : -1) * static_cast<double>(x[j]);
    }
    y[i] /= std::sqrt(static_cast<double>(x.size()));
  }
  return y;
}

template <class T>
void check_definition() {
  for (const extent e : {extent{1, 1}, extent{1, 2}, extent{4, 1}, extent{2, 4}, extent{1, 16}, extent{8, 4},
                         extent{1, 64}, extent{8, 16}, extent{16, 16}, extent{1, 512}, extent{32, 32}}) {
    INFO("plane " << to_text(e));
    auto x = test::random_tensor<cpu::tensor<T>>({2, 3, e.height, e.width}, 1);
    const auto before = x;
    walsh_hadamard(x);
    const std::size_t n = e.height * e.width;
    for (std::size_t p = 0; p < 6; ++p) {
      const auto expected = by_definition(before.values().subspan(p * n, n));
      CHECK(test::relative_error(x.values().subspan(p * n, n), expected) <= test::tolerance<T>::rounding);
    }
  }
}

TEST_CASE("the fast Walsh-Hadamard transform is the matrix of (-1)^popcount(i & j)", "[backend][walsh_hadamard]") {
  check_definition<float>();
  check_definition<double>();
}

TEST_CASE("the fast Walsh-Hadamard transform agrees with scipy.linalg.hadamard", "[backend][walsh_hadamard]") {
  auto x = test::golden("hadamard_input");
  walsh_hadamard(x);
  CHECK(test::relative_error(x.values(), test::golden("hadamard_natural").values()) <= 1e-14);
}

// Planes that need several passes beyond the cache.
template <class T>
void check_large(const extent& e) {
  INFO("plane " << to_text(e));
  auto x = test::random_tensor<cpu::tensor<T>>({1, 2, e.height, e.width}, 1);
  const auto before = x;
  walsh_hadamard(x);
  const std::size_t n = e.height * e.width;
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}, n / 2, n - 1, n / 3, n / 4 + 4096}) {
    double sum = 0;
    for (std::size_t j = 0; j < n; ++j) {
      sum += (std::popcount(i & j) % 2 == 0 ? 1 : -1) * static_cast<double>(before.data()[n + j]);
    }
    CHECK(test::close(static_cast<double>(x.data()[n + i]), sum / std::sqrt(static_cast<double>(n)),
                      test::tolerance<T>::rounding, 1));
  }
  walsh_hadamard(x);
  CHECK(test::relative_error(x.values(), before.values()) <= test::tolerance<T>::rounding);
}

TEST_CASE("the transform of large planes has the same coefficients and is its own inverse",
          "[backend][walsh_hadamard]") {
  for (const extent e : {extent{64, 128}, extent{128, 128}, extent{256, 128}, extent{256, 256}, extent{512, 512}}) {
    check_large<float>(e);
    check_large<double>(e);
  }
}

TEST_CASE("planes that are no power of two are refused", "[backend][walsh_hadamard]") {
  cpu::tensor<float> x({1, 1, 3, 4}, 1.0F);
  REQUIRE_THROWS_WITH(walsh_hadamard(x), test::contains("(1, 1, 3, 4)"));
}

}  // namespace walsh_hadamard_test
