// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/measurement/compressed_sensing.hpp>

#include <algorithm>
#include <set>

namespace compressed_sensing_test {

using namespace equireg;
using measurement::compressed_sensing;
using measurement::hadamard_order;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_linear_map<compressed_sensing, tensor_f>());
static_assert(has_pseudo_inverse<compressed_sensing, tensor_d> && has_prox<compressed_sensing, tensor_d>);

template <class X>
void check_laws() {
  const double rounding = test::tolerance<typename X::value_type>::rounding;
  for (const auto order :
       {hadamard_order::random, hadamard_order::natural, hadamard_order::sequency, hadamard_order::zigzag}) {
    for (const shape s : {shape{1, 1, 1, 1}, shape{2, 3, 4, 8}, shape{3, 2, 1, 16}, shape{1, 3, 128, 64}}) {
      for (const bool signs : {false, true}) {
        const compressed_sensing a(s.plane(), {.ratio = s.size() == 1 ? 1U : 4U, .order = order, .signs = signs});
        CHECK(a(X(s)).shape() == shape{s.batch, s.channels, 1, a.measurements()});
        test::check_linear<X>(a, s);
        test::check_pseudo_inverse<X>(a, s, rounding);
        for (const double rho : {1e-3, 1.0, 50.0}) test::check_prox<X>(a, s, rho, 2 * rounding);
      }
    }
  }
}

TEST_CASE("compressed sensing obeys the laws of a linear map", "[measurement][compressed_sensing]") {
  check_laws<tensor_d>();
  check_laws<tensor_f>();
}

TEST_CASE("compressed sensing has orthonormal rows", "[measurement][compressed_sensing]") {
  const compressed_sensing a({16, 8}, {.ratio = 3});
  CHECK(a.measurements() == 42);
  const auto y = test::random_tensor<tensor_d>({2, 3, 1, 42}, 1);
  CHECK(test::relative_error(a(a.adjoint(y)).values(), y.values()) <= 1e-14);
}

TEST_CASE("without signs, compressed sensing is SciPy's Hadamard matrix in each order",
          "[measurement][compressed_sensing]") {
  const tensor_d x = test::golden("hadamard_input");
  const auto check = [&](hadamard_order order, const char* name) {
    INFO(name);
    const tensor_d y = compressed_sensing(x.shape().plane(), {.ratio = 1, .order = order, .signs = false})(x);
    CHECK(test::relative_error(y.values(), test::golden(name).values()) <= 1e-14);
    const tensor_d part = compressed_sensing(x.shape().plane(), {.ratio = 4, .order = order, .signs = false})(x);
    REQUIRE(part.size() == 32);
    CHECK(std::equal(part.values().begin(), part.values().end(), y.values().begin()));
  };
  check(hadamard_order::natural, "hadamard_natural");
  check(hadamard_order::sequency, "hadamard_sequency");
  check(hadamard_order::zigzag, "hadamard_zigzag");
}

TEST_CASE("random coefficients are distinct, differ with the address and reach all of them",
          "[measurement][compressed_sensing]") {
  std::set<std::uint32_t> seen;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const compressed_sensing a({4, 8}, {.ratio = 4, .address = {seed, 0, purpose::mask, 0}});
    const std::set<std::uint32_t> kept(a.kept().begin(), a.kept().end());
    REQUIRE(kept.size() == 8);
    seen.insert(kept.begin(), kept.end());
  }
  CHECK(seen.size() == 32);
}

TEST_CASE("random signs spread a constant image over all coefficients", "[measurement][compressed_sensing]") {
  const tensor_d grey({1, 1, 32, 32}, 1.0);
  const auto largest = [&](bool signs) {
    const tensor_d y = compressed_sensing({32, 32}, {.ratio = 1, .signs = signs})(grey);
    return std::abs(*std::max_element(y.values().begin(), y.values().end(),
                                      [](double a, double b) { return std::abs(a) < std::abs(b); }));
  };
  CHECK(test::close(largest(false), 32, 1e-14));
  CHECK(largest(true) < 6);  // the largest of 1024 numbers of variance 1 that are close to normal
}

TEST_CASE("compressed sensing refuses sizes that do not fit", "[measurement][compressed_sensing]") {
  REQUIRE_THROWS_WITH(compressed_sensing({12, 8}), test::contains("12 x 8"));
  REQUIRE_THROWS_WITH(compressed_sensing({4, 8}, {.ratio = 33}), test::contains("[1, 32]"));
  REQUIRE_THROWS_WITH(compressed_sensing({4, 8}, {.ratio = 0}), test::contains("but it is 0"));
  const compressed_sensing a({4, 8});
  REQUIRE_THROWS_WITH(a(tensor_f({1, 1, 8, 4}, 0.0F)), test::contains("(1, 1, 8, 4)"));
  REQUIRE_THROWS_WITH(a.adjoint(tensor_f({1, 1, 1, 15}, 0.0F)), test::contains("(B, C, 1, 16)"));
}

}  // namespace compressed_sensing_test
