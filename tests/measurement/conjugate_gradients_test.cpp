// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/conjugate_gradients.hpp>

#include <cmath>
#include <cstdint>

#include <cmath>
#include <limits>

namespace conjugate_gradients_test {

using namespace equireg;
using measurement::conjugate_gradients;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

/// (d_i + 1 1^T / n) x with d_i >= lowest, for each sample.
template <class X>
struct diagonal_and_mean {
  double lowest;
  X operator()(const X& x) const {
    X y(x.shape());
    const std::size_t n = x.shape().sample_size();
    for (std::size_t b = 0; b < x.shape().batch; ++b) {
      double mean = 0;
      for (const auto v : x.sample(b)) mean += static_cast<double>(v) / static_cast<double>(n);
      for (std::size_t i = 0; i < n; ++i) {
        const double d = lowest + static_cast<double>(i % 5);
        y.sample(b)[i] = static_cast<typename X::value_type>(d * static_cast<double>(x.sample(b)[i]) + mean);
      }
    }
    return y;
  }
};

TEMPLATE_TEST_CASE("conjugate gradients reach the tolerance of the scalar type in as many steps as eigenvalues",
                   "[measurement][conjugate_gradients]", tensor_f, tensor_d) {
  const diagonal_and_mean<TestType> m{1.0};
  const auto b = test::random_tensor<TestType>({3, 1, 7, 9}, 1), x0 = test::random_tensor<TestType>({3, 1, 7, 9}, 2);
  const auto result = conjugate_gradients(m, b, x0);
  CHECK(result.converged);
  CHECK(result.iterations <= 12);  // five eigenvalues, and five that the mean moves
  const double relative = std::is_same_v<TestType, tensor_f> ? 1e-6 : 1e-10;
  CHECK(test::norm(test::combination(1, m(result.value), -1, b)) <= 4 * relative * test::norm(b));
}

TEST_CASE("each sample stops on its own: a batch gives what each sample gives alone",
          "[measurement][conjugate_gradients]") {
  const diagonal_and_mean<tensor_d> m{0.01};
  const shape s{3, 1, 5, 8};
  tensor_d b = test::random_tensor<tensor_d>(s, 1);
  for (auto& v : b.sample(1)) v = 0;       // done at once
  for (auto& v : b.sample(2)) v *= 1e-30;  // no number is added to a denominator, so that size does not matter
  const auto together = conjugate_gradients(m, b, tensor_d(s, 0.0));
  REQUIRE(together.converged);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto alone = conjugate_gradients(m, tensor_d(s.with_batch(1), b.sample(i)), tensor_d(s.with_batch(1), 0.0));
    CHECK(test::relative_error(together.value.sample(i), alone.value.values()) == 0);
  }
  for (const double v : together.value.sample(1)) CHECK(v == 0);
  CHECK(conjugate_gradients(m, tensor_d(s, 0.0), tensor_d(s, 0.0)).iterations == 0);
}

TEST_CASE("of a singular map, a start at 0 ends at the solution of least norm", "[measurement][conjugate_gradients]") {
  const shape s{1, 1, 1, 6};
  const auto m = [&](const tensor_d& x) {
    tensor_d y = x;
    y.data()[0] = y.data()[5] = 0;
    return y;
  };
  const auto result = conjugate_gradients(m, tensor_d(s, {0, 1, 2, 3, 4, 0}), tensor_d(s, 0.0));
  CHECK(result.converged);
  CHECK(result.value.data()[0] == 0);
  CHECK(test::close(result.value.data()[4], 4, 1e-14));
}

TEST_CASE("conjugate gradients stop at the number of iterations allowed, and say so",
          "[measurement][conjugate_gradients]") {
  const diagonal_and_mean<tensor_d> m{0.01};
  const auto b = test::random_tensor<tensor_d>({1, 1, 5, 8}, 1);
  const auto result = conjugate_gradients(m, b, tensor_d(b.shape(), 0.0), {.max_iterations = 2});
  CHECK(result.iterations == 2);
  CHECK(!result.converged);
}

TEST_CASE("a sample that cannot go on stays as it is, and does not keep the others", "[measurement][conjugate_gradients]") {
  const shape s{3, 1, 1, 2};
  const auto m = [](const tensor_d& x) {
    tensor_d y = x;
    for (std::size_t b = 0; b < 3; ++b) y(b, 0, 0, 1) = 0;
    return y;
  };
  // The second is not in the range of M; the third holds a NaN.
  const auto result = conjugate_gradients(
      m, tensor_d(s, {2, 0, 1, 1, 1, std::numeric_limits<double>::quiet_NaN()}), tensor_d(s, 0.0));
  CHECK(result.iterations <= 3);
  CHECK(result.value(0, 0, 0, 0) == 2);
  CHECK(std::abs(result.value(1, 0, 0, 1)) <= 2);
}

}  // namespace conjugate_gradients_test
