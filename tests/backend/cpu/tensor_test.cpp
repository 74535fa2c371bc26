// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/backend/cpu/tensor.hpp>

#include <support/catch.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace tensor_test {

namespace eq = equireg;
using eq::cpu::tensor;

TEST_CASE("a tensor is row major, width fastest", "[backend][tensor]") {
  tensor<float> x({2, 3, 4, 5});
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i);
  CHECK(x(1, 2, 3, 4) == 119.0F);
  CHECK(x(1, 0, 2, 3) == 73.0F);
  CHECK(std::as_const(x)(0, 1, 0, 1) == 21.0F);
  CHECK(x.array()(1, 0, 2, 3) == 73.0F);  // xtensor counts alike
  CHECK(x.sample(1).size() == 60);
  CHECK(x.sample(1)[13] == 73.0F);
  CHECK(x.shape() == eq::shape{2, 3, 4, 5});
  CHECK(reinterpret_cast<std::uintptr_t>(x.data()) % 64 == 0);
}

TEST_CASE("a tensor is made empty, filled, or from values", "[backend][tensor]") {
  CHECK(tensor<double>().size() == 0);
  CHECK(tensor<double>().shape() == eq::shape{0, 0, 0, 0});
  const tensor<double> filled({1, 1, 2, 2}, 3.5);
  CHECK(std::vector<double>(filled.values().begin(), filled.values().end()) == std::vector<double>(4, 3.5));
  const tensor<double> listed({1, 1, 1, 3}, {1.0, 2.0, 4.0});
  CHECK(listed(0, 0, 0, 2) == 4.0);
  tensor<double>::array_type array({1, 1, 1, 2});
  array.fill(6.0);
  CHECK(tensor<double>(std::move(array))(0, 0, 0, 1) == 6.0);
  REQUIRE_THROWS_WITH((tensor<double>({1, 1, 1, 3}, {1.0, 2.0})),
                      eq::test::contains("shape (1, 1, 1, 3) has 3 elements, but 2 values came"));
}

TEST_CASE("copies are apart, moves keep the memory", "[backend][tensor]") {
  tensor<float> x({1, 1, 1, 2}, {1.0F, 2.0F});
  tensor<float> copy = x;
  copy(0, 0, 0, 0) = 5.0F;
  CHECK(x(0, 0, 0, 0) == 1.0F);
  const float* const memory = x.data();
  const tensor<float> moved = std::move(x);
  CHECK(moved.data() == memory);
}

TEST_CASE("a reshaped tensor keeps its elements", "[backend][tensor]") {
  tensor<float> x({1, 2, 1, 2}, {1.0F, 2.0F, 3.0F, 4.0F});
  const tensor<float> copied = x.reshaped({4, 1, 1, 1});
  CHECK(copied(2, 0, 0, 0) == 3.0F);
  CHECK(x.shape() == eq::shape{1, 2, 1, 2});
  const float* const memory = x.data();
  const tensor<float> moved = std::move(x).reshaped({2, 1, 2, 1});
  CHECK(moved.data() == memory);
  CHECK(moved(1, 0, 0, 0) == 3.0F);
  REQUIRE_THROWS_WITH(moved.reshaped({5, 1, 1, 1}), eq::test::contains("expected 4 elements, but shape (5, 1, 1, 1)"));
}

}  // namespace tensor_test
