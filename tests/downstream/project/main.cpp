// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief A user's smallest program that links all that the library uses: a product in float, a decomposition, a verb.

#include <equireg/backend/cpu/decompose.hpp>
#include <equireg/equireg.hpp>

#include <cmath>

int main() {
  equireg::cpu::tensor<float> x({2, 1, 4, 4}), product({2, 1, 1, 2});
  transform(x, [] { return 2.0F; });
  const auto norms = to_host(squared_norm(x));
  multiply(rows_of(product), rows_of(x), transpose(rows_of(x)));
  equireg::cpu::tensor<double> matrix({1, 1, 2, 2}, 1.0);
  const auto eigenvalues = equireg::cpu::eigh<double>({matrix.data(), 2, 2, 2});
  const bool right = norms[0] == 64.0 && product(1, 0, 0, 0) == 64.0F && std::abs(eigenvalues[1] - 2) < 1e-12;
#if defined(EXPECT_ONEDNN) != defined(EQUIREG_ONEDNN) || defined(EXPECT_OPENMP) != defined(_OPENMP)
#error "equireg is not used with the libraries that it was configured with"
#endif
  return right ? 0 : 1;
}
