// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/field_modes.hpp>

namespace field_modes_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

// || A A^T q_k - s_k^2 q_k || and the departure of the q_k from an orthonormal set.
void check_modes(const tensor_d& u, const tensor_d& g, double cut, std::size_t expected, double relative) {
  const auto modes = measurement::decompose_fields(u, g, cut);
  REQUIRE(modes.squares.size() == expected);
  REQUIRE(modes.vectors.shape() == shape{expected, 2, u.shape().batch, g.shape().batch});
  const tensor_d image = field_product(field_product_adjoint(modes.vectors, u, g), u, g);
  for (std::size_t k = 0; k < expected; ++k) {
    CHECK(modes.squares[k] > cut * cut);
    CHECK((k == 0 || modes.squares[k - 1] <= modes.squares[k]));
    double error = 0;
    for (std::size_t i = 0; i < image.shape().sample_size(); ++i) {
      error += std::pow(image.sample(k)[i] - modes.squares[k] * modes.vectors.sample(k)[i], 2);
    }
    CHECK(std::sqrt(error) <= relative * modes.squares.back());
    for (std::size_t l = 0; l <= k; ++l) {
      double dot = 0;
      for (std::size_t i = 0; i < image.shape().sample_size(); ++i) {
        dot += modes.vectors.sample(k)[i] * modes.vectors.sample(l)[i];
      }
      CHECK(std::abs(dot - (k == l ? 1 : 0)) < 1e-10);
    }
  }
}

TEST_CASE("the modes of fields are eigenvectors of A A^T, as many as the smaller of pixels and data",
          "[measurement][field_modes]") {
  const auto fields = [](std::size_t count, std::uint32_t stream) {
    return test::random_tensor<tensor_d>({count, 2, 4, 5}, stream);
  };
  check_modes(fields(2, 1), fields(3, 2), 1e-6, 12, 1e-12);   // 2 x 2 x 3 data, 20 pixels
  check_modes(fields(3, 1), fields(7, 2), 1e-6, 20, 1e-12);   // 42 data
  check_modes(fields(1, 1), fields(30, 2), 1e-6, 20, 1e-12);  // more receivers than they can tell apart
}

TEST_CASE("receivers that see the same are reduced, and nothing above the cut is lost", "[measurement][field_modes]") {
  // 12 receivers whose fields are mixtures of 3, and 1e-9 of something else.
  const tensor_d u = test::random_tensor<tensor_d>({2, 2, 4, 5}, 1),
                 few = test::random_tensor<tensor_d>({3, 2, 4, 5}, 2);
  tensor_d g = test::random_tensor<tensor_d>({12, 2, 4, 5}, 3);
  for (std::size_t r = 0; r < 12; ++r) {
    for (std::size_t i = 0; i < 40; ++i) {
      double sum = 1e-9 * g.sample(r)[i];
      for (std::size_t k = 0; k < 3; ++k) sum += std::sin(static_cast<double>(r * (k + 1) + k)) * few.sample(k)[i];
      g.sample(r)[i] = sum;
    }
  }
  check_modes(u, g, 1e-3, 12, 1e-9);
  CHECK(measurement::decompose_fields(u, g, 1e6).squares.empty());
}

}  // namespace field_modes_test
